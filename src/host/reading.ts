import type { Counters, Domain, Vcpu } from '../model/domain.ts';
import type { Reading } from '../model/host-load.ts';
import { capsOf, type Wanted } from './caps.ts';
import { overheadPct, vcpuThen } from './overheads.ts';

/**
 * What the vCPUs of a domain used and waited for between two looks, by their numbers. Throttled time is no delay: of
 * what a vCPU waited, as much as its quota left it could have been served. Halt polling is no usage.
 * @param before the same start of the domain; undefined where there was none
 */
export function readingsOf(
  before: Domain | undefined,
  now: Domain,
  windowMs: number,
): ReadonlyMap<number, Reading> {
  const shown = new Map<number, ReturnType<typeof read>>();
  for (const [i, vcpu] of now.vcpus.entries())
    shown.set(vcpu.number, read(vcpuThen(before, vcpu.number, i), vcpu, windowMs));
  const { quota } = now.bounds;
  const isLimited = quota.vcpuPct !== undefined || quota.domainPct !== undefined;
  const caps = isLimited ? capsWithin(before, now, windowMs, shown) : undefined;
  const readings = new Map<number, Reading>();
  for (const [number, each] of shown)
    readings.set(number, each.kind === 'measured' ? capped(each, caps?.get(number)) : each);
  return readings;
}

function capsWithin(
  before: Domain | undefined,
  now: Domain,
  windowMs: number,
  shown: ReadonlyMap<number, ReturnType<typeof read>>,
): ReadonlyMap<number, number> {
  const wanted = [...shown].flatMap(([number, each]): readonly Wanted[] =>
    each.kind === 'measured' ? [{ number, ranPct: each.ranPct, waitedPct: each.waitedPct ?? 0 }] : [],
  );
  const overhead = Math.max(0, (before && overheadPct(before, now, windowMs)) ?? 0);
  return capsOf(now.bounds.quota, wanted, now.vcpus.length, overhead);
}

/** What the counters say, in per cent of the window. */
type Shown = {
  readonly kind: 'measured';
  readonly ranPct: number;
  readonly waitedPct: number | undefined;
  readonly polledPct: number | undefined;
};

function read(
  last: Vcpu | undefined,
  now: Vcpu,
  windowMs: number,
): Shown | Exclude<Reading, { kind: 'measured' }> {
  if (now.counters === undefined || now.placement === undefined) {
    return { kind: 'missing', reason: now.problem ?? 'it could not be read' };
  }
  if (last === undefined) return { kind: 'new', reason: 'it has just started' };
  if (last.counters === undefined)
    return { kind: 'missing', reason: last.problem ?? 'it could not be read before' };
  return difference(last.counters, now.counters, windowMs);
}

/** Counters that went back belong to a domain that has restarted in between. */
function difference(
  last: Counters,
  now: Counters,
  windowMs: number,
): Shown | Exclude<Reading, { kind: 'measured' }> {
  const ranNs = now.cpuTimeNs - last.cpuTimeNs;
  const waitedNs = since(last.delayNs, now.delayNs);
  if (ranNs < 0n || (waitedNs !== undefined && waitedNs < 0n))
    return { kind: 'new', reason: 'it has just restarted' };
  const polledNs = since(last.polledNs, now.polledNs);
  const share = (ns: bigint) => Math.min(100, (Number(ns) / 1e6 / windowMs) * 100);
  const ranPct = share(ranNs);
  return {
    kind: 'measured',
    ranPct,
    waitedPct: waitedNs === undefined ? undefined : share(waitedNs),
    polledPct: polledNs === undefined || polledNs < 0n ? undefined : Math.min(ranPct, share(polledNs)),
  };
}

function since(before: bigint | undefined, now: bigint | undefined): bigint | undefined {
  return before === undefined || now === undefined ? undefined : now - before;
}

function capped({ ranPct, waitedPct, polledPct }: Shown, capPct: number | undefined): Reading {
  const usagePct = ranPct - (polledPct ?? 0);
  if (capPct === undefined)
    return { kind: 'measured', usagePct, delayPct: waitedPct, capPct, throttledPct: undefined, polledPct };
  // A quota counts all that ran, polling too.
  const delayPct = waitedPct && Math.min(waitedPct, Math.max(0, capPct - ranPct));
  const throttledPct = waitedPct === undefined || delayPct === undefined ? undefined : waitedPct - delayPct;
  return { kind: 'measured', usagePct, delayPct, capPct, throttledPct, polledPct };
}
