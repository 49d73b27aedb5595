import { type CpuSet, cpuSet } from '../../model/cpu-set.ts';
import type { ReportCycle } from './report.ts';

/** A run, thinned to what a chart is wide enough to show, each column as many cycles. */
export type Columns = {
  readonly cyclesPerColumn: number;
  /** all that may be used at some time */
  readonly pcpus: CpuSet;
  readonly columns: readonly Column[];
};

export type Column = {
  /** the most that each of the pCPUs carries in it, per cent, for a mean hides peaks; undefined where it may not be used */
  readonly loads: readonly (number | undefined)[];
  /** means */
  readonly sd: number;
  readonly bestSd: number;
  /** all that were made in it */
  readonly moves: number;
};

/** Thins a run to as many columns as can be told apart, and no more marks than a browser draws at once. */
export function columnsOf(cycles: readonly ReportCycle[], bestSds: readonly number[]): Columns {
  const pcpus = cpuSet(cycles.flatMap((cycle) => cycle.pcpus));
  const most = Math.min(mostColumns, Math.ceil(mostCells / pcpus.length));
  const cyclesPerColumn = Math.max(1, Math.ceil(cycles.length / most));
  const count = Math.ceil(cycles.length / cyclesPerColumn);
  const columns = Array.from({ length: count }, (_, i): Column => {
    const range = [i * cyclesPerColumn, (i + 1) * cyclesPerColumn] as const;
    const own = cycles.slice(...range);
    return {
      loads: highestLoads(own, pcpus),
      sd: mean(own.map(({ sd }) => sd)) ?? 0,
      bestSd: mean(bestSds.slice(...range)) ?? 0,
      moves: own.reduce((sum, { moves }) => sum + moves, 0),
    };
  });
  return { cyclesPerColumn, pcpus, columns };
}

const mostColumns = 250;
const mostCells = 16_000;

function highestLoads(cycles: readonly ReportCycle[], pcpus: CpuSet): Column['loads'] {
  const highest = new Map<number, number>();
  for (const cycle of cycles) {
    for (const [i, pcpu] of cycle.pcpus.entries()) {
      highest.set(pcpu, Math.max(highest.get(pcpu) ?? 0, cycle.loads[i] ?? 0));
    }
  }
  return pcpus.map((pcpu) => highest.get(pcpu));
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
