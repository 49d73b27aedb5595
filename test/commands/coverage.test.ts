import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { plan } from '../../src/commands/plan.ts';
import { status } from '../../src/commands/status.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings, type Settings } from '../../src/config/settings.ts';
import type { Context } from '../../src/session/context.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { changeDomain, guest, simHost, withoutTimes } from '../support/sim-host.ts';

/** Five domains on two pCPUs; libvirt tells no time of the first `unread` of them. */
function hostWith(unread: number): FakeContextOptions {
  const domains = [0, 1, 2, 3, 4].map((i) => guest(i, { demands: [20], affinity: [i % 2] }));
  const names = domains.slice(0, unread).map(({ name }) => name);
  return { host: simHost(2, domains), edit: withoutTimes((name) => names.includes(name)) };
}

async function run(
  verb: (settings: Settings, context: Context) => Promise<number>,
  raw: RawSettings,
  unread: number,
) {
  const { context, output } = fakeContext(hostWith(unread));
  const exit = await verb(readSettings(raw), context);
  return { exit, out: output.out(), err: output.err() };
}

const told =
  'measured 2 of 5 vCPUs: too few to tell whether the host is balanced (libvirt did not report its CPU time';

describe('a host of which less than half could be measured', () => {
  test.each<[string, RawSettings]>([
    ['once', {}],
    ['once --quiet', { quiet: true }],
    ['once --dry-run', { dryRun: true, quiet: true }],
  ])('%s says so on stderr and ends with 1', async (_, raw) => {
    const { exit, err, out } = await run(once, raw, 3);
    expect(exit).toBe(1);
    expect(err.split('\n')).toHaveLength(2);
    expect(err).toContain(`vcpusched: ${told}`);
    expect(out).toBe('');
  });

  test('a plan that moves nothing says so, and ends with 1 where its exit status is asked for', async () => {
    const shown = await run(plan, {}, 3);
    expect(shown).toMatchObject({ exit: 0, err: '' });
    expect(shown.out).toContain(`Plan: ${told}`);
    const asked = await run(plan, { detailedExitcode: true, quiet: true }, 3);
    expect(asked).toMatchObject({ exit: 1, out: '' });
    expect(asked.err).toContain(`vcpusched: ${told}`);
  });

  test('status says so, and shows what there is', async () => {
    const { exit, out } = await run(status, {}, 3);
    expect(exit).toBe(0);
    expect(out).toContain(told);
  });

  test('--json counts', async () => {
    for (const verb of [status, plan, once]) {
      const { out } = await run(verb, { json: true }, 3);
      expect(JSON.parse(out)).toMatchObject({
        coverage: { measured: 2, running: 5, reason: expect.stringContaining('libvirt did not report') },
      });
    }
  });

  test('watch tells it where it begins, says it in each cycle, and has the status of the last', async () => {
    const { exit, err, out } = await run(watch, { interval: '5', cycles: '3', json: true }, 3);
    expect(exit).toBe(1);
    expect(err.split('\n')).toHaveLength(2);
    expect(out.split('\n').filter((line) => line.includes(`"summary":"${told}`))).toHaveLength(3);
  });

  test('a watch that is to end when the host is balanced does not end with 0', async () => {
    expect((await run(watch, { interval: '5', untilBalanced: true, quiet: true }, 3)).exit).toBe(1);
  });
});

describe('a host of which half or more could be measured', () => {
  test.each<[string, RawSettings, (settings: Settings, context: Context) => Promise<number>]>([
    ['once from cron', {}, once],
    ['plan --detailed-exitcode', { detailedExitcode: true, quiet: true }, plan],
  ])('%s is silent, and ends with 0', async (_, raw, verb) => {
    expect(await run(verb, raw, 2)).toEqual({ exit: 0, out: '', err: '' });
  });

  test('the summary counts those that were not', async () => {
    expect((await run(plan, {}, 1)).out).toMatch(/^Plan: .+; measured 4 of 5 vCPUs$/m);
    expect((await run(plan, {}, 0)).out).not.toContain('measured');
  });
});

test('paused and excluded domains do not count', async () => {
  const { context, output, host } = fakeContext(hostWith(3));
  for (const place of [0, 1]) changeDomain(host, place, { state: 'paused' });
  expect(await once(readSettings({ exclude: ['guest-2'] }), context)).toBe(0);
  expect(output.err()).toBe('');
});

test('a host without a running domain is no failure', async () => {
  const { context, output } = fakeContext({ host: simHost(2, []) });
  expect(await once(readSettings({}), context)).toBe(0);
  expect(output.err()).toBe('');
});
