import { demandPct, type HostLoad, type VcpuLoad, whereItCounts } from '../model/host-load.ts';
import { copySeries, emptySeries, type SeriesSet, type Smoothing, smooth } from './smoothing.ts';

/** What vCPUs want, in per cent of a pCPU of the fastest kind, by their position. */
export type Estimates = {
  /** usage and delay: right for what the clock paces, and for what never sleeps. What plans are made on. */
  readonly openLoopPct: Float64Array;
  /** right for work, then a sleep of fixed length, which waiting stretches. Never above the open one. */
  readonly closedLoopPct: Float64Array;
  readonly stdErrorPct: Float64Array;
};

/** What is remembered of vCPUs, in their order; one of which nothing is known has series without values. */
export type RememberedDemand = {
  readonly vcpus: readonly VcpuName[];
  readonly openLoop: SeriesSet;
  readonly closedLoop: SeriesSet;
};

type VcpuName = { readonly domain: { readonly uuid: string }; readonly vcpu: number };

/**
 * Estimates what every vCPU wants. What is not known at all counts as the mean of what is: never as zero, which would
 * draw others onto its pCPU.
 * What a vCPU ran on a slower pCPU is less work: the same work takes that much less time on a faster one.
 * @param host its vCPUs in order
 * @param isSmoothed false: a vCPU wants what it wanted in this cycle, or when it was last read
 */
export function estimate(
  { vcpus, capacity }: Pick<HostLoad, 'vcpus' | 'capacity'>,
  before: RememberedDemand | undefined,
  smoothing: Smoothing,
  isSmoothed = true,
): { readonly estimates: Estimates; readonly remembered: RememberedDemand } {
  const size = vcpus.length;
  const openLoop = emptySeries(size, smoothing);
  const closedLoop = emptySeries(size, smoothing);
  if (before !== undefined) remember(before, vcpus, isSmoothed, openLoop, closedLoop);
  for (let v = 0; v < size; v++) {
    const vcpu = vcpus[v] as VcpuLoad;
    const { reading } = vcpu;
    if (reading.kind !== 'measured') continue;
    const speed = capacity.size === 0 ? 1 : (capacity.get(whereItCounts(vcpu)) ?? 1);
    const open = demandPct(reading);
    // On a slow pCPU one that would take all of it may want more: what was seen elsewhere holds.
    const isLeast = speed < 1 && open >= saturatedPct;
    const closed = closedLoopPct(open, reading.usagePct, reading.delayPct ?? 0);
    smooth(openLoop, v, Math.max(speed * open, isLeast ? (openLoop.level[v] as number) : 0));
    smooth(closedLoop, v, Math.max(speed * closed, isLeast ? (closedLoop.level[v] as number) : 0));
  }
  return { estimates: estimatesBy(openLoop, closedLoop), remembered: { vcpus, openLoop, closedLoop } };
}

/** Per cent of its time in which a vCPU ran or waited: at least so much is all of it, but for the steps of its counter. */
const saturatedPct = 98;

/** Both lists are in order, so that they are gone through side by side. */
function remember(
  before: RememberedDemand,
  vcpus: readonly VcpuLoad[],
  isSmoothed: boolean,
  openLoop: SeriesSet,
  closedLoop: SeriesSet,
): void {
  let source = 0;
  for (let v = 0; v < vcpus.length; v++) {
    const vcpu = vcpus[v] as VcpuLoad;
    while (source < before.vcpus.length && compare(before.vcpus[source] as VcpuName, vcpu) < 0) source += 1;
    const known = before.vcpus[source];
    if (known === undefined || compare(known, vcpu) !== 0) continue;
    const { kind } = vcpu.reading;
    if (kind === 'new' || (kind === 'measured' && !isSmoothed)) continue;
    copySeries(before.openLoop, source, openLoop, v);
    copySeries(before.closedLoop, source, closedLoop, v);
  }
}

function estimatesBy(openLoop: SeriesSet, closedLoop: SeriesSet): Estimates {
  const { level, count, noise } = openLoop;
  const size = level.length;
  const openLoopPct = level.slice();
  const closedLoopPct = new Float64Array(size);
  const stdErrorPct = new Float64Array(size);
  let known = 0;
  let openSum = 0;
  let closedSum = 0;
  for (let v = 0; v < size; v++) {
    if (count[v] === 0) continue;
    const open = level[v] as number;
    const closed = Math.min(open, closedLoop.level[v] as number);
    closedLoopPct[v] = closed;
    stdErrorPct[v] = (noise[v] as number) / Math.sqrt(count[v] as number);
    known += 1;
    openSum += open;
    closedSum += closed;
  }
  for (let v = 0; v < size && known < size; v++) {
    if (count[v] !== 0) continue;
    openLoopPct[v] = openSum / Math.max(1, known);
    closedLoopPct[v] = closedSum / Math.max(1, known);
  }
  return { openLoopPct, closedLoopPct, stdErrorPct };
}

/**
 * With run r and wait w as shares of the window, a guest that sleeps between its work wants r / (1 - w). One
 * that has waited and not run for a single step of its counter (10 ms) says nothing of its sleep.
 */
function closedLoopPct(openPct: number, usagePct: number, delayPct: number): number {
  return usagePct === 0 || delayPct >= 100 ? openPct : Math.min(openPct, usagePct / (1 - delayPct / 100));
}

/** Ascending by UUID, then number: the order that breaks every tie. */
export function inOrder(vcpus: readonly VcpuLoad[]): readonly VcpuLoad[] {
  for (let v = 1; v < vcpus.length; v++)
    if (compare(vcpus[v - 1] as VcpuLoad, vcpus[v] as VcpuLoad) > 0) return vcpus.toSorted(compare);
  return vcpus;
}

function compare(a: VcpuName, b: VcpuName): number {
  const one = a.domain.uuid;
  const other = b.domain.uuid;
  return one === other ? a.vcpu - b.vcpu : one < other ? -1 : 1;
}
