import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policies } from '../../src/balance/policies/index.ts';
import { measure } from '../../src/host/measure.ts';
import { type Bounds, unbounded } from '../../src/model/bounds.ts';
import { type CpuSet, cpuSet, isSubset } from '../../src/model/cpu-set.ts';
import type { Domain } from '../../src/model/domain.ts';
import type { DomainRule } from '../../src/model/domain-rule.ts';
import type { PolicySettings } from '../../src/model/policy-settings.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { defaults } from './support.ts';

// Ten thousand plans in all, over hosts and limits of every kind. What a limit means is said here once more,
// pCPU by pCPU, and shares nothing with the code that it judges.

const plansInAll = 10_000;
const names = Object.keys(policies) as (keyof typeof policies)[];

const pcpuCount = 12;
const cells = [0, 1, 2];
const cellOf = (pcpu: number): number => pcpu % 3;
const all = Array.from({ length: pcpuCount }, (_, pcpu) => pcpu);
const some = fc.subarray(all, { minLength: 1 }).map(cpuSet);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const rule: fc.Arbitrary<DomainRule> = fc.record({
  cpus: maybe(some.map((set) => ({ set, by: 'a rule' }))),
  priority: maybe(fc.integer({ min: -3, max: 3 })),
});

const bounds: fc.Arbitrary<Bounds> = fc
  .record({
    cpuset: maybe(some),
    pins: fc.uniqueArray(fc.record({ vcpu: fc.nat(2), cpus: some }), {
      maxLength: 2,
      selector: ({ vcpu }) => vcpu,
    }),
    memoryCells: maybe(fc.subarray(cells, { minLength: 1 }).map(cpuSet)),
    granted: maybe(some),
    word: rule,
    leave: fc.option(fc.constant('left alone'), { nil: undefined, freq: 8 }),
  })
  .map((each) => ({ ...unbounded, ...each }));

const vcpu = fc.record({
  affinity: fc.oneof(
    some,
    fc.nat(pcpuCount - 1).map((only) => [only]),
  ),
  runPct: fc.nat(100),
  waitPct: fc.nat(60),
});
const domain = fc.record({ bounds, rule, vcpus: fc.array(vcpu, { minLength: 1, maxLength: 3 }) });
const anyHost = fc.record({
  online: fc.oneof(fc.constant(all), some),
  isolated: fc.subarray(all, { maxLength: 4 }).map(cpuSet),
  cpus: maybe(some),
  domains: fc.array(domain, { minLength: 1, maxLength: 8 }),
});
type Host = typeof anyHost extends fc.Arbitrary<infer T> ? T : never;

const anySettings: fc.Arbitrary<PolicySettings> = fc
  .record({
    place: fc.constantFrom('demand', 'spread', 'keep'),
    thresholds: fc.constantFrom('proportional', 'absolute'),
    numa: fc.constantFrom('prefer', 'strict', 'ignore'),
    l3: fc.constantFrom('prefer', 'strict', 'ignore'),
    granularity: fc.constantFrom('cpu', 'core', 'l3', 'die', 'cell'),
    urgency: fc.constantFrom('now', 'patient'),
  })
  .map((given) => ({ ...defaults, ...given }));

/** The host after a window of a second in which its vCPUs ran and waited so much; before it, all counters are 0. */
function snapshotOf({ online, isolated, domains }: Host, isAfter: boolean): Snapshot {
  const time = (pct: number) => BigInt(isAfter ? pct * 10_000_000 : 0);
  return {
    takenAtMs: isAfter ? 1000 : 0,
    pcpuTimes: new Map(),
    capacity: new Map(),
    online,
    isolated,
    topology: all.map((id) => ({
      id,
      cellId: cellOf(id),
      socketId: 0,
      dieId: 0,
      coreId: id % 6,
      siblings: [id % 6, (id % 6) + 6],
    })),
    leftAlone: [],
    domains: domains.map(
      ({ bounds: bound, vcpus }, i): Domain => ({
        uuid: `${i}`,
        name: `guest-${i}`,
        id: i,
        bounds: bound,
        vcpus: vcpus.map(({ affinity, runPct, waitPct }, number) => ({
          number,
          counters: { cpuTimeNs: time(runPct), delayNs: time(waitPct) },
          placement: { affinity, lastPcpu: affinity[0] ?? 0 },
          problem: undefined,
        })),
      }),
    ),
  };
}

/** Why a vCPU must not be pinned to a pCPU; undefined where it may be. */
function objection(host: Host, index: number, number: number, pcpu: number): string | undefined {
  const { bounds: bound, rule: ruled } = host.domains[index] ?? expect.fail('no such domain');
  const pin = bound.pins.find((each) => each.vcpu === number)?.cpus;
  const pins = [pin ?? bound.cpuset, bound.word.cpus?.set, ruled.cpus?.set];
  const shown = shownByHost(host, index, number);
  const isApart = (cpu: number) => host.isolated.includes(cpu) && host.cpus?.includes(cpu) !== true;
  // A slice of isolated pCPUs alone is an administrator's word for them.
  const isSlice = (set: CpuSet | undefined) => set?.includes(pcpu) === true && set.every(isApart);
  const isNamed =
    pins.some((each) => each?.includes(pcpu) && !isSubset(host.online, each)) ||
    host.cpus?.includes(pcpu) ||
    isSlice(bound.granted) ||
    isSlice(shown);
  if (bound.leave !== undefined) return 'it is left alone';
  if (!host.online.includes(pcpu)) return 'offline';
  if (host.cpus !== undefined && !host.cpus.includes(pcpu)) return '--cpus';
  if (pins.some((each) => each !== undefined && !each.includes(pcpu))) return 'a pin';
  if (bound.memoryCells !== undefined && !bound.memoryCells.includes(cellOf(pcpu))) return 'memory';
  if (bound.granted !== undefined && !bound.granted.includes(pcpu)) return 'cgroup';
  if (shown !== undefined && !shown.includes(pcpu)) return 'not where unpinned vCPUs may run';
  return host.isolated.includes(pcpu) && !isNamed ? 'isolated' : undefined;
}

/** Where vCPUs that nobody has pinned may run, and this one does; undefined where there are no such vCPUs. */
function shownByHost(host: Host, index: number, number: number): CpuSet | undefined {
  const free = host.domains.flatMap(({ bounds: { pins, cpuset, leave }, vcpus }) =>
    leave !== undefined || cpuset !== undefined
      ? []
      : vcpus.flatMap(({ affinity }, vcpu) =>
          affinity.length > 1 && pins.every((pin) => pin.vcpu !== vcpu) ? affinity : [],
        ),
  );
  const own = host.domains[index]?.vcpus[number]?.affinity ?? [];
  return free.length === 0 ? undefined : cpuSet([...free.filter((cpu) => host.online.includes(cpu)), ...own]);
}

describe.each(names)('%s', (name) => {
  test('never plans a pin outside an allowed set', () => {
    let moves = 0;
    fc.assert(
      fc.property(anyHost, anySettings, (host, settings) => {
        const rules = (ref: { readonly uuid: string }) => host.domains[Number(ref.uuid)]?.rule ?? {};
        const scope = { cpus: host.cpus, exclusion: () => undefined, rule: rules };
        const { load } = measure(snapshotOf(host, false), snapshotOf(host, true), scope);
        const plan = policies[name]()(load, settings);
        for (const { domain: ref, vcpu: number, to } of plan.moves) {
          moves++;
          expect(to).not.toEqual([]);
          expect(to.map((pcpu) => objection(host, Number(ref.uuid), number, pcpu))).toEqual(
            to.map(() => undefined),
          );
        }
      }),
      { numRuns: Math.ceil(plansInAll / names.length) },
    );
    if (name !== 'none') expect(moves).toBeGreaterThan(100);
  });
});
