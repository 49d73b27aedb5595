import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { intersect, isSubset } from '../../src/model/cpu-set.ts';
import { type HostLoad, vcpuKey } from '../../src/model/host-load.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { PolicySettings } from '../../src/model/policy-settings.ts';
import type { Pcpu } from '../../src/model/topology.ts';
import { mean } from './oracles.ts';
import type { PolicyName } from './policies/support.ts';
import { decided } from './policies/support.ts';
import { afterPlan, type Wish } from './support.ts';
import { settle, shapedHost, topologyOf } from './topologies.ts';

const runs = { numRuns: 300 };
const shapes = fc.record({
  cells: fc.integer({ min: 1, max: 3 }),
  dies: fc.integer({ min: 1, max: 2 }),
  cores: fc.integer({ min: 1, max: 3 }),
  threads: fc.integer({ min: 1, max: 2 }),
});

type Freedom = 'pinned' | 'any';

/** Hosts of any shape; vCPUs pinned or free, alone or several to a domain, constrained, excluded, unread. */
function hosts(freedom: Freedom): fc.Arbitrary<HostLoad> {
  return shapes.chain((shape) => {
    const topology = topologyOf(shape);
    const cpu = fc.integer({ min: 0, max: topology.length - 1 });
    const some = fc.uniqueArray(cpu, { minLength: 1 }).map((set) => set.toSorted((a, b) => a - b));
    const rarely = <T>(value: T) => fc.option(fc.constant(value), { freq: 8, nil: undefined });
    const wish = fc.record({
      demand: fc.integer({ min: 0, max: 100 }),
      on: freedom === 'pinned' ? cpu : fc.oneof(cpu, some, fc.constant(topology.map(({ id }) => id))),
      last: cpu,
      domain: fc.option(fc.constantFrom('twin', 'triplet'), { nil: undefined }),
      allowed: fc.option(some, { nil: undefined, freq: 3 }),
      fixed: rarely('excluded'),
      reading: rarely({ kind: 'missing', reason: 'its time is not told' } as const),
      priority: fc.integer({ min: 0, max: 3 }),
    });
    return fc.array(wish, { maxLength: 3 * topology.length }).map((wishes) =>
      shapedHost(
        topology,
        wishes.map(({ domain, allowed, fixed, reading, ...rest }): Wish => {
          const allowedThere =
            freedom === 'pinned' && allowed
              ? [...new Set([...allowed, rest.on as number])].sort((a, b) => a - b)
              : allowed;
          return {
            ...rest,
            last: typeof rest.on === 'number' ? rest.on : rest.last,
            ...(domain && { domain }),
            ...(allowedThere && { allowed: allowedThere }),
            ...(fixed && { fixed }),
            ...(reading && { reading }),
          };
        }),
      ),
    );
  });
}

const settings: fc.Arbitrary<Partial<PolicySettings>> = fc.record({
  numa: fc.constantFrom('prefer', 'strict', 'ignore'),
  l3: fc.constantFrom('prefer', 'strict', 'ignore'),
  granularity: fc.constantFrom('cpu', 'core', 'l3', 'die', 'cell'),
  place: fc.constantFrom('demand', 'spread', 'keep'),
  maxMoves: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined, freq: 3 }),
});

const cellsOf = ({ topology }: HostLoad, cpus: readonly number[]) => [
  ...new Set(cpus.map((cpu) => topology[cpu]?.cellId)),
];

/** Moves to a cell in which the vCPU could not run before, although it could have stayed. */
function crossings(host: HostLoad, { moves }: Plan) {
  const byKey = new Map(host.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
  return moves.filter((move) => {
    const vcpu = byKey.get(vcpuKey(move));
    const cells = cellsOf(host, move.from);
    const couldStay = cellsOf(host, vcpu?.allowed ?? []).some((cell) => cells.includes(cell));
    return couldStay && cellsOf(host, move.to).some((cell) => !cells.includes(cell));
  });
}

describe.each(Object.keys(policies) as PolicyName[])('%s, on any topology', (name) => {
  test('keeps to what each vCPU may use, moves none that is fixed, and no more than --max-moves', () => {
    fc.assert(
      fc.property(hosts('any'), settings, (host, chosen) => {
        const plan = decided(name, host, chosen);
        const byKey = new Map(host.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu]));
        for (const move of plan.moves) {
          const vcpu = byKey.get(vcpuKey(move));
          expect(move.from).toEqual(vcpu?.placement.affinity);
          expect(move.to).not.toEqual(move.from);
          expect(move.to).not.toEqual([]);
          expect(isSubset(move.to, vcpu?.allowed ?? [])).toBe(true);
          expect([vcpu?.fixed, vcpu?.reading.kind]).toEqual([undefined, 'measured']);
        }
        expect(new Set(plan.moves.map(vcpuKey)).size).toBe(plan.moves.length);
        expect(plan.moves.length).toBeLessThanOrEqual(chosen.maxMoves ?? Number.POSITIVE_INFINITY);
        expect(plan.before.flatMap(({ cpus }) => cpus).toSorted((a, b) => a - b)).toEqual(host.pcpus);
        const turned = { ...host, vcpus: host.vcpus.toReversed() };
        expect(decided(name, turned, chosen)).toEqual(plan);
      }),
      { numRuns: 1700 },
    );
  });

  test('strict: none goes to a cell that it could not run in, where it may stay', () => {
    fc.assert(
      fc.property(hosts('any'), settings, (host, chosen) => {
        expect(crossings(host, decided(name, host, { ...chosen, numa: 'strict' }))).toEqual([]);
      }),
      runs,
    );
  });

  test('prefer: nor where its cell can serve all that is there', () => {
    fc.assert(
      fc.property(hosts('any'), settings, (host, chosen) => {
        const demandIn = (cpus: readonly number[]) =>
          host.vcpus
            .filter(
              ({ placement }) =>
                intersect(placement.affinity, cpus).length > 0 || cpus.includes(placement.lastPcpu),
            )
            .reduce((sum, { reading }) => sum + (reading.kind === 'measured' ? reading.usagePct : 100), 0);
        for (const move of crossings(host, decided(name, host, { ...chosen, numa: 'prefer' }))) {
          const vcpu = host.vcpus.find((each) => vcpuKey(each) === vcpuKey(move));
          const cells = cellsOf(host, move.from);
          const near = (vcpu?.allowed ?? []).filter((cpu) => cells.includes(host.topology[cpu]?.cellId));
          expect(
            demandIn(host.pcpus.filter((cpu) => cells.includes(host.topology[cpu]?.cellId))),
          ).toBeGreaterThan(100 * near.length);
        }
      }),
      runs,
    );
  });
});

describe('threshold, on any topology', () => {
  /** The sum of squared distances of weighted loads from their mean, of groups that are alike in threads. */
  function weighted({ topology, vcpus }: HostLoad, granularity: PolicySettings['granularity']): number {
    const keys = {
      cpu: ({ id }: Pcpu) => id,
      core: ({ siblings }: Pcpu) => siblings[0] ?? 0,
      l3: ({ cellId, dieId }: Pcpu) => cellId * 10 + dieId,
      die: ({ cellId, dieId }: Pcpu) => cellId * 10 + dieId,
      cell: ({ cellId }: Pcpu) => cellId,
    };
    const keyOf = (cpu: number) => topology[cpu] && keys[granularity](topology[cpu]);
    const points = new Map<unknown, number>();
    const known = vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading.usagePct] : []));
    for (const { placement, reading } of vcpus) {
      const key = keyOf(placement.affinity[0] ?? 0);
      points.set(
        key,
        (points.get(key) ?? 0) + (reading.kind === 'measured' ? reading.usagePct : mean(known)),
      );
    }
    const groups = [...new Set(topology.map(({ id }) => keyOf(id)))];
    const size = topology.length / groups.length;
    const besides = (key: unknown) =>
      granularity === 'cpu' ? (topology[Number(key)]?.siblings ?? []).filter((id) => id !== key) : [];
    const loadOf = (key: unknown) => (points.get(key) ?? 0) / size;
    const off = groups.map((key) => ({
      load: loadOf(key),
      weighted: loadOf(key) + 0.6 * besides(key).reduce((sum, id) => sum + loadOf(id), 0),
    }));
    const middle = mean(off.map((each) => each.weighted));
    const even = mean(off.map((each) => each.load));
    return off.reduce((sum, each) => sum + (each.load - even) * (each.weighted - middle), 0);
  }

  /** Whether somebody may use all of each group: else it counts as what is used together. */
  function areWhole({ vcpus, topology }: HostLoad, granularity: 'cpu' | 'core' | 'die' | 'cell'): boolean {
    const sets = vcpus.filter(({ fixed }) => fixed === undefined).map(({ allowed }) => allowed);
    const isOf = {
      cpu: (a: Pcpu, b: Pcpu) => a === b,
      core: (a: Pcpu, b: Pcpu) => a.siblings.includes(b.id),
      die: (a: Pcpu, b: Pcpu) => a.cellId === b.cellId && a.dieId === b.dieId,
      cell: (a: Pcpu, b: Pcpu) => a.cellId === b.cellId,
    }[granularity];
    const groups = topology.map((a) => topology.filter((b) => isOf(a, b)).map(({ id }) => id));
    return groups.every((group) => sets.length === 0 || sets.some((set) => isSubset(group, set)));
  }

  test('leaves the weighted loads no less even, where every vCPU has its place', () => {
    fc.assert(
      fc.property(hosts('pinned'), fc.constantFrom('cpu', 'core', 'die', 'cell'), (host, granularity) => {
        fc.pre(granularity === 'cpu' || areWhole(host, granularity));
        const after = afterPlan(host, decided('threshold', host, { granularity, numa: 'ignore' }));
        expect(weighted(after, granularity)).toBeLessThanOrEqual(weighted(host, granularity) + 1e-6);
      }),
      runs,
    );
  });

  test('comes to rest: planning again on the result moves nothing', () => {
    fc.assert(
      fc.property(hosts('any'), settings, (host, chosen) => {
        expect(settle(host, { ...chosen, maxMoves: undefined }, 6).plans.length).toBeLessThanOrEqual(6);
      }),
      runs,
    );
  });
});
