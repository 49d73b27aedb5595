import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { restore } from '../../src/commands/restore.ts';
import { readSettings } from '../../src/config/settings.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { fakeContext } from '../support/fake-context.ts';
import { answerOf, guest, masksOf, pinByHand, simHost } from '../support/sim-host.ts';

const commands = { once, restore };
const lists = ['list --uuid --name', 'list --uuid --name --persistent'];

/** Two vCPUs that vcpusched has pinned to pCPU 1 of two. */
async function setUp() {
  const host = simHost(
    2,
    [1, 2].map((i) => guest(i, { name: `g${i}`, demands: [40], transient: false })),
  );
  const stateDir = temporaryDirectory();
  const known = answerOf(host);
  const run = async (
    command: keyof typeof commands,
    cut?: { readonly list: string; readonly end: number },
  ) => {
    const given = fakeContext({
      host,
      stateDir,
      answer: (each) =>
        each === cut?.list ? { stdout: (known(each)?.stdout ?? '').slice(0, cut.end) } : undefined,
    });
    const settings = readSettings(command === 'once' ? { cpus: '0' } : {});
    const status = await commands[command](settings, given.context).catch(() => 'failed');
    const pins = given.calls.flatMap(({ commands: all }) => all.filter((each) => each.startsWith('vcpupin')));
    return { status, pins: pins.length };
  };
  const setTo = (cpu: number) => {
    for (const place of host.domains.keys()) pinByHand(host, place, [cpu]);
  };
  const prepared = fakeContext({ host, stateDir });
  await once(readSettings({ cpus: '1' }), prepared.context);
  const file = join(stateDir, readdirSync(stateDir)[0] ?? '', 'state.json');
  const saved = readFileSync(file, 'utf8');
  const reset = () => {
    writeFileSync(file, saved);
    setTo(1);
  };
  const affinities = () => masksOf(host).join(' ');
  return { run, reset, affinities, length: (list: string) => known(list)?.stdout?.length ?? 0 };
}

test.each(lists)('%s cut at each byte: restore forgets nothing', async (list) => {
  const { run, reset, affinities, length } = await setUp();
  for (let end = 0; end < length(list); end++) {
    reset();
    await run('restore', { list, end });
    await run('restore');
    expect(affinities(), `cut at ${end}`).toBe('0 0');
  }
});

test.each(lists)(
  '%s cut at each byte: once pins nothing by half a host, and forgets nothing',
  async (list) => {
    const { run, reset, affinities, length } = await setUp();
    for (let end = 0; end < length(list); end++) {
      reset();
      const { pins } = await run('once', { list, end });
      expect(pins, `cut at ${end}`).toBe(0);
      await run('restore');
      expect(affinities(), `cut at ${end}`).toBe('0 0');
    }
    reset();
    expect(await run('once')).toEqual({ status: 0, pins: 2 });
  },
);
