import type { Scope } from '../../host/measure.ts';
import { type CpuSet, intersect } from '../../model/cpu-set.ts';
import { vcpuKey } from '../../model/host-load.ts';
import { pinAllLive } from '../actions.ts';
import { advance } from '../advance.ts';
import type { Host } from '../host.ts';
import { spread } from './best-spread.ts';
import { backgroundLoads, type TrueLoad, trueLoads } from './true-demand.ts';

/** How a replay is cut into cycles. */
export type Cycles = { readonly intervalMs: number; readonly count: number };

/** Says at the start of a cycle which vCPUs are to be pinned; by vCPU key. */
export type Steer = (host: Host) => Pins | Promise<Pins>;

type Pins = ReadonlyMap<string, CpuSet>;

/** What a replay did, cycle by cycle. */
export type History = {
  readonly cycles: readonly CycleRecord[];
  /** CPU seconds that vCPUs wanted and did not get */
  readonly stealSeconds: number;
};

export type CycleRecord = {
  /** pins at its start that took a vCPU from one pCPU to another; the first pin of a floating one is none */
  readonly moves: number;
  /** the standard deviation of the pCPUs' true loads in it, noise left out */
  readonly sd: number;
  /** the pCPUs that may be used in it, and what each carries, per cent */
  readonly pcpus: CpuSet;
  readonly loads: Float32Array;
  /** what of that is the host's own and emulators'; undefined where there is no such thing */
  readonly background: Float32Array | undefined;
};

/** Lets a host run in its own time, with `steer` at the helm. */
export async function replay(
  start: Host,
  { intervalMs, count }: Cycles,
  scope: Scope,
  steer: Steer,
  onCycle: (cycle: number) => void = () => undefined,
): Promise<History> {
  const cycles: CycleRecord[] = [];
  let stealNs = 0;
  let host = start;
  for (let cycle = 0; cycle < count; cycle++) {
    onCycle(cycle);
    const pins = await steer(host);
    const moves = movesAmong(pins, host);
    host = pinAllLive(host, pins);
    const pcpus = usableCpus(host, scope);
    const capacity = capacityOf(host, pcpus);
    const loads = loadsOf(trueLoads(host, intervalMs * 1e6), pcpus, capacity);
    const others = backgroundLoads(host, intervalMs * 1e6);
    const background = others.length === 0 ? undefined : Float32Array.from(loadsOf(others, pcpus, capacity));
    cycles.push({ moves, sd: spread(loads), pcpus, loads: Float32Array.from(loads), background });
    for (const stretch of stretches(host, Math.round(intervalMs * 1e6))) {
      for (const waitedNs of waits(stretch)) stealNs += waitedNs;
      host = stretch.after;
    }
  }
  return { cycles, stealSeconds: stealNs / 1e9 };
}

/** The pCPUs that a policy may use. */
export function usableCpus(host: Host, { cpus }: Scope): CpuSet {
  return cpus === undefined ? host.online : intersect(host.online, cpus);
}

/** What each of `pcpus` can do, in their order; undefined where all can do the same. */
export function capacityOf({ capacity }: Host, pcpus: CpuSet): readonly number[] | undefined {
  if (capacity === undefined) return undefined;
  const shares = new Map(capacity.map(({ pcpu, share }) => [pcpu, share]));
  return pcpus.map((pcpu) => shares.get(pcpu) ?? 1);
}

/** What each of `pcpus` carries, in their order, in per cent of what it can do. */
export function loadsOf(
  demands: Iterable<TrueLoad>,
  pcpus: CpuSet,
  capacity: readonly number[] | undefined,
): readonly number[] {
  const loads = new Map(pcpus.map((pcpu) => [pcpu, 0]));
  for (const { pcpu, steadyPct } of demands) {
    const load = loads.get(pcpu);
    if (load !== undefined) loads.set(pcpu, load + steadyPct);
  }
  const wanted = [...loads.values()];
  return capacity === undefined ? wanted : wanted.map((load, i) => load / (capacity[i] ?? 1));
}

function movesAmong(pins: Pins, host: Host): number {
  if (pins.size === 0) return 0;
  return host.domains
    .flatMap((domain) =>
      domain.vcpus.map((vcpu) => ({ vcpu, to: pins.get(vcpuKey({ domain, vcpu: vcpu.number })) })),
    )
    .filter(({ vcpu, to }) => to !== undefined && intersect(vcpu.pinned ?? to, to).length === 0).length;
}

/** A time in which nothing happens to a host but that it runs: all that is in it before is in it after. */
type Stretch = { readonly before: Host; readonly after: Host };

/**
 * Lets time pass, cut at the host's events: a domain that ends, or starts anew, takes its counters with it, so
 * what it has waited is to be read right before.
 */
function* stretches(host: Host, spanNs: number): Generator<Stretch> {
  const endNs = host.nowNs + spanNs;
  for (let before = host; ; ) {
    const eventNs = before.events[0]?.atNs ?? Number.POSITIVE_INFINITY;
    const ran = advance({ ...before, events: [] }, (Math.min(eventNs, endNs) - before.nowNs) / 1e9);
    const after = { ...ran, events: before.events };
    yield { before, after };
    if (eventNs > endNs) return;
    before = advance(after, 0);
  }
}

/** What each vCPU was starved of, in the host's order: what a quota throttles is none of it. */
function waits({ before, after }: Stretch): readonly number[] {
  return after.domains.flatMap(({ vcpus }, d) =>
    vcpus.map(({ starvedNs = 0 }, v) => starvedNs - (before.domains[d]?.vcpus[v]?.starvedNs ?? 0)),
  );
}
