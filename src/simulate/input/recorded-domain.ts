import type { Bounds } from '../../model/bounds.ts';
import { type CpuSet, isSubset } from '../../model/cpu-set.ts';
import type { DomainRef, Placement, Vcpu } from '../../model/domain.ts';
import { nowhere } from '../actions.ts';
import type { Bandwidth, HostEvent, SimDomain, SimVcpu } from '../host.ts';
import { boundsLine } from '../recording/bounds.ts';
import { type RecordedDemand, recordedDemand } from './recorded-demand.ts';

/** A domain of a recording, gathered sample by sample. */
export type RecordedDomain = {
  /**
   * The domain in the `i`th sample.
   * @param shown its vCPUs; none where it does not run; undefined where it is there, and has no figures (paused); and
   *   what binds it, of which the first that is known counts
   * @returns what has happened to it since the sample before
   */
  readonly add: (
    i: number,
    shown: { readonly vcpus: readonly Vcpu[] | undefined; readonly bounds: Bounds | undefined },
    online: CpuSet,
  ) => readonly HostEvent[];
  /** The domain as it was in the first sample, with all that it is going to want. */
  readonly atStart: (startsNs: Float64Array) => Omit<SimDomain, 'id'>;
};

type RecordedVcpu = {
  readonly number: number;
  readonly demand: RecordedDemand;
  /** whether the first sample has it */
  readonly atStart: boolean;
  online: boolean;
  /** its place comes with a later sample than its counters; this says what it is going to tell */
  awaits: 'start' | 'plugged' | undefined;
  /** where it was at first */
  start: Place | undefined;
  /** where it was at first after it came, or came back */
  plugged: Place | undefined;
};

/** A mask of all pCPUs is none. */
type Place = { readonly mask: CpuSet | undefined; readonly pcpu: number };

/**
 * A vCPU is there from the first sample that shows it until the last: when exactly it came and went, nobody saw. One
 * whose counters begin anew has gone and come. Of its pins only the first counts, and the first after it came.
 * @param timesNs when each sample was taken; grows as samples are added
 */
export function recordedDomain({ uuid, name }: DomainRef, timesNs: readonly number[]): RecordedDomain {
  const vcpus = new Map<number, RecordedVcpu>();
  let paused = false;
  let bounds: Bounds | undefined;

  /** Undefined for one that stays. */
  function unplug(vcpu: RecordedVcpu, shown: Vcpu | undefined, atNs: number): HostEvent | undefined {
    if (!vcpu.online || (shown !== undefined && !vcpu.demand.isBehind(shown.counters))) return undefined;
    vcpu.online = false;
    vcpu.demand.cut();
    return { atNs, kind: 'unplug', uuid, vcpu: vcpu.number };
  }

  /** Undefined for one that was there before. */
  function plug(vcpu: RecordedVcpu, atNs: number): HostEvent | undefined {
    if (vcpu.online) return undefined;
    vcpu.online = true;
    if (vcpu.plugged === undefined) vcpu.awaits = 'plugged';
    return { atNs, kind: 'plug', uuid, vcpu: vcpu.number };
  }

  return {
    add: (i, { vcpus: shown, bounds: now }, online) => {
      if (bounds === undefined && now !== undefined && boundsLine(now) !== undefined) bounds = now;
      const nowNs = timesNs[i] ?? 0;
      const beforeNs = timesNs[i - 1] ?? 0;
      if (shown === undefined) {
        const events = paused ? [] : [{ atNs: beforeNs, kind: 'suspend', uuid } as const];
        paused = true;
        return events;
      }
      const resumed = paused ? ({ atNs: nowNs, kind: 'resume', uuid } as const) : undefined;
      paused = false;
      const byNumber = new Map(shown.map((vcpu) => [vcpu.number, vcpu]));
      const gone = [...vcpus.values()].map((vcpu) => unplug(vcpu, byNumber.get(vcpu.number), beforeNs));
      const come = shown.map(({ number, counters, placement }) => {
        const vcpu = vcpus.get(number) ?? unseen(number, i === 0, timesNs);
        vcpus.set(number, vcpu);
        const event = plug(vcpu, nowNs);
        vcpu.demand.add(i, counters);
        if (placement !== undefined && vcpu.awaits !== undefined) {
          vcpu[vcpu.awaits] = placeOf(placement, online);
          vcpu.awaits = undefined;
        }
        return event;
      });
      return [resumed, ...gone, ...come].filter((event) => event !== undefined);
    },
    atStart: (startsNs) => ({
      uuid,
      name,
      state: 'running',
      transient: false,
      cpuset: undefined,
      numatune: undefined,
      metadata: undefined,
      configuredMetadata: undefined,
      shares: 1024,
      pace: { kind: 'bursts' },
      ...(bounds !== undefined && boundAs(bounds)),
      vcpus: [...vcpus.values()]
        .sort((a, b) => a.number - b.number)
        .map((vcpu) => vcpuAtStart(vcpu, startsNs)),
    }),
  };
}

/** Bound as it was recorded, and what of that changes how it runs. */
function boundAs(bounds: Bounds): Pick<SimDomain, 'bounds' | 'quota' | 'realtime'> {
  const { vcpuPct, domainPct } = bounds.quota;
  const realtime = bounds.realtime.flatMap(({ vcpus, scheduler }) =>
    scheduler === 'fifo' || scheduler === 'rr' ? [{ vcpus, scheduler, priority: 1 } as const] : [],
  );
  return {
    // Why it could not be read in that sample binds nothing.
    bounds: bounds.unmanaged === true ? bounds : { ...bounds, leave: undefined },
    ...((vcpuPct ?? domainPct) !== undefined && {
      quota: {
        ...(vcpuPct !== undefined && { vcpu: bandwidthOf(vcpuPct) }),
        ...(domainPct !== undefined && { global: bandwidthOf(domainPct) }),
      },
    }),
    ...(realtime.length > 0 && { realtime }),
  };
}

/** Of 100 ms, as libvirt has it where nothing else is said. */
function bandwidthOf(pct: number): Bandwidth {
  return { quotaUs: pct * 1000, periodUs: 100_000 };
}

function unseen(number: number, atStart: boolean, timesNs: readonly number[]): RecordedVcpu {
  return {
    number,
    demand: recordedDemand(timesNs),
    atStart,
    online: atStart,
    awaits: atStart ? 'start' : undefined,
    start: undefined,
    plugged: undefined,
  };
}

function placeOf({ affinity, lastPcpu }: Placement, online: CpuSet): Place {
  return { mask: isSubset(online, affinity) ? undefined : affinity, pcpu: lastPcpu };
}

function vcpuAtStart(
  { number, demand, atStart, start, plugged }: RecordedVcpu,
  startsNs: Float64Array,
): SimVcpu {
  return {
    number,
    online: atStart,
    demand: demand.demand(startsNs),
    pinned: start?.mask,
    configured: undefined,
    atStart: (plugged ?? start)?.mask,
    pcpu: start?.pcpu ?? nowhere,
    runNs: 0,
    delayNs: 0,
  };
}
