import { formatCpuSet } from '../../model/cpu-set.ts';
import type { Domain, Vcpu } from '../../model/domain.ts';
import type { LeftAlone } from '../../model/plan.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { boundsLine } from './bounds.ts';
import {
  type DeltaLine,
  type FullLine,
  formatName,
  formatVersion,
  type GapLine,
  type HeaderLine,
  type Run,
} from './format.ts';
import { inUnits, pcpuTimesLine } from './pcpu-times.ts';

/** A sample with the wall clock at which it was taken, in milliseconds since 1970. */
export type Sample = { readonly wallMs: number; readonly snapshot: Snapshot };

/** What is to be remembered from one sample to the next, so that the next can be told as a difference. */
export type EncoderMemory = {
  readonly last: Snapshot;
  /** what was told of pCPUs since the header */
  readonly times: Snapshot['pcpuTimes'];
  readonly host: string;
  readonly shape: string;
  readonly samplesSinceHeader: number;
};

/** So many samples are lost at most where the beginning of a recording is. */
export const samplesPerHeader = 100;

/**
 * The lines that tell a sample: one, or a header and one.
 * @param memory undefined at the start of a file: begins with a header
 */
export function encodeSample(
  run: Run,
  memory: EncoderMemory | undefined,
  { wallMs, snapshot }: Sample,
): { readonly lines: readonly string[]; readonly memory: EncoderMemory } {
  const time = isoTime(wallMs);
  const header = headerOf(run, snapshot);
  const now = { last: snapshot, host: JSON.stringify(header), shape: shapeOf(snapshot) };
  if (memory === undefined || memory.host !== now.host || memory.samplesSinceHeader >= samplesPerHeader) {
    const lines = [{ ...header, time }, fullOf(snapshot, time, new Map())];
    return {
      lines: lines.map((line) => JSON.stringify(line)),
      memory: { ...now, times: snapshot.pcpuTimes, samplesSinceHeader: 1 },
    };
  }
  const { last, times, shape, samplesSinceHeader } = memory;
  const delta = shape === now.shape ? deltaOf(last, snapshot, time, times) : undefined;
  return {
    lines: [JSON.stringify(delta ?? fullOf(snapshot, time, times))],
    memory: {
      ...now,
      times: snapshot.pcpuTimes.size === 0 ? times : new Map([...times, ...snapshot.pcpuTimes]),
      samplesSinceHeader: samplesSinceHeader + 1,
    },
  };
}

/** The line that tells that a sample could not be taken. */
export function encodeGap(wallMs: number, reason: string): string {
  return JSON.stringify({ kind: 'gap', time: isoTime(wallMs), reason } satisfies GapLine);
}

function headerOf(run: Run, { online, topology, capacity }: Snapshot): Omit<HeaderLine, 'time'> {
  return {
    format: formatName,
    kind: 'header',
    formatVersion,
    vcpusched: run.vcpusched,
    startedAt: isoTime(run.startedMs),
    connection: run.connection ?? null,
    everyMs: run.everyMs,
    online: formatCpuSet(online),
    topology: topology.map(({ id, cellId, socketId, dieId, coreId, siblings, l3Id, clusterId }) => ({
      pcpu: id,
      cell: cellId,
      socket: socketId,
      die: dieId,
      core: coreId,
      siblings: formatCpuSet(siblings),
      ...(l3Id !== undefined && { l3: l3Id }),
      ...(clusterId !== undefined && { cluster: clusterId }),
      ...(capacity.has(id) && { capacity: capacity.get(id) }),
    })),
  };
}

function fullOf(
  { takenAtMs, domains, leftAlone, pcpuTimes }: Snapshot,
  time: string,
  known: Snapshot['pcpuTimes'],
): FullLine {
  const times = pcpuTimesLine(known, pcpuTimes);
  return {
    kind: 'full',
    time,
    atMs: takenAtMs,
    domains: domains.map(fullDomain),
    leftAlone: leftAlone.map(leftAloneOf),
    ...(times && { pcpuTimes: times }),
  };
}

function fullDomain({ uuid, name, cpuTimeNs, bounds, vcpus }: Domain): FullLine['domains'][number] {
  const line = boundsLine(bounds);
  return {
    uuid,
    name,
    ...(cpuTimeNs !== undefined && { cpuTimeNs: `${cpuTimeNs}` }),
    ...(line && { bounds: line }),
    vcpus: vcpus.map(fullVcpu),
  };
}

function fullVcpu({
  number,
  counters,
  placement,
  problem,
}: Vcpu): FullLine['domains'][number]['vcpus'][number] {
  return {
    vcpu: number,
    ...(counters && { timeNs: `${counters.cpuTimeNs}` }),
    ...(counters?.delayNs !== undefined && { delayNs: `${counters.delayNs}` }),
    ...(counters?.polledNs !== undefined && { polledNs: `${counters.polledNs}` }),
    ...(placement && { affinity: formatCpuSet(placement.affinity), pcpu: placement.lastPcpu }),
    ...(problem !== undefined && { problem }),
  };
}

function leftAloneOf({ domain, vcpu, reason }: LeftAlone): FullLine['leftAlone'][number] {
  return { uuid: domain.uuid, name: domain.name, vcpu: vcpu ?? null, reason };
}

/** All of a sample that a delta cannot tell, as text to compare. */
function shapeOf({ domains, leftAlone }: Snapshot): string {
  const vcpuShape = ({ number, counters, placement, problem }: Vcpu) => [
    number,
    counters !== undefined,
    counters?.delayNs !== undefined,
    counters?.polledNs !== undefined,
    placement && formatCpuSet(placement.affinity),
    problem,
  ];
  const domainShape = ({ uuid, name, cpuTimeNs, bounds, vcpus }: Domain) => [
    uuid,
    name,
    cpuTimeNs !== undefined,
    boundsLine(bounds),
    vcpus.map(vcpuShape),
  ];
  return JSON.stringify([domains.map(domainShape), leftAlone.map(leftAloneOf)]);
}

/** Undefined where a difference is not exact as a number. */
function deltaOf(
  last: Snapshot,
  now: Snapshot,
  time: string,
  known: Snapshot['pcpuTimes'],
): DeltaLine | undefined {
  const before = last.domains.flatMap(({ vcpus }) => vcpus);
  const after = now.domains.flatMap(({ vcpus }) => vcpus);
  const differences = (counter: (vcpu: Vcpu | undefined) => bigint | undefined) =>
    after.map((vcpu, i) => difference(counter(before[i]), counter(vcpu)));
  const ranNs = differences((vcpu) => vcpu?.counters?.cpuTimeNs);
  const waitedNs = differences((vcpu) => vcpu?.counters?.delayNs);
  const polledNs = differences((vcpu) => vcpu?.counters?.polledNs);
  const besidesUs = now.domains.map((domain, i) => ranBesidesUs(last.domains[i], domain));
  const isExact = (value: number | null) => value === null || Number.isSafeInteger(value);
  if (![ranNs, waitedNs, polledNs].every((all) => all.every(isExact))) return undefined;
  if (besidesUs.includes(undefined)) return undefined;
  const times = pcpuTimesLine(known, now.pcpuTimes);
  const pcpus = after.map(({ placement }) => placement?.lastPcpu ?? null);
  const isTold = (values: readonly (number | null | undefined)[]) => values.some((value) => value !== null);
  return {
    kind: 'delta',
    time,
    atMs: now.takenAtMs,
    ranNs,
    waitedNs,
    pcpus,
    ...(isTold(polledNs) && { polledNs }),
    ...(isTold(besidesUs) && { besidesUs: besidesUs.map((us) => us ?? null) }),
    ...(times && { pcpuTimes: times }),
  };
}

function difference(before: bigint | undefined, after: bigint | undefined): number | null {
  return before === undefined || after === undefined ? null : Number(after - before);
}

/** What a domain ran besides its vCPUs; null where that is not known, undefined where a number does not tell it. */
function ranBesidesUs(last: Domain | undefined, now: Domain): number | null | undefined {
  if (last?.cpuTimeNs === undefined || now.cpuTimeNs === undefined) return null;
  const ranNs = (domain: Domain) =>
    domain.vcpus.reduce((sum, { counters }) => sum + (counters?.cpuTimeNs ?? 0n), 0n);
  return inUnits(Number(now.cpuTimeNs - last.cpuTimeNs - (ranNs(now) - ranNs(last))), 1000);
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
