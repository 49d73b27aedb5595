import type { CycleReport } from '../../model/cycle-report.ts';
import type { DomainRef } from '../../model/domain.ts';
import { groupBy } from '../../model/group-by.ts';
import { demandPct, type VcpuLoad, vcpuKey, whereItCounts } from '../../model/host-load.ts';
import type { PastMove } from '../../model/past-move.ts';
import { loadByPcpu } from '../../model/pcpu-load.ts';
import type { Move } from '../../model/plan.ts';
import type { Topology } from '../../model/topology.ts';

/** What the live view shows of one cycle, in whatever order and size. */
export type TopModel = {
  readonly report: CycleReport;
  /** wall clock of its plan, which can be that of an earlier cycle */
  readonly plannedAtMs: number;
  /** each group is what shares a cell and an L3, in the order of the topology */
  readonly pcpuGroups: readonly PcpuGroup[];
  /** threads of a core, at most: they stand side by side */
  readonly threads: number;
  readonly domains: readonly TopDomain[];
  /** what was pinned within the last hour, the newest first */
  readonly made: readonly MadeMove[];
  /** who balances this connection now, as far as is known */
  readonly balancer: Balancer | undefined;
};

export type PcpuGroup = {
  /** undefined where there is only one, or it is not known */
  readonly cell: number | undefined;
  /** `cell 0, L3 1`: as much of it as tells it from others; '' where there is only one */
  readonly name: string;
  readonly pcpus: readonly TopPcpu[];
};

/** In per cent of its time; the load is the sum of the three. */
export type TopPcpu = {
  readonly id: number;
  /** what its vCPUs ran */
  readonly guestsPct: number;
  readonly hostPct: number;
  /** what its vCPUs waited */
  readonly readyPct: number;
  readonly loadPct: number;
};

export type TopDomain = {
  readonly domain: DomainRef;
  readonly vcpus: readonly VcpuLoad[];
  /** sums, in per cent of a pCPU; of those vCPUs that could be measured */
  readonly usagePct: number;
  readonly demandPct: number;
  /** the longest ready time among its vCPUs; undefined where it is not known */
  readonly readyPct: number | undefined;
  /** vCPUs that could not be measured */
  readonly unknown: number;
  /** moves that the plan has for it, and that were made within the last hour */
  readonly planned: readonly Move[];
  readonly made: number;
};

export type MadeMove = PastMove & { readonly domain: DomainRef; readonly vcpu: number };

export type Balancer = { readonly pid: number; readonly command: string };

/** @param isShown whether a domain has a row; the loads of pCPUs count all */
export function topModel(
  report: CycleReport,
  pastMoves: readonly PastMove[],
  balancer: Balancer | undefined,
  isShown: (domain: DomainRef) => boolean,
  plannedAtMs = report.decidedAtMs,
): TopModel {
  const { snapshot, measured, plan, decidedAtMs } = report;
  const { vcpus } = measured.load;
  const refs = new Map(
    [...snapshot.domains, ...(snapshot.paused ?? [])].map(({ uuid, name }) => [uuid, { uuid, name }]),
  );
  const made = pastMoves
    .filter(({ atMs }) => decidedAtMs - atMs < hourMs)
    .map((move) => madeMove(move, refs))
    .reverse();
  const madeBy = groupBy(made, ({ domain }) => domain.uuid);
  const planBy = groupBy(plan.moves, ({ domain }) => domain.uuid);
  return {
    report,
    plannedAtMs,
    pcpuGroups: groupsOf(pcpusOf(report), snapshot.topology),
    threads: snapshot.topology.reduce((most, { siblings }) => Math.max(most, siblings.length), 1),
    domains: [...groupBy(vcpus, ({ domain }) => domain.uuid)]
      .filter(([, [{ domain }]]) => isShown(domain))
      .map(([uuid, mine]) => domainOf(mine, planBy.get(uuid) ?? [], madeBy.get(uuid)?.length ?? 0)),
    made,
    balancer,
  };
}

const hourMs = 3_600_000;

function madeMove(move: PastMove, refs: ReadonlyMap<string, DomainRef>): MadeMove {
  const [uuid = '', vcpu = ''] = move.key.split('/');
  return { ...move, domain: refs.get(uuid) ?? { uuid, name: uuid }, vcpu: Number(vcpu) };
}

function pcpusOf({ measured: { load }, snapshot }: CycleReport): readonly TopPcpu[] {
  return [...loadByPcpu({ ...load, pcpus: [] }, snapshot.online)].map(([id, carried]) => {
    const ran = sum(carried.vcpus, ({ reading }) => (reading.kind === 'measured' ? reading.usagePct : 0));
    const guestsPct = Math.min(ran, carried.guestPct);
    return {
      id,
      guestsPct,
      hostPct: carried.backgroundPct,
      readyPct: carried.guestPct - guestsPct,
      loadPct: carried.loadPct,
    };
  });
}

function groupsOf(pcpus: readonly TopPcpu[], topology: Topology): readonly PcpuGroup[] {
  const places = new Map(topology.map((pcpu) => [pcpu.id, pcpu]));
  const key = ({ id }: TopPcpu) => {
    const place = places.get(id);
    return place === undefined ? [-1, -1] : [place.cellId, place.l3Id ?? -1];
  };
  const core = ({ id }: TopPcpu) => places.get(id)?.siblings[0] ?? id;
  const groups = [...groupBy(pcpus, (pcpu) => key(pcpu).join()).values()]
    .map((mine) => ({ at: key(mine[0]), pcpus: mine.toSorted((a, b) => core(a) - core(b) || a.id - b.id) }))
    .sort((a, b) => compare(a.at, b.at));
  const varies = (i: number) => new Set(groups.map(({ at }) => at[i])).size > 1;
  const [hasCells, hasL3s] = [varies(0), varies(1)];
  return groups.map(({ at: [cell = -1, l3 = -1], pcpus: mine }) => {
    const names = [hasCells && cell >= 0 ? `cell ${cell}` : '', hasL3s && l3 >= 0 ? `L3 ${l3}` : ''];
    const name = names.filter((each) => each !== '').join(', ');
    return { cell: hasCells && cell >= 0 ? cell : undefined, name, pcpus: mine };
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((each, at) => each !== b[at]);
  return i < 0 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}

function domainOf(
  vcpus: readonly [VcpuLoad, ...VcpuLoad[]],
  planned: readonly Move[],
  made: number,
): TopDomain {
  const readings = vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading] : []));
  const delays = readings.flatMap(({ delayPct }) => (delayPct === undefined ? [] : [delayPct]));
  return {
    domain: vcpus[0].domain,
    vcpus,
    usagePct: sum(readings, ({ usagePct }) => usagePct),
    demandPct: sum(readings, demandPct),
    readyPct: delays.length === 0 ? undefined : Math.max(...delays),
    unknown: vcpus.length - readings.length,
    planned,
    made,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Where a plan wants a vCPU; undefined where it stays. */
export function plannedFor({ planned }: TopDomain, vcpu: VcpuLoad): Move | undefined {
  return planned.find((move) => vcpuKey(move) === vcpuKey(vcpu));
}

/** The pCPUs that carry a domain, ascending. */
export function pcpusUnder({ vcpus }: TopDomain): readonly number[] {
  return [...new Set(vcpus.map(whereItCounts))].sort((a, b) => a - b);
}
