import type { Scope } from '../../host/measure.ts';
import type { Host } from '../host.ts';
import { type BestSpread, bestSpread } from './best-spread.ts';
import { type Division, divider, isSame } from './division.ts';
import { type Cycles, replay } from './replay.ts';
import { oracle } from './steer.ts';

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

type Pins = ReturnType<typeof oracle>;

/** Runs the oracle over an input, and looks for the best spread of each cycle. */
export function reference(
  host: Host,
  cycles: Cycles,
  scope: Scope,
  onCycle?: (cycle: number) => void,
): Reference {
  const best: BestSpread[] = [];
  const changed: boolean[] = [];
  const divide = divider(scope);
  let demandSeconds = 0;
  let vcpuHours = 0;
  let last: { readonly division: Division; readonly best: BestSpread; readonly pins: Pins } | undefined;
  const history = replay(
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
