import { demandPct, type Reading, type VcpuLoad } from '../model/load.ts';
import { type Smoothed, smooth } from './smoothing.ts';

/** What vCPUs want, in per cent of a pCPU, by their position. */
export type Estimates = {
  /** usage and delay: right for what the clock paces, and for what never sleeps. What plans are made on. */
  readonly openLoopPct: Float64Array;
  /** right for work, then a sleep of fixed length, which waiting stretches. Never above the open one. */
  readonly closedLoopPct: Float64Array;
  readonly stdErrorPct: Float64Array;
};

/** What is remembered of a vCPU. */
export type RememberedVcpu = {
  readonly uuid: string;
  readonly vcpu: number;
  readonly openLoop: Smoothed;
  readonly closedLoop: Smoothed;
};

/**
 * Estimates what every vCPU wants. What is not known at all counts as the mean of what is: never as zero, which would
 * draw others onto its pCPU.
 * @param vcpus ascending by UUID, then number, as is what is remembered
 */
export function estimate(
  vcpus: readonly VcpuLoad[],
  before: readonly RememberedVcpu[] = [],
): { readonly estimates: Estimates; readonly remembered: readonly RememberedVcpu[] } {
  const count = vcpus.length;
  const estimates = {
    openLoopPct: new Float64Array(count),
    closedLoopPct: new Float64Array(count),
    stdErrorPct: new Float64Array(count),
  };
  const remembered: RememberedVcpu[] = [];
  const unknown: number[] = [];
  let next = 0;
  let openSum = 0;
  let closedSum = 0;
  for (const [v, { domain, vcpu, reading }] of vcpus.entries()) {
    let known = before[next];
    while (known !== undefined && isBefore(known, domain.uuid, vcpu)) known = before[++next];
    const isKnown = known !== undefined && known.vcpu === vcpu && known.uuid === domain.uuid;
    const now = update(isKnown ? known : undefined, domain.uuid, vcpu, reading);
    if (now === undefined) {
      unknown.push(v);
      continue;
    }
    remembered.push(now);
    const { openLoop, closedLoop } = now;
    const closedPct = Math.min(openLoop.level, closedLoop.level);
    estimates.openLoopPct[v] = openLoop.level;
    estimates.closedLoopPct[v] = closedPct;
    estimates.stdErrorPct[v] = openLoop.noise / Math.sqrt(openLoop.count);
    openSum += openLoop.level;
    closedSum += closedPct;
  }
  for (const v of unknown) {
    estimates.openLoopPct[v] = openSum / Math.max(1, remembered.length);
    estimates.closedLoopPct[v] = closedSum / Math.max(1, remembered.length);
  }
  return { estimates, remembered };
}

/** What every vCPU wanted in this cycle alone, unsmoothed; one that could not be read counts as when last read. */
export function latestDemand(
  vcpus: readonly VcpuLoad[],
  before: readonly RememberedVcpu[] = [],
): ReturnType<typeof estimate> {
  const read = new Set(vcpus.filter(({ reading }) => reading.kind !== 'missing').map(keyOf));
  return estimate(
    vcpus,
    before.filter(({ uuid, vcpu }) => !read.has(`${uuid}/${vcpu}`)),
  );
}

function keyOf({ domain, vcpu }: VcpuLoad): string {
  return `${domain.uuid}/${vcpu}`;
}

/** Ascending by UUID, then number: the order that breaks every tie. */
export function inOrder(vcpus: readonly VcpuLoad[]): readonly VcpuLoad[] {
  for (let v = 1; v < vcpus.length; v++) {
    const [one, other] = [vcpus[v - 1] as VcpuLoad, vcpus[v] as VcpuLoad];
    if (compare(one, other) > 0) return vcpus.toSorted(compare);
  }
  return vcpus;
}

function compare(a: VcpuLoad, b: VcpuLoad): number {
  const [one, other] = [a.domain.uuid, b.domain.uuid];
  return one === other ? a.vcpu - b.vcpu : one < other ? -1 : 1;
}

function isBefore(known: RememberedVcpu, uuid: string, vcpu: number): boolean {
  return known.uuid < uuid || (known.uuid === uuid && known.vcpu < vcpu);
}

function update(
  before: RememberedVcpu | undefined,
  uuid: string,
  vcpu: number,
  reading: Reading,
): RememberedVcpu | undefined {
  if (reading.kind === 'new') return undefined;
  if (reading.kind === 'missing') return before;
  const open = demandPct(reading);
  const closed = closedLoopPct(open, reading.usagePct, reading.delayPct ?? 0);
  return {
    uuid,
    vcpu,
    openLoop: smooth(before?.openLoop, open),
    closedLoop: smooth(before?.closedLoop, closed),
  };
}

/**
 * With run r and wait w as shares of the window, a guest that sleeps between its work wants r / (1 - w). One
 * that has waited and not run for a single step of its counter (10 ms) says nothing of its sleep.
 */
function closedLoopPct(openPct: number, usagePct: number, delayPct: number): number {
  return usagePct === 0 || delayPct >= 100 ? openPct : Math.min(openPct, usagePct / (1 - delayPct / 100));
}
