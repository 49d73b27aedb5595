import { expect, test } from 'vitest';
import { deviation } from './oracles.ts';
import { hostOf, loadsOf, planFor } from './support.ts';

const pcpuCount = 4;
const vcpuCount = 8;

/** Repeatable, as evenly spread as it matters here. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

/** For each number of moves, the least deviation that any placement with so many reaches. */
function bestByMoves(demands: readonly number[], homes: readonly number[]): readonly number[] {
  const best = demands.map(() => Number.POSITIVE_INFINITY);
  const loads = Array.from({ length: pcpuCount }, () => 0);
  const place = (i: number, moves: number): void => {
    const demand = demands[i];
    if (demand === undefined) {
      best[moves] = Math.min(best[moves] ?? Number.POSITIVE_INFINITY, deviation(loads));
      return;
    }
    for (let pcpu = 0; pcpu < pcpuCount; pcpu++) {
      const load = loads[pcpu] ?? 0;
      loads[pcpu] = load + demand;
      place(i + 1, moves + Number(pcpu !== homes[i]));
      loads[pcpu] = load;
    }
  };
  place(0, 0);
  return best;
}

test('random hosts of eight on four: all balanced, nine in ten by the fewest moves', () => {
  const random = numbers(1);
  const draw = (least: number, most: number) => least + (most - least) * random.next().value;
  const hosts = Array.from({ length: 200 }, (_, host) =>
    Array.from({ length: vcpuCount }, () => ({
      demand: host % 2 ? draw(1, 75) : Math.round(draw(1, 100)),
      on: Math.floor(draw(0, pcpuCount)),
    })),
  );
  let fewest = 0;
  for (const wishes of hosts) {
    const plan = planFor(hostOf(pcpuCount, wishes));
    const reached = deviation(loadsOf(plan));
    const best = bestByMoves(
      wishes.map(({ demand }) => demand),
      wishes.map(({ on }) => on),
    );
    expect(reached - Math.min(...best)).toBeLessThanOrEqual(5);
    if (plan.moves.length <= best.findIndex((least) => least <= reached + 1e-9)) fewest++;
  }
  expect(fewest / hosts.length).toBeGreaterThanOrEqual(0.9);
});
