import type { Bounds } from '../model/bounds.ts';
import { type CpuSet, cpuSet, formatCpuSet, intersect, isSubset, sameCpus } from '../model/cpu-set.ts';
import type { Domain } from '../model/domain.ts';
import type { DomainRule } from '../model/domain-rule.ts';
import { vcpuKey } from '../model/host-load.ts';
import { byRefusal, type Limit, limitsText } from '../model/limit.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { dedicatedPcpus, type Reserved, realtimePcpus } from './dedicated-pcpus.ts';
import { grantedByPartition, type OwnAffinities } from './granted-pcpus.ts';

/** What the settings and the saved state say of where vCPUs may be pinned. */
export type LimitScope = {
  /** the pCPUs to use; undefined: all that are online */
  readonly cpus: CpuSet | undefined;
  /** whether pCPUs that are dedicated to somebody are for others too; `respect` by default */
  readonly dedicated?: 'respect' | 'share' | undefined;
  /** whether a live affinity to several pCPUs that somebody else has set is a limit; `respect` by default */
  readonly foreign?: 'respect' | 'adopt' | undefined;
  /** the affinities that vcpusched itself has set; none by default */
  readonly own?: OwnAffinities | undefined;
  /** the affinity that a vCPU had before vcpusched first pinned it, by its key */
  readonly origin?: ((vcpuKey: string) => CpuSet | undefined) | undefined;
  /** by partition ('' where there is none), the pCPUs that libvirt has refused */
  readonly refused?: ReadonlyMap<string, CpuSet> | undefined;
};

/** Where one vCPU may be pinned. */
export type Allowed = {
  /** the pCPUs that the host lets its domain have */
  readonly offered: CpuSet;
  /** those of them that it may be pinned to */
  readonly pcpus: CpuSet;
  /** what restricts them, besides --cpus, and who says so */
  readonly limits: readonly Limit[];
  /** why it must not be moved at all; undefined where it may be */
  readonly fixed: string | undefined;
  /** the same for those vCPUs of its domain that are threads of one guest core; undefined where it has one of its own */
  readonly guestCore: number | undefined;
  /** the NUMA cells that its domain's passed-through devices are attached to */
  readonly deviceCells: readonly number[];
};

/**
 * Says for each vCPU of a host where it may be pinned: on a pCPU that is online, in --cpus, granted by its cgroup and by
 * what the affinities of unpinned vCPUs show, and within every limit that its configuration, its metadata, its rule,
 * its memory and other people set. An isolated pCPU is for those alone whom an administrator has put there: by name in
 * --cpus, by a pin narrower than the whole host, or by a slice that has no others. A dedicated pCPU is for its owner, and
 * for those whose configuration names it. Nobody is put beside a real-time vCPU.
 */
export function allowedOn(snapshot: Snapshot, scope: LimitScope) {
  const { online, isolated = [], topology, topologyProblem } = snapshot;
  const { cpus, foreign = 'respect', own = () => [], origin = () => undefined } = scope;
  const sets = setCache();
  const inUse = cpus === undefined ? online : intersect(online, cpus);
  const isUsed = new Set(inUse);
  const apart = new Set(isolated.filter((cpu) => cpus === undefined || !cpus.includes(cpu)));
  const common = apart.size === 0 ? inUse : inUse.filter((cpu) => !apart.has(cpu));
  const witnessed = grantedByPartition(snapshot, own, origin);
  const dedicated = scope.dedicated === 'share' ? new Map<number, string>() : dedicatedPcpus(snapshot);
  const realtime = realtimePcpus(snapshot);
  const cpusByCells = new Map<string, CpuSet>();
  const factsOf = domainFacts();

  function of(domain: Domain, vcpu: number, affinity: CpuSet, rule: DomainRule): Allowed {
    const { bounds } = domain;
    const facts = factsOf(domain);
    const guestCore = facts.guestCoreOf(vcpu);
    const shared = { guestCore, deviceCells: bounds.deviceCells };
    const scheduler = bounds.realtime.find((each) => each.vcpus.includes(vcpu))?.scheduler;
    if (scheduler !== undefined) {
      const set = intersect(affinity, online);
      const fixed = `it is of a real-time class (${scheduler}): it stays where it is, and nobody is put beside it`;
      return { offered: set, pcpus: set, limits: [], fixed, ...shared };
    }
    const pins = [
      ...limit(facts.pinOf(vcpu), 'its <vcpupin>'),
      ...limit(facts.pinOf(vcpu) === undefined ? bounds.cpuset : undefined, 'its <vcpu cpuset>'),
      ...[bounds.word.cpus, rule.cpus].flatMap((each) => each ?? []),
    ];
    const granted = grantedLimits(bounds, affinity);
    const host = [...granted, ...takenLimits(bounds, pins)];
    const offered = sets.within(openTo(pins, granted), host);
    const limits = [
      ...pins,
      ...memoryLimits(domain, vcpu, affinity),
      ...host,
      ...liveLimits(domain, vcpu, affinity, sets.within(offered, pins)),
    ].filter(({ set }) => !sets.covers(set, inUse));
    const pcpus = sets.within(offered, limits);
    const fixed = fixedBy(domain, vcpu, pcpus, affinity, limits);
    return { offered, pcpus, limits, fixed, ...shared };
  }

  /** The pCPUs that the host grants to all vCPUs of a domain's kind. */
  function grantedLimits({ granted, partition = '' }: Bounds, affinity: CpuSet): readonly Limit[] {
    const witness = witnessed.get(partition);
    return [
      ...limit(granted, 'its cgroup'),
      ...limit(witness && sets.union(witness, affinity), 'the host: so unpinned vCPUs may run'),
    ];
  }

  /** What is left where some pCPUs are refused, or are for somebody else. */
  function takenLimits({ partition = '' }: Bounds, pins: readonly Limit[]): readonly Limit[] {
    const refused = scope.refused?.get(partition) ?? [];
    return [
      ...limit(refused.length === 0 ? undefined : sets.without(inUse, refused), byRefusal),
      ...reservedLimits(dedicated, namedIn(pins)),
      ...reservedLimits(realtime, new Set()),
    ];
  }

  /** @param named those that its own configuration gives it all the same */
  function reservedLimits(reserved: Reserved, named: ReadonlySet<number>): readonly Limit[] {
    if (reserved.size === 0) return [];
    const taken = [...reserved.keys()]
      .filter((cpu) => isUsed.has(cpu) && !named.has(cpu))
      .sort((a, b) => a - b);
    if (taken.length === 0) return [];
    const by = [...new Set(taken.map((cpu) => reserved.get(cpu)))].map((what) => {
      const mine = taken.filter((cpu) => reserved.get(cpu) === what);
      return `${formatCpuSet(mine)} ${mine.length === 1 ? 'is' : 'are'} ${what}`;
    });
    return limit(sets.without(inUse, taken), by.join(', '));
  }

  /** The pCPUs that an administrator names for it, where that is narrower than the whole host. */
  function namedIn(pins: readonly Limit[]): ReadonlySet<number> {
    return new Set(pins.filter(({ set }) => !sets.covers(set, online)).flatMap(({ set }) => set));
  }

  /** The pCPUs in use, less isolated ones that no administrator has named for it, nor put into a slice that has no others. */
  function openTo(pins: readonly Limit[], granted: readonly Limit[]): CpuSet {
    if (apart.size === 0) return common;
    const slices = granted.filter(({ set }) => set.length > 0 && set.every((cpu) => apart.has(cpu)));
    const named = new Set(
      [...namedIn(pins), ...slices.flatMap(({ set }) => set)].filter((cpu) => apart.has(cpu)),
    );
    return named.size === 0 ? common : inUse.filter((cpu) => !apart.has(cpu) || named.has(cpu));
  }

  /** Where the memory of a vCPU is. A cell without CPUs says nothing of where they may run. */
  function memoryLimits(domain: Domain, vcpu: number, affinity: CpuSet): readonly Limit[] {
    const { memnodes, memoryCells, isAuto } = domain.bounds;
    const memnode = memnodes.find(({ vcpus }) => vcpus.includes(vcpu));
    const cells = memnode === undefined ? memoryCells : memnode.cells;
    const isBound = (cells ?? []).length > 0 || isAuto === true;
    if (topologyProblem !== undefined && topology.length === 0)
      return limit(factsOf(domain).present(), 'its present affinity: the cells of the host are not known');
    if (topology.length === 0 && isBound)
      return limit(
        factsOf(domain).present(),
        'its present affinity: libvirt does not report the cells of the host',
      );
    return [
      ...limit(cpusOfCells(cells ?? []), memnode === undefined ? 'its <numatune>' : 'its <memnode>'),
      ...limit(
        isAuto === true ? cpusOfCells(cellsOf(affinity)) : undefined,
        "numad, by its affinity (placement='auto')",
      ),
    ];
  }

  function cpusOfCells(cells: readonly number[]): CpuSet | undefined {
    if (cells.length === 0) return undefined;
    const key = cells.join();
    const near =
      cpusByCells.get(key) ?? topology.filter(({ cellId }) => cells.includes(cellId)).map(({ id }) => id);
    cpusByCells.set(key, near);
    return near.length === 0 ? undefined : near;
  }

  function cellsOf(set: CpuSet): readonly number[] {
    return [...new Set(topology.filter(({ id }) => set.includes(id)).map(({ cellId }) => cellId))];
  }

  /**
   * A range that somebody has set on the running domain. A pin to a single pCPU is no limit: pins that have gone stale
   * are what there is to repair.
   * @param offered what it may have anyway: to have all of it is no range
   */
  function liveLimits(domain: Domain, vcpu: number, affinity: CpuSet, offered: CpuSet): readonly Limit[] {
    if (foreign === 'adopt') return [];
    const key = vcpuKey({ domain, vcpu });
    const mine = own(key);
    const isMine = (set: CpuSet) => mine.some((each) => sameCpus(each, set));
    const ranges: readonly (readonly [CpuSet | undefined, string])[] = [
      [factsOf(domain).livePinOf(vcpu), 'its live <vcpupin>'],
      [affinity, 'its live affinity'],
      [isMine(affinity) ? origin(key) : undefined, 'its affinity before vcpusched pinned it'],
    ];
    let rest = offered;
    return ranges.flatMap(([set, by]) => {
      if (set === undefined || set.length < 2 || isMine(set) || sets.covers(set, rest)) return [];
      const found = limit(set, by);
      rest = sets.within(rest, found);
      return found;
    });
  }

  function fixedBy(
    domain: Domain,
    vcpu: number,
    pcpus: CpuSet,
    affinity: CpuSet,
    limits: readonly Limit[],
  ): string | undefined {
    const isApart = apart.size > 0 && affinity.every((cpu) => apart.has(cpu));
    if (isApart && !isSubset(affinity, pcpus))
      return `it is pinned to isolated pCPUs, ${formatCpuSet(affinity)}`;
    const witness = witnessed.get(domain.bounds.partition ?? '');
    const isElsewhere = witness !== undefined && affinity.every((cpu) => !witness.includes(cpu));
    if (isElsewhere && !isOwn(domain, vcpu, affinity))
      return `it is pinned to ${formatCpuSet(affinity)}, where no vCPU runs that nobody has pinned (${formatCpuSet(witness)})`;
    if (pcpus.length > 0 || limits.length === 0) return undefined;
    const but = apart.size > 0 ? `, and not ${formatCpuSet(cpuSet(apart))} (isolated)` : '';
    return `no pCPU in use is among those that it may have: ${limitsText(limits)}${but}`;
  }

  /** Whether vcpusched has put it there, or its configuration. */
  function isOwn(domain: Domain, vcpu: number, affinity: CpuSet): boolean {
    const { cpuset, word } = domain.bounds;
    const said = factsOf(domain).pinOf(vcpu) ?? cpuset ?? word.cpus?.set;
    return said !== undefined || own(vcpuKey({ domain, vcpu })).some((set) => sameCpus(set, affinity));
  }

  return { of, common };
}

function limit(set: CpuSet | undefined, by: string): readonly Limit[] {
  return set === undefined ? [] : [{ set, by }];
}

/** What is looked up for each vCPU of a domain, made once for the domain. */
function domainFacts() {
  const known = new WeakMap<Domain, ReturnType<typeof make>>();
  function make({ bounds, vcpus }: Domain) {
    const pins = new Map(bounds.pins.map(({ vcpu, cpus }) => [vcpu, cpus]));
    const livePins = new Map(bounds.live.pins.map(({ vcpu, cpus }) => [vcpu, cpus]));
    const online = new Map<number, number>();
    const coreOf = (vcpu: number) => Math.floor(vcpu / bounds.guestThreads);
    for (const { number } of vcpus) online.set(coreOf(number), (online.get(coreOf(number)) ?? 0) + 1);
    return {
      pinOf: (vcpu: number) => pins.get(vcpu),
      livePinOf: (vcpu: number) => livePins.get(vcpu),
      /** Threads of a guest core have numbers that follow one another. */
      guestCoreOf: (vcpu: number) =>
        bounds.guestThreads > 1 && (online.get(coreOf(vcpu)) ?? 0) > 1 ? coreOf(vcpu) : undefined,
      /** where its vCPUs may run now */
      present: () => cpuSet([...new Set(vcpus.map(({ placement }) => placement?.affinity ?? []))].flat()),
    };
  }
  return (domain: Domain) => {
    const found = known.get(domain) ?? make(domain);
    known.set(domain, found);
    return found;
  };
}

/**
 * Works out each set once: thousands of vCPUs have the same limits, and sets that are equal come back as the same one.
 */
function setCache() {
  const ids = new WeakMap<CpuSet, number>();
  const byText = new Map<string, number>();
  const covered = new Map<number, boolean>();
  const results = new Map<string, CpuSet>();

  function idOf(set: CpuSet): number {
    const known = ids.get(set);
    if (known !== undefined) return known;
    const text = formatCpuSet(set);
    const id = byText.get(text) ?? byText.size;
    byText.set(text, id);
    ids.set(set, id);
    return id;
  }
  function once(key: string, make: () => CpuSet): CpuSet {
    const found = results.get(key) ?? make();
    results.set(key, found);
    return found;
  }
  return {
    /** Whether a set has all of another one. */
    covers: (set: CpuSet, all: CpuSet) => {
      const key = idOf(set) * 2 ** 24 + idOf(all);
      const known = covered.get(key) ?? isSubset(all, set);
      covered.set(key, known);
      return known;
    },
    within: (all: CpuSet, limits: readonly Limit[]) =>
      once(`${idOf(all)}&${limits.map(({ set }) => idOf(set)).join('&')}`, () =>
        limits.reduce((left, { set }) => (isSubset(left, set) ? left : intersect(left, set)), all),
      ),
    union: (a: CpuSet, b: CpuSet) =>
      once(`${idOf(a)}+${idOf(b)}`, () => (isSubset(b, a) ? a : cpuSet([...a, ...b]))),
    without: (a: CpuSet, b: CpuSet) =>
      once(`${idOf(a)}-${idOf(b)}`, () => {
        const out = new Set(b);
        return a.filter((cpu) => !out.has(cpu));
      }),
  };
}
