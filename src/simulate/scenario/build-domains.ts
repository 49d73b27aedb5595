import { type CpuSet, parseCpuList } from '../../model/cpu-set.ts';
import { nowhere } from '../actions.ts';
import { hashText, mix } from '../hash.ts';
import type { SimDomain, SimVcpu } from '../host.ts';
import { mostChanges, mostVcpus } from '../limits.ts';
import type { BuildContext } from './build-context.ts';
import { buildDemand, type OneDemand } from './build-demand.ts';
import { buildTuning, deviceBuilder } from './build-tuning.ts';
import type { DomainGroup, Scenario } from './schema.ts';

/** The domains of a scenario, in the file's order, those that run at once with their ids. */
export function buildDomains(scenario: Scenario, context: BuildContext): readonly SimDomain[] {
  checkSize(scenario, context);
  const taken = new Set(scenario.domains.map(({ id }) => id));
  let last = 0;
  const nextId = (): number => {
    do last++;
    while (taken.has(last));
    return last;
  };
  const seen = new Set<string>();
  const devices = deviceBuilder();
  return scenario.domains.flatMap((group, g) =>
    Array.from({ length: group.count }, (_, i) => {
      const domain = {
        ...buildDomain(group, g, i, scenario.seed, context),
        ...devices([group.devices].flat()),
      };
      for (const mark of [domain.name, domain.uuid]) {
        if (seen.has(mark)) context.fail(['domains', g, 'name'], `'${mark}' is there twice`);
        seen.add(mark);
      }
      return domain.state === 'shutoff' ? domain : { ...domain, id: group.id ?? nextId() };
    }),
  );
}

/** Before any of it is built. */
function checkSize({ domains, duration }: Scenario, { fail }: BuildContext): void {
  let vcpus = 0;
  let changes = 0;
  for (const [g, group] of domains.entries()) {
    const own = group.count * sizeOf(group);
    vcpus += own;
    if (vcpus > mostVcpus)
      fail(['domains', g, 'count'], `with it the host has ${vcpus} vCPUs: at most ${mostVcpus}`);
    changes += own * changesPerSecond(group) * duration;
    if (changes > mostChanges) {
      const how = 'make its changes fewer, or the duration shorter';
      fail(
        ['domains', g, 'demand'],
        `in ${duration} s the demands change ${changes.toPrecision(2)} times: at most ${mostChanges}; ${how}`,
      );
    }
  }
}

/** The vCPUs that it may have. */
function sizeOf({ vcpus, 'max-vcpus': most = 0 }: DomainGroup): number {
  return Math.max(most, typeof vcpus === 'number' ? vcpus : (parseCpuList(vcpus).at(-1) ?? 0) + 1);
}

function changesPerSecond(group: DomainGroup): number {
  const demands = [group.demand, group.emulator ?? []].flat();
  const wobbles = group.noise > 0 || group.jitter > 0 ? 1 / group['noise-every'] : 0;
  const cycles = group.cycle === undefined ? 0 : 2 / group.cycle;
  return Math.max(...demands.map(changesOf)) + wobbles + cycles;
}

function changesOf(demand: OneDemand): number {
  if (typeof demand === 'number') return 0;
  if ('steps' in demand) return demand.repeat === undefined ? 0 : demand.steps.length / demand.repeat;
  return 'trace' in demand ? 1 / demand.row : 2 / demand.period;
}

function buildDomain(
  group: DomainGroup,
  g: number,
  index: number,
  seed: number,
  context: BuildContext,
): SimDomain {
  const name = nameOf(group, index);
  const single = group.count === 1;
  if (!single && (group.id ?? group.uuid) !== undefined) {
    context.fail(['domains', g, 'count'], 'an id or a uuid is for one domain only');
  }
  const online = typeof group.vcpus === 'number' ? range(group.vcpus) : parseCpuList(group.vcpus);
  const size = sizeOf(group);
  if (!online.includes(0)) context.fail(['domains', g, 'vcpus'], 'vCPU 0 is always there');
  const demand = context.attempt(['domains', g, 'demand'], () =>
    buildDemand(group, index, group.count, context.readTrace),
  );
  const vcpu = (number: number): SimVcpu => {
    const plugged = online.includes(number);
    const turn = index * online.length + online.indexOf(number);
    const configured = plugged ? maskFor('vcpupin', group, g, turn, context) : undefined;
    const atStart = plugged ? maskFor('affinity', group, g, turn, context) : undefined;
    return {
      number,
      online: plugged,
      demand,
      pinned: configured ?? atStart,
      configured,
      atStart,
      pcpu: nowhere,
      runNs: 0,
      delayNs: 0,
    };
  };
  const metadata =
    group.metadata &&
    Object.fromEntries(
      Object.entries(group.metadata).map(([attribute, value]) => [attribute, String(value)]),
    );
  return {
    name,
    uuid: group.uuid?.toLowerCase() ?? uuidOf(name, seed),
    state: group.start > 0 ? 'shutoff' : group.state,
    id: undefined,
    transient: group.transient,
    cpuset: group.cpuset === undefined ? undefined : context.cpus(['domains', g, 'cpuset'], group.cpuset),
    numatune: group.numatune && {
      mode: group.numatune.mode,
      cells: parseCpuList(String(group.numatune.nodeset)),
    },
    metadata,
    configuredMetadata: metadata,
    shares: group.shares,
    ...buildTuning(group, g, index, { online, size }, context),
    pace:
      group.cycle === undefined
        ? { kind: 'open' }
        : { kind: 'closed', cycleNs: Math.round(group.cycle * 1e9) },
    vcpus: range(size).map(vcpu),
  };
}

/** The name of a group's `index`th domain: `%d` stands for its number from 1. */
export function nameOf(group: DomainGroup, index: number): string {
  if (group.name.includes('%d')) return group.name.replace('%d', String(index + 1));
  return group.count === 1 ? group.name : `${group.name}-${index + 1}`;
}

/**
 * `in-turn` gives each vCPU of the group the next pCPU, `in-turn:0-3` the next of a list; an array is itself
 * taken in turn.
 */
function maskFor(
  key: 'affinity' | 'vcpupin',
  group: DomainGroup,
  g: number,
  turn: number,
  context: BuildContext,
): CpuSet | undefined {
  const path = ['domains', g, key] as const;
  const given = [group[key]].flat();
  const chosen = given[turn % given.length] ?? 'all';
  if (chosen === 'all') return undefined;
  const [inTurn, list] = /^in-turn(?::(.*))?$/.exec(String(chosen)) ?? [];
  if (inTurn === undefined) return context.cpus(path, chosen);
  const among = list === undefined ? context.allCpus : context.cpus(path, list);
  return [among[turn % among.length] ?? 0];
}

/** A UUID that a name and a seed always give. */
function uuidOf(name: string, seed: number): string {
  const word = (salt: number): string => mix(seed, hashText(name), salt).toString(16).padStart(8, '0');
  const hex = [1, 2, 3, 4].map(word).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i);
}
