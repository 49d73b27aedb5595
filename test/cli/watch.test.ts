import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { domains, type Sim, sim, until } from '../support/sim.ts';

const isPin = (call: readonly string[]) => call.at(-1)?.includes('vcpupin') === true;
const crowded = () => sim(`pcpus = 2\n${domains(4, 40, 0)}`);

test.concurrent('it balances once and then leaves the host alone', async () => {
  const host = await crowded();
  const { status, stdout, stderr } = await host.vcpusched(['watch', '0.4', '--cycles', '4', '-v']);
  expect([status, stdout]).toEqual([0, '']);
  expect(stderr.replaceAll(/^cycle 1: left alone: .+\n/gm, '')).toMatch(
    /^watching .+\ncycle 1: pinned 2 vCPUs: .+\n(cycle 1: guest-\d vCPU 0, pCPU 0 to 1: move: .+\n){2}(cycle [234]: nothing moved: .+\n){3}ended after 4 cycles and 2 pins\n$/,
  );
  expect(host.calls().filter(isPin)).toHaveLength(1);
});

describe.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('between two cycles ends it with status 0', async () => {
    const host = await crowded();
    const watch = host.start(['watch', '60', '-v']);
    // It says what it watches when it has its first sample.
    await once(watch.stderr, 'data');
    watch.kill(signal);
    expect(await watch).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/^watching .+\nended after 0 cycles and 0 pins$/),
    });
  });

  test('during a set of pins lets it finish first', async () => {
    const host = await crowded();
    host.fault('slow=400');
    const watch = host.start(['watch', '0.4']);
    await until(() => host.calls().some(isPin));
    watch.kill(signal);
    expect(await watch).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^watching .+\ncycle 1: pinned 2 vCPUs: /),
    });
    expect((await host.affinities()).filter((line) => line.endsWith(' 1'))).toHaveLength(2);
  });
});

test.concurrent('Ctrl-C at a terminal, which reaches the whole process group, cuts no set of pins in two', async () => {
  const host = await crowded();
  host.fault('slow=400');
  const watch = host.start(['watch', '0.4'], { detached: true });
  await until(() => host.calls().some(isPin));
  process.kill(-(watch.pid ?? Number.NaN), 'SIGINT');
  expect(await watch).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/\ncycle 1: pinned 2 vCPUs: /),
  });
});

test.concurrent('a signal while virsh reads ends once without a pin', async () => {
  const host = await crowded();
  host.fault('slow=5000');
  const once = host.start(['once']);
  await until(() => host.calls().length > 0);
  once.kill('SIGTERM');
  expect(await once).toMatchObject({
    exitCode: 143,
    stderr: 'vcpusched: interrupted before anything was pinned',
  });
});

test.concurrent('a daemon that goes away is told once, and when it is back the watch says so and goes on', async () => {
  const host = await crowded();
  const watch = host.start(['watch', '0.4', '--foreign', 'adopt']);
  await until(() => host.calls().some(isPin));
  host.fault('unreachable');
  const since = host.calls().length;
  await until(() => host.calls().length > since + 2);
  const again = host.calls().filter(isPin).length;
  host.fault('');
  await changed(host);
  await until(() => host.calls().filter(isPin).length > again);
  watch.kill();
  const { exitCode, stderr } = await watch;
  expect(exitCode).toBe(0);
  expect(stderr.match(/^vcpusched: .+$/gm)).toEqual([
    expect.stringMatching(/^vcpusched: cannot reach libvirt: .+$/),
  ]);
  expect(stderr.match(/^libvirt is back after [\d.]+ s$/gm)).toHaveLength(1);
});

/** Stacks all guests on pCPU 1. */
async function changed(host: Sim): Promise<void> {
  for (let i = 1; i <= 4; i++) await host.virsh('vcpupin', `guest-${i}`, '0', '1', '--live');
}

test.concurrent('domains that come, go and restart while it runs fail nothing', async () => {
  const host = await sim(`pcpus = 2
${domains(4, 30, 0)}
[[domains]]
name = "late"
demand = 30
affinity = 0
start = 1.2
[[events]]
at = 1.6
do = "stop"
domain = "guest-1"
[[events]]
at = 2
do = "restart"
domain = "guest-2"
[[events]]
at = 2
do = "suspend"
domain = "guest-3"
`);
  const { status, stderr, stdout } = await host.vcpusched(['watch', '0.4', '--cycles', '7', '--json']);
  expect(status).toBe(0);
  // One that stops just between a look and its pin is told; on a slow machine that can be guest-1.
  expect(stderr).toMatch(
    /^(vcpusched: cycle \d: not pinned: guest-1 vCPU 0, pCPU 0 to 1: .+: domain is not running\n)?$/,
  );
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
    vcpus: { domain: { name: string } }[];
  };
  expect(last.vcpus.map(({ domain }) => domain.name).sort()).toEqual(['guest-2', 'guest-4', 'late']);
});
