import * as v from 'valibot';
import { type CpuSet, formatCpuSet, parseCpuList } from '../model/cpu-set.ts';
import type { DomainRef } from '../model/domain.ts';
import type { PastMove } from '../model/past-move.ts';
import type { PcpuTimes } from '../model/snapshot.ts';

/** What has to outlive a run, for one connection. */
export type SavedState = {
  /** which start of the host it is about; undefined where the host is a remote one, and does not tell */
  readonly boot?: string | undefined;
  readonly vcpus: readonly SavedVcpu[];
  /** of the last hour */
  readonly moves: readonly PastMove[];
  /** of `once --since-last` */
  readonly sample?: SavedSample | undefined;
};

/** A vCPU that vcpusched has pinned, or is about to. */
export type SavedVcpu = {
  readonly domain: DomainRef;
  readonly vcpu: number;
  /** libvirt's number of this start of the domain */
  readonly id: number;
  /** when it was last looked at; a vCPU that shows less has been started since, even where the number is the same */
  readonly cpuTimeNs?: bigint | undefined;
  /** the affinity before the first pin */
  readonly original: CpuSet;
  /**
   * the affinities that are vcpusched's own: the one it has set, or more where it is not known what became of a
   * pin; none where a pCPU has gone offline under it since, for the kernel has put something else in its place then
   */
  readonly set: readonly CpuSet[];
  /** whether somebody else has pinned it since */
  readonly foreign: boolean;
};

/** Counters to measure from, in place of a first sample. */
export type SavedSample = {
  /** of this machine, whose clock it is */
  readonly boot: string;
  /** CLOCK_MONOTONIC, which all processes of one boot share */
  readonly takenAtMs: number;
  /** the times of the pCPUs; undefined in a file that knows none yet */
  readonly pcpus?: readonly ({ readonly pcpu: number } & PcpuTimes)[] | undefined;
  readonly domains: readonly {
    readonly uuid: string;
    readonly id?: number | undefined;
    readonly cpuTimeNs?: bigint | undefined;
    readonly vcpus: readonly {
      readonly vcpu: number;
      readonly cpuTimeNs: bigint;
      readonly delayNs?: bigint | undefined;
      readonly polledNs?: bigint | undefined;
      /** as the pins of that run have left it */
      readonly affinity?: CpuSet | undefined;
      readonly lastPcpu?: number | undefined;
    }[];
  }[];
};

export const noState: SavedState = { vcpus: [], moves: [] };

const formatName = 'vcpusched-state';
const formatVersion = 1;

export function formatState({ boot, vcpus, moves, sample }: SavedState): string {
  const state = {
    format: formatName,
    formatVersion,
    boot,
    vcpus: vcpus.map(({ domain, cpuTimeNs, original, set, ...rest }) => ({
      ...domain,
      ...rest,
      cpuTimeNs: cpuTimeNs?.toString(),
      original: formatCpuSet(original),
      set: set.map(formatCpuSet),
    })),
    moves: moves.map(({ from, to, ...rest }) => ({
      ...rest,
      from: formatCpuSet(from),
      to: formatCpuSet(to),
    })),
    sample: sample && { ...sample, domains: sample.domains.map(savedDomain) },
  };
  return `${JSON.stringify(state, (_, value) => (typeof value === 'bigint' ? `${value}` : value), 1)}\n`;
}

/** Affinities are lists, which are a hundredth of the numbers on a large host. */
function savedDomain({ vcpus, ...domain }: SavedSample['domains'][number]) {
  return {
    ...domain,
    vcpus: vcpus.map(({ affinity, ...vcpu }) => ({ ...vcpu, affinity: affinity && formatCpuSet(affinity) })),
  };
}

/** What is wrong with a state file; `newer`: another version of the program has written it. */
export class StateProblem extends Error {
  readonly newer: boolean;

  constructor(message: string, newer: boolean) {
    super(message);
    this.newer = newer;
  }
}

/** @throws {StateProblem} where it is no state, or of a format that is not known here */
export function parseState(text: string): SavedState {
  const json = parseJson(text);
  const head = v.safeParse(headSchema, json);
  if (head.success && head.output.formatVersion > formatVersion)
    throw new StateProblem(`format ${head.output.formatVersion}`, true);
  const result = v.safeParse(stateSchema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new StateProblem(`${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`, false);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StateProblem(text === '' ? 'it is empty' : 'it is no JSON', false);
  }
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const cpus = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/, 'a list of CPUs is wanted'),
  v.transform(parseCpuList),
);
const nanoseconds = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/, 'nanoseconds are wanted'),
  v.transform((text) => BigInt(text)),
);

const headSchema = v.object({ format: v.literal(formatName), formatVersion: whole });

const vcpuSchema = v.pipe(
  v.object({
    uuid: v.string(),
    name: v.string(),
    vcpu: whole,
    id: whole,
    cpuTimeNs: v.optional(nanoseconds),
    original: cpus,
    set: v.array(cpus),
    foreign: v.boolean(),
  }),
  v.transform(({ uuid, name, ...rest }) => ({ domain: { uuid, name }, ...rest })),
);

const sampleSchema = v.object({
  boot: v.string(),
  takenAtMs: v.pipe(v.number(), v.finite()),
  pcpus: v.optional(v.array(v.object({ pcpu: whole, busyNs: nanoseconds, totalNs: nanoseconds }))),
  domains: v.array(
    v.object({
      uuid: v.string(),
      id: v.optional(whole),
      cpuTimeNs: v.optional(nanoseconds),
      vcpus: v.array(
        v.object({
          vcpu: whole,
          cpuTimeNs: nanoseconds,
          delayNs: v.optional(nanoseconds),
          polledNs: v.optional(nanoseconds),
          affinity: v.optional(cpus),
          lastPcpu: v.optional(whole),
        }),
      ),
    }),
  ),
});

const stateSchema = v.object({
  ...headSchema.entries,
  boot: v.optional(v.string()),
  vcpus: v.array(vcpuSchema),
  moves: v.array(v.object({ key: v.string(), atMs: v.number(), from: cpus, to: cpus })),
  sample: v.optional(sampleSchema),
});
