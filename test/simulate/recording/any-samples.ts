import fc from 'fast-check';
import { type Bounds, unbounded } from '../../../src/model/bounds.ts';
import { cpuSet } from '../../../src/model/cpu-set.ts';
import type { Counters, Domain, Vcpu } from '../../../src/model/domain.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import type { Sample } from '../../../src/simulate/recording/encode.ts';
import type { Run } from '../../../src/simulate/recording/format.ts';
import { anyText } from '../../support/any-text.ts';
import { guestUuid } from '../../support/sim-host.ts';

export const run: Run = {
  vcpusched: '1.2.3',
  startedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  connection: 'qemu:///system',
  everyMs: 5000,
};

const pcpu = fc.nat({ max: 200 });
const cpus = fc.array(pcpu, { maxLength: 6 }).map(cpuSet);
const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 8 });

const vcpu: fc.Arbitrary<Vcpu> = fc.record({
  number: fc.nat({ max: 500 }),
  counters: maybe(
    fc.record(
      { cpuTimeNs: counter, delayNs: maybe(counter), polledNs: counter },
      { requiredKeys: ['cpuTimeNs', 'delayNs'] },
    ),
  ),
  placement: maybe(fc.record({ affinity: cpus, lastPcpu: pcpu })),
  problem: fc.option(anyText, { nil: undefined }),
});

const someCpus = fc.array(pcpu, { minLength: 1, maxLength: 4 }).map(cpuSet);
const sharePct = fc.double({ min: 0, max: 400, noNaN: true });

/** What binds a domain; most are bound by little. */
const bounds: fc.Arbitrary<Bounds> = fc
  .record(
    {
      cpuset: someCpus,
      pins: fc.array(fc.record({ vcpu: fc.nat({ max: 9 }), cpus: someCpus }), { maxLength: 2 }),
      memoryCells: someCpus,
      memnodes: fc.array(fc.record({ vcpus: someCpus, cells: cpus }), { maxLength: 2 }),
      isAuto: fc.constant(true),
      partition: fc.constant('/machine/web'),
      quota: fc.record({ vcpuPct: maybe(sharePct), domainPct: maybe(sharePct) }),
      realtime: fc.array(fc.record({ vcpus: someCpus, scheduler: fc.constantFrom('fifo', 'rr') }), {
        maxLength: 2,
      }),
      emulator: fc.array(someCpus, { maxLength: 2 }),
      guestThreads: fc.integer({ min: 1, max: 4 }),
      deviceCells: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
      granted: someCpus,
      word: fc.record({ priority: fc.integer() }, { requiredKeys: [] }),
      leave: anyText,
    },
    { requiredKeys: [] },
  )
  .map((given) => ({
    ...unbounded,
    ...given,
    ...(given.leave !== undefined && { unmanaged: true }),
  }));

const domain: fc.Arbitrary<Domain> = fc.record({
  uuid: fc.nat({ max: 99 }).map(guestUuid),
  name: anyText,
  id: fc.constant(undefined),
  bounds: fc.oneof(fc.constant(unbounded), bounds),
  cpuTimeNs: maybe(counter),
  vcpus: fc.array(vcpu, { maxLength: 4 }),
});

const leftAlone = fc.record({
  domain: fc.record({ uuid: fc.nat({ max: 99 }).map(guestUuid), name: anyText }),
  vcpu: maybe(fc.nat({ max: 500 })),
  reason: anyText,
});

const pcpus = fc.record({
  id: pcpu,
  cellId: pcpu,
  socketId: pcpu,
  dieId: pcpu,
  coreId: pcpu,
  siblings: cpus,
  l3Id: maybe(fc.nat({ max: 40 })),
  clusterId: maybe(fc.nat({ max: 40 })),
});

const pcpuTimes = fc
  .uniqueArray(fc.tuple(pcpu, fc.record({ busyNs: counter, totalNs: counter })), {
    selector: ([id]) => id,
    maxLength: 4,
  })
  .map((entries) => new Map(entries));

/** Any snapshot, at time 0. */
const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  takenAtMs: fc.constant(0),
  pcpuTimes: fc.oneof(fc.constant(new Map()), pcpuTimes),
  capacity: fc.constant(new Map()),
  online: cpus,
  isolated: fc.constant(undefined),
  topology: fc.array(pcpus, { maxLength: 3 }),
  domains: fc.array(domain, { maxLength: 4 }),
  leftAlone: fc.array(leftAlone, { maxLength: 2 }),
});

const step = fc.record({
  /** undefined: the host stays as it was, but for its figures */
  snapshot: fc.option(anySnapshot, { nil: undefined, freq: 3 }),
  sameHost: fc.boolean(),
  afterMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  /** whether the times of pCPUs are read with it */
  readsTimes: fc.boolean(),
  addNs: fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  lastPcpu: pcpu,
});

/** Samples one after the other, as a host has them: most differ from the one before in their figures alone. */
export const anySamples: fc.Arbitrary<readonly Sample[]> = fc
  .tuple(anySnapshot, fc.array(step, { maxLength: 12 }))
  .map(([first, steps]) => {
    let last: Sample = { wallMs: run.startedMs, snapshot: first };
    const samples = [last];
    let known = first.pcpuTimes;
    for (const { snapshot, sameHost, afterMs, readsTimes, addNs, lastPcpu } of steps) {
      const next = snapshot ?? moveOn(last.snapshot, addNs, lastPcpu, readsTimes ? known : undefined);
      known = new Map([...known, ...next.pcpuTimes]);
      const { online, topology } = sameHost ? last.snapshot : next;
      const capacity = new Map(topology.slice(0, 1).map(({ id }) => [id, 0.5]));
      const takenAtMs = last.snapshot.takenAtMs + afterMs;
      last = {
        wallMs: last.wallMs + Math.ceil(afterMs),
        snapshot: { ...next, online, topology, capacity, takenAtMs },
      };
      samples.push(last);
    }
    return samples;
  });

/** @param times of pCPUs, as they were last read; undefined where they are not read this time */
function moveOn(
  snapshot: Snapshot,
  addNs: bigint,
  lastPcpu: number,
  times: Snapshot['pcpuTimes'] | undefined,
): Snapshot {
  const add = (ns: bigint) => (ns + addNs < 0n ? 0n : ns + addNs);
  const moved = (counters: Counters): Counters => ({
    cpuTimeNs: add(counters.cpuTimeNs),
    delayNs: counters.delayNs === undefined ? undefined : add(counters.delayNs),
    ...(counters.polledNs !== undefined && { polledNs: add(counters.polledNs) }),
  });
  const next = (each: Vcpu): Vcpu => ({
    ...each,
    counters: each.counters && moved(each.counters),
    placement: each.placement && { ...each.placement, lastPcpu },
  });
  const pcpuTimes = [...(times ?? [])].map(
    ([id, { busyNs, totalNs }]) => [id, { busyNs: add(busyNs), totalNs: add(totalNs) }] as const,
  );
  return {
    ...snapshot,
    pcpuTimes: new Map(pcpuTimes),
    domains: snapshot.domains.map((each) => ({
      ...each,
      cpuTimeNs: each.cpuTimeNs === undefined ? undefined : add(each.cpuTimeNs),
      vcpus: each.vcpus.map(next),
    })),
  };
}
