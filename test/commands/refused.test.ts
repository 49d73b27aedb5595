import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { once } from '../../src/commands/once.ts';
import { plan } from '../../src/commands/plan.ts';
import { restore } from '../../src/commands/restore.ts';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { fakeContext } from '../support/fake-context.ts';
import { guest, masksOf, simHost } from '../support/sim-host.ts';

const commands = { once, plan, restore, watch };
const refusal = { stderr: 'error: cannot set CPU affinity on process 4711: Invalid argument\n' };

/** Eight vCPUs on pCPUs 0 and 1 of eight, and a cgroup that libvirt does not show and that has only these. */
function setUp(has: readonly number[] = [0, 1, 2, 3]) {
  const host = simHost(
    8,
    Array.from({ length: 8 }, (_, i) => guest(i, { demands: [40], affinity: [i % 2] })),
  );
  const stateDir = temporaryDirectory();
  let granted = has;
  let startMs = 1000;
  const answer = (command: string) => {
    const to = /--cpulist (\d+)/.exec(command)?.[1];
    return to === undefined || granted.includes(Number(to)) ? undefined : refusal;
  };
  const run = async (command: keyof typeof commands, raw: RawSettings = {}) => {
    const given = fakeContext({ host, stateDir, startMs, answer });
    const status = await commands[command](readSettings(raw), given.context);
    startMs = given.context.nowMs() + 1;
    const pins = given.calls.flatMap(({ commands: all }) => all.filter((each) => each.startsWith('vcpupin')));
    return { status, out: given.output.out(), err: given.output.err(), pins };
  };
  const file = () => join(stateDir, readdirSync(stateDir)[0] ?? '', 'state.json');
  const counts = () =>
    Array.from({ length: 8 }, (_, pcpu) => masksOf(host).filter((mask) => mask === `${pcpu}`).length);
  return { host, run, file, counts, grant: (now: readonly number[]) => (granted = now) };
}

const refused = (pins: readonly string[]) => pins.filter((pin) => /--cpulist [4-7]/.test(pin));

describe('pCPUs that libvirt refuses', () => {
  test('are learned in the run that meets them, which plans once more without them', async () => {
    const { run, counts } = setUp();
    const first = await run('once');
    expect(first.status).toBe(1);
    expect(first.err).toMatch(/^(vcpusched: not pinned: .+: Invalid argument\n)+$/);
    expect(counts()).toEqual([2, 2, 2, 2, 0, 0, 0, 0]);
    expect(first.out).toMatch(/^pinned 4 vCPUs, \d failed: .+\n$/);
  });

  test('are not tried again by the next run, which has nothing to do; nor by watch, nor shown by plan', async () => {
    const { run, counts, file } = setUp();
    await run('once');
    expect(readFileSync(file(), 'utf8')).toMatch(/"pcpus":"4-7"/);
    expect(await run('once')).toMatchObject({ status: 0, pins: [], err: '' });
    expect(JSON.parse((await run('plan', { json: true })).out)).toMatchObject({ moves: [] });
    expect(await run('watch', { cycles: '8' })).toMatchObject({ status: 0, pins: [] });
    expect(counts()).toEqual([2, 2, 2, 2, 0, 0, 0, 0]);
  });

  test('are each tried once by watch', async () => {
    const { run, counts } = setUp();
    const { pins } = await run('watch', { cycles: '12' });
    expect(refused(pins).length).toBeLessThanOrEqual(4);
    expect(counts()).toEqual([2, 2, 2, 2, 0, 0, 0, 0]);
  });

  test('count as refused until the online pCPUs are others', async () => {
    const { run, host, grant } = setUp();
    await run('once');
    grant([0, 1, 2, 3, 4, 5, 6]);
    host.online = [0, 1, 2, 3, 4, 5, 6];
    const { pins, status } = await run('once');
    expect([status, refused(pins).length]).toEqual([0, 3]);
  });

  test('make no vCPU look as if somebody else had pinned it, and restore gives all back', async () => {
    const { run, counts } = setUp();
    await run('once');
    const planned = await run('plan', { verbose: true });
    expect(planned.out + planned.err).not.toMatch('somebody else');
    await run('restore');
    expect(counts()).toEqual([4, 4, 0, 0, 0, 0, 0, 0]);
  });

  test('--max-moves bounds both plans together', async () => {
    const { run } = setUp();
    const { pins } = await run('once', { maxMoves: '3' });
    expect(pins.length - refused(pins).length).toBeLessThanOrEqual(3);
  });
});
