import * as v from 'valibot';
import type { Snapshot } from '../../model/snapshot.ts';
import { cpus } from './bounds.ts';
import { deltaDomains, fullDomains, RecordingError } from './decode-domains.ts';
import type { Sample } from './encode.ts';
import {
  deltaSchema,
  type FullLine,
  fullSchema,
  gapSchema,
  type HeaderLine,
  headerSchema,
  headerStart,
} from './format.ts';
import { pcpuTimesOfLine } from './pcpu-times.ts';

/**
 * What a recording tells: samples, and where some are missing.
 *
 * The monotonic times of all samples of a recording can be compared, although each run of the recorder has a
 * clock of its own: those of later runs are moved by what the wall clock says lies between.
 */
export type Recorded =
  | ({ readonly kind: 'sample' } & Sample)
  | { readonly kind: 'gap'; readonly wallMs: number; readonly reason: string };

/** What is to be remembered from line to line. */
export type DecoderMemory = {
  readonly header: HeaderLine;
  readonly host: Pick<Snapshot, 'online' | 'topology' | 'capacity'>;
  /** what was told of pCPUs since the header */
  readonly times: Snapshot['pcpuTimes'];
  /** added to the run's own clock; undefined until the first sample of a later run */
  readonly offsetMs: number | undefined;
  readonly last: Sample | undefined;
  /** whether `last` came after the header, so that a delta can refer to it */
  readonly begun: boolean;
};

type Decoded = { readonly memory: DecoderMemory | undefined; readonly recorded: Recorded | undefined };

/**
 * Reads one line.
 * @param memory undefined at the start; all before the first header is passed over, and the memory stays so
 * @throws {RecordingError} in one line, without the file and the number of the line
 */
export function decodeLine(memory: DecoderMemory | undefined, text: string): Decoded {
  if (memory === undefined && !text.startsWith(headerStart)) return { memory, recorded: undefined };
  const line = json(text);
  const kind = typeof line === 'object' && line !== null && 'kind' in line ? line.kind : undefined;
  if (kind === 'header') return header(memory, check(headerSchema, line));
  if (memory === undefined || typeof kind !== 'string') throw new RecordingError('not a line of a recording');
  if (kind === 'full') {
    const full = check(fullSchema, line);
    return sample(memory, full, fullDomains(full));
  }
  if (kind === 'delta') {
    const { last, begun } = memory;
    if (last === undefined || !begun) throw new RecordingError('a delta without a full sample before it');
    const delta = check(deltaSchema, line);
    return sample(memory, delta, deltaDomains(delta, last.snapshot));
  }
  if (kind !== 'gap') return { memory, recorded: undefined };
  const { time, reason } = check(gapSchema, line);
  return { memory, recorded: { kind: 'gap', wallMs: Date.parse(time), reason } };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordingError('not JSON', { cause: error });
  }
}

function check<S extends v.GenericSchema>(schema: S, line: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, line, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new RecordingError(`${v.getDotPath(issue) ?? 'line'}: ${issue.message}`);
}

function header(memory: DecoderMemory | undefined, line: HeaderLine): Decoded {
  const topology = line.topology.map(({ pcpu, cell, socket, die, core, siblings, l3, cluster }) => ({
    id: pcpu,
    cellId: cell,
    socketId: socket,
    dieId: die,
    coreId: core,
    siblings: cpus(siblings),
    ...(l3 !== undefined && { l3Id: l3 }),
    ...(cluster !== undefined && { clusterId: cluster }),
  }));
  const capacity = new Map(
    line.topology.flatMap((each) =>
      each.capacity === undefined ? [] : [[each.pcpu, each.capacity] as const],
    ),
  );
  const host = { online: cpus(line.online), topology, capacity };
  const last = memory?.last;
  const next = { header: line, host, last, times: new Map(), begun: false };
  if (memory === undefined || last === undefined) {
    return { memory: { ...next, offsetMs: 0 }, recorded: undefined };
  }
  if (memory.header.startedAt === line.startedAt) {
    return { memory: { ...next, offsetMs: memory.offsetMs }, recorded: undefined };
  }
  const reason = 'the recorder was started anew';
  return {
    memory: { ...next, offsetMs: undefined },
    recorded: { kind: 'gap', wallMs: Date.parse(line.time), reason },
  };
}

function sample(
  memory: DecoderMemory,
  { time, atMs, pcpuTimes: timesLine }: Pick<FullLine, 'time' | 'atMs' | 'pcpuTimes'>,
  domains: Pick<Snapshot, 'domains' | 'leftAlone'>,
): Decoded {
  const { last, host } = memory;
  const wallMs = Date.parse(time);
  const offsetMs = memory.offsetMs ?? joint(memory, wallMs) - atMs;
  const takenAtMs = atMs + offsetMs;
  if (last !== undefined && takenAtMs <= last.snapshot.takenAtMs) {
    throw new RecordingError('atMs: goes back in time (are parts in the wrong order?)');
  }
  const pcpuTimes = pcpuTimesOfLine(memory.times, timesLine);
  const now = { wallMs, snapshot: { takenAtMs, isolated: undefined, pcpuTimes, ...host, ...domains } };
  const times = pcpuTimes.size === 0 ? memory.times : new Map([...memory.times, ...pcpuTimes]);
  return {
    memory: { ...memory, offsetMs, last: now, times, begun: true },
    recorded: { kind: 'sample', ...now },
  };
}

/** When a later run begins, on the clock of those before; soon after, should the wall clock have been put back. */
function joint({ last, header: { everyMs } }: DecoderMemory, wallMs: number): number {
  if (last === undefined) return 0;
  const passedMs = wallMs - last.wallMs;
  return last.snapshot.takenAtMs + (passedMs > 0 ? passedMs : Math.max(1, everyMs));
}
