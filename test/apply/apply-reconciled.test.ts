import { expect, test } from 'vitest';
import { affinitiesOf, simInMemory } from '../support/sim-in-memory.ts';

const crowded = `[topology]
cores = 4

[[domains]]
name = "guest-%d"
count = 6
affinity = 0
demand = 40
`;

/** Runs `once`, then has a pCPU go offline right before the pins of the next one, which puts all on two others. */
async function withOffline(pcpu: number | undefined) {
  const event = (at: number) => `\n[[events]]\nat = ${at}\ndo = "offline"\npcpu = ${pcpu}\n`;
  const second = ['once', '--cpus', '0-1'];
  const trial = simInMemory(crowded);
  await trial.vcpusched('once');
  await trial.vcpusched(...second);
  // The process that pins is the last, and takes 20 ms.
  const sim = simInMemory(
    pcpu === undefined ? crowded : `${crowded}${event(trial.host().nowNs / 1e9 - 0.01)}`,
  );
  await sim.vcpusched('once');
  const before = affinitiesOf(sim);
  const result = await sim.vcpusched(...second);
  return { sim, before, result };
}

test('a pCPU that goes offline between the look and the pins: what the kernel made of it is nobody else', async () => {
  const usual = await withOffline(undefined);
  const on3 = Object.entries(usual.before).flatMap(([name, cpus]) => (cpus === '3' ? [name] : []));
  expect(on3.length).toBeGreaterThan(0);
  const { sim, result } = await withOffline(3);
  expect(result).toMatchObject({ status: 0, err: '' });
  expect(affinitiesOf(sim)).toEqual(affinitiesOf(usual.sim));
  await sim.vcpusched('restore');
  expect(Object.values(affinitiesOf(sim))).toEqual(Array(6).fill('0'));
});
