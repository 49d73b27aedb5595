import { allowedOn } from '../../host/limits.ts';
import type { Scope } from '../../host/measure.ts';
import { type CpuSet, formatCpuSet, sameCpus, sameCpusOrNone } from '../../model/cpu-set.ts';
import { vcpuKey } from '../../model/host-load.ts';
import type { Host } from '../host.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { capacityOf, loadsOf, usableCpus } from './replay.ts';
import type { Places } from './task.ts';
import { backgroundLoads, type TrueDemand, trueDemands } from './true-demand.ts';

/** What there is to be divided in a cycle. */
export type Division = {
  readonly pcpus: CpuSet;
  /** of all vCPUs, in the host's order */
  readonly demands: readonly TrueDemand[];
  /** those of them that may be moved */
  readonly movable: readonly TrueDemand[];
  /** where each of these may be put; empty where all may be put anywhere */
  readonly allowed: readonly Places[];
  /** what the others, and the host itself, put on each pCPU, noise left out, in per cent of what it can do */
  readonly base: readonly number[];
  /** what each pCPU can do; undefined where all can do the same */
  readonly capacity: readonly number[] | undefined;
};

/** Whether the same is to be divided, noise left out. */
export function isSame(a: Division, b: Division): boolean {
  return (
    a.demands.length === b.demands.length &&
    a.movable.length === b.movable.length &&
    a.allowed.length === b.allowed.length &&
    sameCpus(a.pcpus, b.pcpus) &&
    a.base.every((pct, i) => pct === b.base[i]) &&
    a.demands.every(
      ({ key, steadyPct }, i) => key === b.demands[i]?.key && steadyPct === b.demands[i].steadyPct,
    ) &&
    a.movable.every(({ key }, i) => key === b.movable[i]?.key) &&
    a.allowed.every((places, i) => sameCpusOrNone(places, b.allowed[i]))
  );
}

/**
 * Says in each cycle what there is to be divided. What vCPUs may do is worked out anew only where something has
 * happened to the host: its events are another list then.
 */
export function divider(scope: Scope): (host: Host, intervalMs: number) => Division {
  let known: { readonly events: Host['events']; readonly limits: Limits } | undefined;
  return (host, intervalMs) => {
    if (known?.events !== host.events) known = { events: host.events, limits: limitsOn(host, scope) };
    const { limits } = known;
    const pcpus = usableCpus(host, scope);
    const demands = trueDemands(host, intervalMs * 1e6);
    const background = backgroundLoads(host, intervalMs * 1e6);
    const capacity = capacityOf(host, pcpus);
    if (limits.size === 0) {
      const base = loadsOf(background, pcpus, capacity);
      return { pcpus, demands, movable: demands, allowed: [], base, capacity };
    }
    const movable = demands.filter(({ key }) => limits.get(key) !== 'fixed');
    const inTheWay = demands.filter(({ key }) => limits.get(key) === 'fixed');
    const allowed = movable.map(({ key }) => placesIn(limits.get(key)));
    return {
      pcpus,
      demands,
      movable,
      allowed: allowed.some((places) => places !== undefined) ? allowed : [],
      base: loadsOf([...inTheWay, ...background], pcpus, capacity),
      capacity,
    };
  };
}

/** What keeps vCPUs, by key, from being put anywhere: `fixed` are those that must stay as they are. */
type Limits = ReadonlyMap<string, NonNullable<Places> | 'fixed'>;

/** As the policies are told it. vCPUs that may be put on the same pCPUs have one list of them. */
function limitsOn(host: Host, scope: Scope): Limits {
  const snapshot = snapshotOf(host);
  const allowed = allowedOn(snapshot, scope);
  const positions = new Map(usableCpus(host, scope).map((pcpu, position) => [pcpu, position]));
  const lists = new Map<string, readonly number[]>();
  const placesOf = (pcpus: CpuSet) => {
    const text = formatCpuSet(pcpus);
    const places = lists.get(text) ?? pcpus.map((pcpu) => positions.get(pcpu) ?? 0);
    lists.set(text, places);
    return places;
  };
  const limits = new Map<string, NonNullable<Places> | 'fixed'>();
  for (const domain of snapshot.domains) {
    const leave = scope.exclusion(domain) ?? domain.bounds.leave;
    const rule = scope.rule(domain);
    for (const { number, placement } of domain.vcpus) {
      const { pcpus, fixed } = allowed.of(domain, number, placement?.affinity ?? [], rule);
      const key = vcpuKey({ domain, vcpu: number });
      if ((leave ?? fixed) !== undefined) limits.set(key, 'fixed');
      else if (pcpus.length < positions.size) limits.set(key, placesOf(pcpus));
    }
  }
  return limits;
}

function placesIn(limit: NonNullable<Places> | 'fixed' | undefined): Places {
  return limit === 'fixed' ? undefined : limit;
}
