import type { Scope } from '../../balance/measure.ts';
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
  const steer = oracle();
  let demandSeconds = 0;
  let vcpuHours = 0;
  let last: Division | undefined;
  const history = replay(
    host,
    cycles,
    scope,
    (now) => {
      const division = divide(now, cycles.intervalMs);
      const { demands, movable, base, allowed } = division;
      demandSeconds += (demands.reduce((sum, { pct }) => sum + pct, 0) / 100) * (cycles.intervalMs / 1000);
      vcpuHours += (demands.length * cycles.intervalMs) / 3_600_000;
      const isNew = last === undefined || !isSame(last, division);
      const before = best.at(-1);
      const search = () =>
        bestSpread(
          movable.map(({ steadyPct }) => steadyPct),
          base,
          allowed,
        );
      changed.push(isNew);
      best.push(isNew || before === undefined ? search() : before);
      last = division;
      return steer(division);
    },
    onCycle,
  );
  return { best, changed, demandSeconds, oracleStealSeconds: history.stealSeconds, vcpuHours };
}
