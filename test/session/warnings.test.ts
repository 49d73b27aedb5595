import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { plan } from '../../src/commands/plan.ts';
import { status } from '../../src/commands/status.ts';
import { watch } from '../../src/commands/watch.ts';
import { type Configuration, unconfigured } from '../../src/config/configuration.ts';
import { type RawSettings, readSettings, type Settings } from '../../src/config/settings.ts';
import type { Context } from '../../src/session/context.ts';
import { sessionHint } from '../../src/session/warnings.ts';
import { fakeContext } from '../support/fake-context.ts';
import { guest, guestUuid, simHost } from '../support/sim-host.ts';

const inFile: Configuration = {
  ...unconfigured,
  sources: { exclude: { kind: 'file', file: 'c.toml', line: 3 } },
};
const variable: Configuration = {
  ...unconfigured,
  sources: { exclude: { kind: 'environment', variable: 'VCPUSCHED_EXCLUDE' } },
};

/** guest-1 and guest-2 run, db-prod is off. */
async function run(
  raw: RawSettings,
  configuration = unconfigured,
  verb: (settings: Settings, context: Context) => Promise<number> = plan,
) {
  const host = simHost(
    2,
    [1, 2].map((i) => guest(i, { affinity: [i - 1] })),
  );
  const rows = [...host.domains.map(({ uuid, name }) => `${uuid} ${name}`), `${guestUuid(3)} db-prod`];
  const { context, output, calls } = fakeContext({
    host,
    answer: (command) =>
      command === 'list --all --uuid --name' ? { stdout: `${rows.join('\n')}\n\n` } : undefined,
  });
  await verb(readSettings(raw, configuration), context);
  const asked = calls
    .flatMap(({ commands }) => commands)
    .filter((command) => command.startsWith('list --all'));
  return { err: output.err(), asked: asked.length };
}

describe('a pattern that no domain fits', () => {
  test.each<[string, (settings: Settings, context: Context) => Promise<number>]>([
    ['once', once],
    ['plan', plan],
    ['status', status],
    ['watch', watch],
  ])('%s tells it once, with the one that may be meant', async (_, verb) => {
    const { err } = await run(
      { exclude: ['db-prd', 'guest-*'], interval: '5', cycles: '3' },
      unconfigured,
      verb,
    );
    const no = 'no domain of this host has this name, running or not';
    expect(err.replace(/^watching .+\n/m, '')).toBe(
      `vcpusched: --exclude db-prd: ${no}; did you mean db-prod?\n`,
    );
  });

  test.each<[string, RawSettings, Configuration, boolean]>([
    ['--domain', { domain: ['guest-7\u009b'] }, unconfigured, true],
    ['a UUID', { domain: [guestUuid(9)] }, unconfigured, true],
    ['a variable', { exclude: ['x*'] }, variable, true],
    ['a configuration file, which is for other hosts too', { exclude: ['x*'] }, inFile, false],
    ['a configuration file, with --verbose', { exclude: ['x*'], verbose: true }, inFile, true],
    ['--quiet', { exclude: ['x*'], quiet: true }, unconfigured, false],
  ])('%s', async (_, raw, configuration, isTold) => {
    const { err } = await run(raw, configuration);
    expect(err.includes('has this name')).toBe(isTold);
    expect(err).not.toContain('\u009b');
  });
});

describe('nothing is told', () => {
  test.each<[string, RawSettings]>([
    ['a domain that runs', { exclude: ['guest-1'] }],
    ['one that is off', { exclude: ['db-prod'], domain: ['guest-?'] }],
    ['a UUID', { domain: [guestUuid(3), guestUuid(1)] }],
  ])('of %s', async (_, raw) => {
    expect(await run(raw)).toEqual({ err: '', asked: 1 });
  });

  test('nor asked where there is no pattern', async () => {
    expect(await run({})).toEqual({ err: '', asked: 0 });
  });

  test('where libvirt does not report its domains', async () => {
    const { context, output } = fakeContext({
      answer: (command) => (command.startsWith('list --all') ? { stderr: 'error: no\n' } : undefined),
    });
    await plan(readSettings({ exclude: ['x'] }), context);
    expect(output.err()).toBe('');
  });
});

describe('a session without domains', () => {
  const hint =
    'vcpusched: qemu:///session has no running domain; --connect qemu:///system shows those of the system\n';
  const inSession = async (raw: RawSettings, verb = status, domains = simHost(1, [])) => {
    const { context, output } = fakeContext({
      host: domains,
      answer: (command) => (command === 'uri' ? { stdout: 'qemu:///session\n\n' } : undefined),
    });
    await verb(readSettings(raw), context);
    return output.err();
  };

  test('is told once, with the connection of the system', async () => {
    expect(await inSession({})).toBe(hint);
    expect(await inSession({ json: true })).toBe(hint);
    expect(await inSession({}, plan)).toBe(hint);
  });

  test('is not told with --quiet, nor where a domain runs', async () => {
    expect(await inSession({ quiet: true })).toBe('');
    expect(await inSession({}, status, simHost(1, [guest(1)]))).toBe('');
  });

  test.each(['qemu:///system', 'qemu+ssh://far.example/session', 'qemu:///sessions', 'test:///default'])(
    '%s is no session',
    (uri) => {
      expect(sessionHint({ domains: [] }, uri)).toEqual([]);
    },
  );
});
