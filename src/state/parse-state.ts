import * as v from 'valibot';
import { type CpuSet, parseCpuList } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { SavedRefusal, SavedState, SavedVcpu } from './saved-state.ts';
import { checksum, formatName, formatVersion } from './state-format.ts';

/** What is wrong with all of a state file; `newer`: another version of the program has written it. */
export class StateProblem extends Error {
  readonly newer: boolean;

  constructor(message: string, newer: boolean) {
    super(message);
    this.newer = newer;
  }
}

export type ParsedState = {
  /** what is whole of it */
  readonly state: SavedState;
  /** what is not, an entry each, for people; a state with any is not to be pinned by */
  readonly faults: readonly string[];
};

/** @throws {StateProblem} where it is no state, or of a format that is not known here */
export function parseState(text: string): ParsedState {
  const json = parseJson(text);
  const head = v.safeParse(headSchema, json);
  if (head.success && head.output.formatVersion > formatVersion)
    throw new StateProblem(`format ${head.output.formatVersion}`, true);
  const parts = v.safeParse(partsSchema, json);
  if (!parts.success) throw new StateProblem(problemOf(parts.issues), false);
  const { output } = parts;
  const faults: string[] = [];
  const budget = { cpus: mostCpus };
  const read = <T>(name: string, entries: readonly unknown[], parse: (entry: unknown) => T): T[] =>
    entries.flatMap((entry, i) => {
      try {
        return [parse(withoutSum(entry, output.sum !== undefined))];
      } catch (error) {
        if (!(error instanceof EntryFault)) throw error;
        faults.push(`${name}.${i}${nameOf(entry)}: ${error.message}`);
        return [];
      }
    });
  const vcpus = read('vcpus', output.vcpus, (entry) => savedVcpu(checked(vcpuSchema, entry), budget));
  const state: SavedState = {
    ...(output.boot === undefined ? {} : { boot: output.boot }),
    vcpus: withoutDoubles(vcpus, faults),
    moves: read('moves', output.moves, (entry) => {
      const { from, to, ...rest } = checked(moveSchema, entry);
      return { ...rest, from: cpus(from, 'from', budget), to: cpus(to, 'to', budget) };
    }),
    ...(output.refused === undefined
      ? {}
      : {
          refused: read('refused', output.refused, (entry) =>
            savedRefusal(checked(refusalSchema, entry), budget),
          ),
        }),
  };
  const sample = sampleIn(output.sample, faults);
  const isSummed = [...output.vcpus, ...output.moves].some((each) => hasSum(each));
  if (faults.length === 0 && !isWhole(text, output.sum, isSummed)) faults.push(changed);
  return { state: sample === undefined ? state : { ...state, sample }, faults };
}

function sampleIn(entry: unknown, faults: string[]): SavedState['sample'] {
  if (entry === undefined) return undefined;
  const result = v.safeParse(sampleSchema, entry, { abortEarly: true });
  if (result.success) return result.output;
  faults.push(`sample: ${problemOf(result.issues)}`);
  return undefined;
}

/** A fault of one entry. */
class EntryFault extends Error {}

const changed = 'its checksum is not that of what it says: something in it has changed';

/** As JSON; where it is none, with the lines of lists that are none marked as damaged. */
function parseJson(text: string): unknown {
  const parsed = tryJson(text) ?? tryJson(mended(text.split('\n')).join('\n'));
  if (parsed === undefined) throw new StateProblem(text === '' ? 'it is empty' : 'it is no JSON', false);
  return parsed;
}

function mended(lines: readonly string[]): readonly string[] {
  let inList = false;
  return lines.map((line, i) => {
    if (/^\],?$/.test(line)) inList = false;
    const comma = /^\],?$/.test(lines[i + 1] ?? '') ? '' : ',';
    const isDamaged = inList && tryJson(comma === '' ? line : line.replace(/,$/, '')) === undefined;
    if (/^"[a-z]+":\[$/.test(line)) inList = true;
    const damaged = JSON.stringify({ damaged: line.slice(0, 1000) });
    if (line.startsWith('"sample":') && tryJson(`{${line.replace(/,$/, '')}}`) === undefined)
      return `"sample":${damaged},`;
    return isDamaged ? `${damaged}${comma}` : line;
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a file that carries no checksum anywhere, as earlier versions wrote it, nothing is said. */
function isWhole(text: string, sum: string | undefined, isSummed: boolean): boolean {
  if (sum === undefined) return !isSummed;
  const end = text.lastIndexOf('"sum":"');
  return checksum(text.slice(0, end)) === sum && text.slice(end) === `"sum":"${sum}"}\n`;
}

function hasSum(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'sum' in entry;
}

/**
 * An entry, its checksum looked at and taken away.
 * @param isWanted whether it has to have one
 */
function withoutSum(entry: unknown, isWanted: boolean): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  if ('damaged' in entry) throw new EntryFault('it is no JSON');
  if (!('sum' in entry)) {
    if (isWanted) throw new EntryFault(changed);
    return entry;
  }
  const { sum, ...rest } = entry;
  if (sum !== checksum(JSON.stringify(rest))) throw new EntryFault(changed);
  return rest;
}

function checked<T extends v.GenericSchema>(schema: T, entry: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, entry, { abortEarly: true });
  if (result.success) return result.output;
  throw new EntryFault(problemOf(result.issues));
}

function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  return `${v.getDotPath(issue) ?? 'all of it'}: ${issue.message}`;
}

/** Whom a damaged entry is about, as far as it still says so. */
function nameOf(entry: unknown): string {
  const text = JSON.stringify(entry) ?? '';
  const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)?.[0];
  const name = /"name\\?":\\?"([^"\\]{1,80})/.exec(text)?.[1];
  const vcpu = /"vcpu\\?":(\d{1,6})/.exec(text)?.[1];
  const who = [name ?? uuid, vcpu === undefined ? undefined : `vCPU ${vcpu}`].filter((each) => each);
  return who.length === 0 ? '' : ` (${who.join(' ')})`;
}

/** Of two entries about one vCPU it is not known which is right. */
function withoutDoubles(vcpus: readonly SavedVcpu[], faults: string[]): readonly SavedVcpu[] {
  const counts = new Map<string, number>();
  for (const vcpu of vcpus) counts.set(vcpuKey(vcpu), (counts.get(vcpuKey(vcpu)) ?? 0) + 1);
  for (const [key, count] of counts) if (count > 1) faults.push(`vcpus: ${count} entries about ${key}`);
  return vcpus.filter((vcpu) => counts.get(vcpuKey(vcpu)) === 1);
}

function savedVcpu(
  { uuid, name, original, set, ...rest }: v.InferOutput<typeof vcpuSchema>,
  budget: Budget,
): SavedVcpu {
  return {
    domain: { uuid, name },
    ...rest,
    original: cpus(original, 'original', budget),
    set: set.map((each) => cpus(each, 'set', budget)),
  };
}

function savedRefusal(
  { partition, pcpus, online, granted }: v.InferOutput<typeof refusalSchema>,
  budget: Budget,
): SavedRefusal {
  const refusal = { partition, pcpus: cpus(pcpus, 'pcpus', budget), online: cpus(online, 'online', budget) };
  return granted === undefined ? refusal : { ...refusal, granted: cpus(granted, 'granted', budget) };
}

/** How many pCPUs the lists of a file may name in all, so that none takes all memory: 10,000 vCPUs on 512 pCPUs each. */
const mostCpus = 5_000_000;
type Budget = { cpus: number };

/** A list as `formatCpuSet` writes it: ascending, without repeats. */
function cpus(text: string, field: string, budget: Budget): CpuSet {
  const found: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    if (match === null || last < first || first <= (found.at(-1) ?? -1))
      throw new EntryFault(`${field}: a list of CPUs is wanted`);
    budget.cpus -= last - first + 1;
    if (budget.cpus < 0) throw new StateProblem(`its lists name more than ${mostCpus} pCPUs`, false);
    for (let cpu = first; cpu <= last; cpu++) found.push(cpu);
  }
  return found;
}

const whole = (most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(most));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const cpuList = text(1 << 16);
const uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a UUID is wanted'),
);
const nanoseconds = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/, 'nanoseconds are wanted'),
  v.transform((digits) => BigInt(digits)),
);
/** libvirt numbers domains with an int, and QEMU has fewer vCPUs than this. */
const [idMost, vcpuMost] = [2 ** 31 - 1, 65_535];
/** The last millisecond that a Date can have. */
const timeMost = 8.64e15;

const headSchema = v.object({ format: v.literal(formatName), formatVersion: whole(2 ** 31) });

const partsSchema = v.object({
  ...headSchema.entries,
  boot: v.optional(text(200)),
  vcpus: v.array(v.unknown()),
  moves: v.array(v.unknown()),
  refused: v.optional(v.array(v.unknown())),
  sample: v.optional(v.unknown()),
  sum: v.optional(v.string()),
});

const vcpuSchema = v.object({
  uuid,
  name: text(100_000),
  vcpu: whole(vcpuMost),
  id: whole(idMost),
  cpuTimeNs: v.optional(nanoseconds),
  original: cpuList,
  set: v.pipe(v.array(cpuList), v.maxLength(8)),
  foreign: v.boolean(),
  goneAtMs: v.optional(whole(timeMost)),
});

const moveSchema = v.object({
  key: text(100),
  atMs: v.pipe(v.number(), v.minValue(0), v.maxValue(timeMost)),
  from: cpuList,
  to: cpuList,
});

const refusalSchema = v.object({
  partition: text(10_000),
  pcpus: cpuList,
  online: cpuList,
  granted: v.optional(cpuList),
});

const affinity = v.pipe(
  cpuList,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseCpuList(dataset.value);
    } catch {
      addIssue({ message: 'a list of CPUs is wanted' });
      return NEVER;
    }
  }),
);

const sampleSchema = v.object({
  boot: text(200),
  takenAtMs: v.pipe(v.number(), v.finite()),
  pcpus: v.optional(v.array(v.object({ pcpu: whole(vcpuMost), busyNs: nanoseconds, totalNs: nanoseconds }))),
  domains: v.array(
    v.object({
      uuid,
      id: v.optional(whole(idMost)),
      cpuTimeNs: v.optional(nanoseconds),
      vcpus: v.array(
        v.object({
          vcpu: whole(vcpuMost),
          cpuTimeNs: nanoseconds,
          delayNs: v.optional(nanoseconds),
          polledNs: v.optional(nanoseconds),
          affinity: v.optional(affinity),
          lastPcpu: v.optional(whole(vcpuMost)),
        }),
      ),
    }),
  ),
});
