import fc from 'fast-check';
import { unbounded } from '../../../src/model/bounds.ts';
import { cpuSet } from '../../../src/model/cpu-set.ts';
import type { Counters, Domain, Vcpu } from '../../../src/model/domain.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import type { Sample } from '../../../src/simulate/recording/encode.ts';
import type { Run } from '../../../src/simulate/recording/format.ts';
import { anyText } from '../../support/any-text.ts';
import { fakeUuid } from '../../support/fake-host.ts';

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
  counters: maybe(fc.record({ cpuTimeNs: counter, delayNs: maybe(counter) })),
  placement: maybe(fc.record({ affinity: cpus, lastPcpu: pcpu })),
  problem: fc.option(anyText, { nil: undefined }),
});

const domain: fc.Arbitrary<Domain> = fc.record({
  uuid: fc.nat({ max: 99 }).map(fakeUuid),
  name: anyText,
  id: fc.constant(undefined),
  bounds: fc.constant(unbounded),
  vcpus: fc.array(vcpu, { maxLength: 4 }),
});

const leftAlone = fc.record({
  domain: fc.record({ uuid: fc.nat({ max: 99 }).map(fakeUuid), name: anyText }),
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
});

/** Any snapshot, at time 0. */
const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  takenAtMs: fc.constant(0),
  pcpuTimes: fc.constant(new Map()),
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
  addNs: fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  lastPcpu: pcpu,
});

/** Samples one after the other, as a host has them: most differ from the one before in their figures alone. */
export const anySamples: fc.Arbitrary<readonly Sample[]> = fc
  .tuple(anySnapshot, fc.array(step, { maxLength: 12 }))
  .map(([first, steps]) => {
    let last: Sample = { wallMs: run.startedMs, snapshot: first };
    const samples = [last];
    for (const { snapshot, sameHost, afterMs, addNs, lastPcpu } of steps) {
      const next = snapshot ?? moveOn(last.snapshot, addNs, lastPcpu);
      const { online, topology } = sameHost ? last.snapshot : next;
      const takenAtMs = last.snapshot.takenAtMs + afterMs;
      last = {
        wallMs: last.wallMs + Math.ceil(afterMs),
        snapshot: { ...next, online, topology, takenAtMs },
      };
      samples.push(last);
    }
    return samples;
  });

function moveOn(snapshot: Snapshot, addNs: bigint, lastPcpu: number): Snapshot {
  const add = (ns: bigint) => (ns + addNs < 0n ? 0n : ns + addNs);
  const moved = (counters: Counters): Counters => ({
    cpuTimeNs: add(counters.cpuTimeNs),
    delayNs: counters.delayNs === undefined ? undefined : add(counters.delayNs),
  });
  const next = (each: Vcpu): Vcpu => ({
    ...each,
    counters: each.counters && moved(each.counters),
    placement: each.placement && { ...each.placement, lastPcpu },
  });
  return { ...snapshot, domains: snapshot.domains.map((each) => ({ ...each, vcpus: each.vcpus.map(next) })) };
}
