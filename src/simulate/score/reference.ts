import type { Scope } from '../../host/measure.ts';
import type { CpuSet } from '../../model/cpu-set.ts';
import type { Host } from '../host.ts';
import { type BestSpread, bestSpread } from './best-spread.ts';
import { type Division, divider, isSame } from './division.ts';
import { partition } from './partition.ts';
import { type Cycles, replay } from './replay.ts';

/** What every policy is measured against on one input. */
export type Reference = {
  /** for each cycle, the best spread there is for what is wanted in it, noise left out */
  readonly best: readonly BestSpread[];
  /** for each cycle, whether there is something else to divide than in the one before, noise left out */
  readonly changed: readonly boolean[];
  /** CPU seconds that all vCPUs want in all */
  readonly demandSeconds: number;
  readonly oracleStealSeconds: number;
  readonly vcpuHours: number;
};

type Pins = ReadonlyMap<string, CpuSet>;

/** Runs the oracle over an input, and looks for the best spread of each cycle. */
export async function reference(
  host: Host,
  cycles: Cycles,
  scope: Scope,
  onCycle?: (cycle: number) => void,
): Promise<Reference> {
  const best: BestSpread[] = [];
  const changed: boolean[] = [];
  const divide = divider(scope);
  let demandSeconds = 0;
  let vcpuHours = 0;
  let last: { readonly division: Division; readonly best: BestSpread; readonly pins: Pins } | undefined;
  const history = await replay(
    host,
    cycles,
    scope,
    (now) => {
      const division = divide(now, cycles.intervalMs);
      const { demands, movable, base, allowed, capacity } = division;
      demandSeconds += (demands.reduce((sum, { pct }) => sum + pct, 0) / 100) * (cycles.intervalMs / 1000);
      vcpuHours += (demands.length * cycles.intervalMs) / 3_600_000;
      const before = last;
      if (last === undefined || !isSame(last.division, division)) {
        const wanted = movable.map(({ steadyPct }) => steadyPct);
        last = { division, best: bestSpread(wanted, base, allowed, capacity), pins: oracle(division) };
      }
      changed.push(last !== before);
      best.push(last.best);
      return last.pins;
    },
    onCycle,
  );
  return { best, changed, demandSeconds, oracleStealSeconds: history.stealSeconds, vcpuHours };
}

/**
 * Knows what every vCPU is going to want in the cycle that begins, and divides it anew. The noise, drawn
 * anew in each cycle, it does not know: nobody can, and the best spread leaves it out too. It pins no vCPU to where a
 * policy may not.
 */
export function oracle({ pcpus, movable, base, allowed, capacity }: Division): Pins {
  const { places } = partition(
    movable.map(({ steadyPct }) => steadyPct),
    base,
    allowed,
    capacity,
  );
  // Where no pCPU may be used, none is pinned.
  return new Map(
    movable.flatMap(({ key }, i): [string, CpuSet][] => {
      const pcpu = pcpus[places[i] ?? 0];
      return pcpu === undefined ? [] : [[key, [pcpu]]];
    }),
  );
}
