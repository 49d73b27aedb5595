import { describe, expect, test } from 'vitest';
import { explain } from '../../src/commands/explain.ts';
import { once } from '../../src/commands/once.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { changeDomain, guest, guestUuid, simHost } from '../support/sim-host.ts';

const crowded = () =>
  simHost(
    2,
    [1, 2, 10].map((i) => guest(i, { demands: i === 2 ? [40, 40] : [40] })),
  );

async function run(subject: string, raw: RawSettings = {}, options: FakeContextOptions = {}) {
  const given = fakeContext({ host: crowded(), ...options });
  const exit = await explain(readSettings({ subject, ...raw }), given.context);
  return { ...given, exit, out: given.output.out(), err: given.output.err() };
}

type Vcpu = Readonly<Record<string, unknown>> & { readonly decision: { readonly kind: string } };
type Told = {
  readonly summary: string;
  readonly domains: readonly {
    readonly domain: { readonly name: string };
    readonly vcpus: readonly Vcpu[];
  }[];
};

async function told(subject: string, raw: RawSettings = {}, options: FakeContextOptions = {}): Promise<Told> {
  return JSON.parse((await run(subject, { json: true, ...raw }, options)).out) as Told;
}

describe('which domains', () => {
  test.each([
    ['a name', 'guest-2', ['guest-2']],
    ['a UUID', guestUuid(10), ['guest-10']],
    ['a pattern, in the order of people', 'guest-*', ['guest-1', 'guest-2', 'guest-10']],
  ])('%s', async (_, subject, names) => {
    expect((await told(subject)).domains.map(({ domain }) => domain.name)).toEqual(names);
  });

  test('one that is not there is an error of the command line, with the one that may be meant', async () => {
    await expect(run('gest-2')).rejects.toMatchObject({
      status: 64,
      message: 'explain gest-2: no domain of this host has this name, running or not; did you mean guest-2?',
    });
  });

  test('one that is off is a failure', async () => {
    const rows = `${guestUuid(7)} db-prod\n\n`;
    const answer = (command: string) => (command.startsWith('list --all') ? { stdout: rows } : undefined);
    await expect(run('db-*', {}, { answer })).rejects.toMatchObject({
      status: 1,
      message: 'explain db-*: it does not run: start it, and ask again',
    });
  });

  test('one that is paused is named, with the reason', async () => {
    const host = crowded();
    changeDomain(host, 0, { state: 'paused' });
    const { out, exit } = await run('guest-1', {}, { host });
    expect(out).toContain('all of it  it is not running (paused, or changing its state)');
    expect(exit).toBe(0);
  });
});

describe('what is said', () => {
  test('for each vCPU where it goes, or why it stays', async () => {
    const { domains } = await told('*');
    const decisions = domains.flatMap(({ vcpus }) => vcpus.map(({ decision }) => decision));
    expect(decisions).toHaveLength(4);
    expect(decisions.filter(({ kind }) => kind !== 'stays')).toEqual(
      Array(2).fill(expect.objectContaining({ from: '0', to: '1', reason: expect.any(String) })),
    );
    expect(decisions.filter(({ kind }) => kind === 'stays')).toEqual(
      Array(2).fill({ kind: 'stays', reason: 'the plan gains what there is to gain without it' }),
    );
  });

  test('one that is held: by what', async () => {
    const { domains } = await told('guest-2', { exclude: ['guest-2'] });
    expect(domains[0]?.vcpus).toMatchObject(
      Array(2).fill({ decision: { kind: 'stays', reason: 'excluded by --exclude guest-2' } }),
    );
  });

  test('the plan, where nothing moves', async () => {
    const given = await told('guest-2', { policy: 'none' });
    expect(given.domains[0]?.vcpus[0]?.decision).toEqual({ kind: 'stays', reason: given.summary });
    expect((await run('guest-2', { policy: 'none' })).out).toContain(`Plan: ${given.summary}\n`);
  });

  test('its moves of the last hour, which an earlier run has kept, and how long it rests', async () => {
    const given = fakeContext({ host: crowded() });
    await once(readSettings({}), given.context);
    const before = given.output.out().length;
    const asked = readSettings({ subject: '*', json: true, cooldown: '60', maxRate: '7' });
    expect(await explain(asked, given.context)).toBe(0);
    const { domains } = JSON.parse(given.output.out().slice(before)) as Told;
    const moved = domains.flatMap(({ vcpus }) => vcpus).filter(({ affinity }) => affinity === '1');
    expect(moved).toHaveLength(2);
    for (const vcpu of moved) {
      expect(vcpu).toMatchObject({
        moves: [{ time: expect.stringMatching(/^2026-01-02T03:04:/), from: '0', to: '1' }],
        maxRate: 7,
        cooldown: { seconds: 60, by: '--cooldown', leftSeconds: 58 },
        decision: { kind: 'stays' },
      });
    }
  });
});

test('it reads, over a read-only connection, takes no lock, and never pins', async () => {
  const { virshOptions, calls, err } = await run('guest-1');
  expect(virshOptions).toMatchObject([{ readonly: true }]);
  expect(calls.flatMap(({ commands }) => commands).filter((command) => command.includes('vcpupin'))).toEqual(
    [],
  );
  expect(err).toBe('');
});

test('--quiet prints nothing', async () => {
  expect((await run('guest-1', { quiet: true })).out).toBe('');
});
