import { demandPct, type Reading, type VcpuLoad, vcpuKey } from '../model/load.ts';
import { type Smoothed, smooth } from './smoothing.ts';

/** The demand of one vCPU in per cent of a pCPU, by the two ways to read it. */
export type Demand = {
  /** right where the load is paced by the clock, and where it never sleeps */
  readonly openPct: number;
  /** right for work, then a sleep of fixed length: waiting stretches the cycle. Never above the open one. */
  readonly closedPct: number;
  /** the standard deviation of what it wants in a cycle */
  readonly swingPct: number;
  /** by how much the estimate is likely to be off for it */
  readonly noisePct: number;
  /** false: the reading told nothing, and this is remembered or assumed */
  readonly known: boolean;
};

/** What is remembered of each vCPU that is still there, by vcpuKey. */
export type Remembered = ReadonlyMap<string, { readonly open: Smoothed; readonly closed: Smoothed }>;

/**
 * Estimates what every vCPU wants, in the order given. What is not known at all counts as the mean of what
 * is: never as zero, which would draw others onto its pCPU.
 */
export function estimate(
  vcpus: readonly VcpuLoad[],
  before: Remembered | undefined,
): { readonly demands: readonly Demand[]; readonly remembered: Remembered } {
  const remembered = new Map<string, { open: Smoothed; closed: Smoothed }>();
  const found = vcpus.map((vcpu): Demand | undefined => {
    const key = vcpuKey(vcpu);
    const now = update(before?.get(key), vcpu.reading);
    if (now === undefined) return undefined;
    remembered.set(key, now);
    const openPct = now.open.level;
    const closedPct = Math.min(openPct, now.closed.level);
    const swingPct = now.open.noise;
    const noisePct = swingPct / Math.sqrt(now.open.count);
    return { openPct, closedPct, swingPct, noisePct, known: vcpu.reading.kind === 'measured' };
  });
  const assumed = meanDemand(found.filter((demand) => demand !== undefined));
  return { demands: found.map((demand) => demand ?? assumed), remembered };
}

function update(before: { open: Smoothed; closed: Smoothed } | undefined, reading: Reading) {
  if (reading.kind === 'new') return undefined;
  if (reading.kind === 'missing') return before;
  return {
    open: smooth(before?.open, demandPct(reading)),
    closed: smooth(before?.closed, closedDemandPct(reading.usagePct, reading.delayPct ?? 0)),
  };
}

/**
 * With run r and wait w as shares of the window, a guest that sleeps between its work wants r / (1 - w). One
 * that has waited and not run for a single step of its counter (10 ms) says nothing of its sleep.
 */
function closedDemandPct(usagePct: number, delayPct: number): number {
  const open = Math.min(100, usagePct + delayPct);
  return usagePct === 0 || delayPct >= 100 ? open : Math.min(open, usagePct / (1 - delayPct / 100));
}

function meanDemand(known: readonly Demand[]): Demand {
  const mean = (of: (demand: Demand) => number) =>
    known.length === 0 ? 0 : known.reduce((sum, demand) => sum + of(demand), 0) / known.length;
  return {
    openPct: mean((d) => d.openPct),
    closedPct: mean((d) => d.closedPct),
    swingPct: 0,
    noisePct: 0,
    known: false,
  };
}

/** What vCPUs want together, by the open reading. */
export function demandOf(items: readonly { readonly demand: Demand }[]): number {
  return items.reduce((sum, { demand }) => sum + demand.openPct, 0);
}
