import { groupBy } from './group-by.ts';
import { demandPct, type HostLoad, type VcpuLoad, whereItCounts } from './host-load.ts';

/** What a pCPU carries, in per cent of its time. */
export type PcpuLoad = {
  /** the sum of the demands of the vCPUs on it; one that could not be measured adds nothing */
  readonly guestPct: number;
  /** what it runs besides vCPUs */
  readonly backgroundPct: number;
  /** both; above 100 somebody has to wait */
  readonly loadPct: number;
  readonly vcpus: readonly VcpuLoad[];
};

/**
 * What each pCPU carries, as it was measured and as people are shown it: the usable ones, those that carry something, and
 * `others`; ascending by number. A plan sums demands that are smoothed (balance/layout.ts).
 */
export function loadByPcpu(
  { pcpus, background, vcpus }: HostLoad,
  others: Iterable<number> = [],
): ReadonlyMap<number, PcpuLoad> {
  const onPcpu = groupBy(vcpus, whereItCounts);
  const all = [...new Set([...pcpus, ...background.keys(), ...onPcpu.keys(), ...others])].sort(
    (a, b) => a - b,
  );
  return new Map(
    all.map((pcpu) => {
      const mine = onPcpu.get(pcpu) ?? [];
      const guestPct = mine.reduce((sum, { reading }) => sum + wantedPct(reading), 0);
      const backgroundPct = background.get(pcpu) ?? 0;
      return [pcpu, { guestPct, backgroundPct, loadPct: guestPct + backgroundPct, vcpus: mine }];
    }),
  );
}

function wantedPct(reading: VcpuLoad['reading']): number {
  return reading.kind === 'measured' ? demandPct(reading) : 0;
}
