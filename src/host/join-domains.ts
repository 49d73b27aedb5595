import { type Bounds, unbounded } from '../model/bounds.ts';
import type { Domain, DomainRef, Placement, Vcpu } from '../model/domain.ts';
import type { LeftAlone } from '../model/plan.ts';
import type { Outcome } from '../virsh/batch.ts';
import type { DomainStats } from '../virsh/commands/domstats.ts';
import type { VcpuInfo } from '../virsh/commands/vcpuinfo.ts';
import { jobReason } from './job-watch.ts';
import { statsByDomain } from './stats-by-domain.ts';

/** A domain's vCPUs and their places, or why they could not be read. */
export type Placements = Outcome<ReadonlyMap<number, VcpuInfo>>;

/** What was told of one domain that was asked about. */
export type DomainFacts = {
  readonly placements: Placements;
  readonly id: number | undefined;
  readonly bounds: Bounds;
};

/**
 * Joins what `list`, `domstats` and `vcpuinfo` say. A domain whose name cannot be told from another one's is left alone until
 * its XML has been read.
 * @param names the active domains
 * @param stats the running ones
 * @param facts by UUID; a domain that has none was not asked about yet
 * @param hasJob whether what domstats tells of a domain means that it has a job
 */
export function joinDomains(
  names: readonly DomainRef[],
  stats: readonly DomainStats[],
  facts: ReadonlyMap<string, DomainFacts>,
  hasJob: (uuid: string, id: number | undefined, isQueried: boolean) => boolean = () => false,
): {
  readonly domains: readonly Domain[];
  readonly paused: readonly Domain[];
  readonly leftAlone: readonly LeftAlone[];
} {
  const domains: Domain[] = [];
  const paused: Domain[] = [];
  const leftAlone: LeftAlone[] = [];
  for (const { ref, found } of statsByDomain(names, stats, (uuid) => facts.get(uuid)?.bounds.name)) {
    const told = facts.get(ref.uuid);
    const leave = (kind: LeftAlone['kind'], reason: string) =>
      leftAlone.push({ domain: ref, vcpu: undefined, kind, reason });
    if (found === 'doubtful' || found === 'forging' || found === undefined) {
      if (found === 'doubtful') leave('unknown', doubtfulName);
      else if (found === 'forging') leave('unknown', 'its name holds a line break');
      else leave('not-running', 'it is not running (paused, or changing its state)');
      const { id, bounds = unbounded, placements } = told ?? {};
      paused.push({ ...ref, id, bounds, vcpus: joinVcpus(noStats, placements) });
    } else {
      const bounds = told?.bounds ?? { ...unbounded, leave: 'it has just started' };
      const vcpus = joinVcpus(found, told?.placements);
      if (vcpus.length === 0 && told !== undefined) leave('unmeasured', silence(told.placements));
      const isBusy = hasJob(ref.uuid, told?.id, found.isQueried);
      domains.push({
        ...ref,
        id: told?.id,
        bounds: isBusy ? { ...bounds, leave: bounds.leave ?? jobReason } : bounds,
        cpuTimeNs: found.cpuTimeNs,
        vcpus,
      });
    }
  }
  return { domains, paused, leftAlone };
}

/** Why a domain is left alone whose XML has not been read, and whose name another one has or forges. */
export const doubtfulName = 'its name cannot be told from that of another domain';

const noStats: Pick<DomainStats, 'vcpus'> = { vcpus: new Map() };

/** All vCPUs that either command knows of: a busy domain can lack fields, a vCPU can be plugged in between. */
function joinVcpus(stats: Pick<DomainStats, 'vcpus'>, placements: Placements | undefined): readonly Vcpu[] {
  const places = placements?.ok ? placements.value : nowhere;
  const joined: Vcpu[] = [];
  const add = (number: number, place: VcpuInfo | undefined) => {
    const counters = stats.vcpus.get(number);
    const placement = place && placementOf(place);
    joined.push({ number, counters, placement, problem: problem(counters, placement, place, placements) });
  };
  for (const number of stats.vcpus.keys()) add(number, places.get(number));
  for (const [number, place] of places) if (!stats.vcpus.has(number)) add(number, place);
  return joined.sort((a, b) => a.number - b.number);
}

const nowhere: ReadonlyMap<number, VcpuInfo> = new Map();

/** A vCPU that may run on one pCPU alone runs there, also where libvirt does not tell. */
function placementOf({ affinity, lastPcpu }: VcpuInfo): Placement | undefined {
  const [only, ...others] = affinity ?? [];
  const on = lastPcpu ?? (others.length === 0 ? only : undefined);
  return affinity === undefined || on === undefined ? undefined : { affinity, lastPcpu: on };
}

function problem(
  counters: unknown,
  placement: unknown,
  place: VcpuInfo | undefined,
  placements: Placements | undefined,
): string | undefined {
  // Its own words say more than a guess.
  if (counters === undefined && placements?.ok === false) return placements.error;
  if (counters === undefined) return 'libvirt did not report its CPU time (the domain may be busy)';
  if (placement !== undefined) return undefined;
  if (placements === undefined) return 'it has just started';
  return placements.ok ? (place?.problem ?? 'libvirt did not report where it runs') : placements.error;
}

/** Why nothing is known of any vCPU of a running domain. */
function silence(placements: Placements): string {
  const nothing = 'libvirt reports nothing of its vCPUs (the domain may be busy)';
  return placements.ok ? nothing : `${nothing}: ${placements.error}`;
}
