import * as v from 'valibot';
import { boundsSchema, cpuListSchema } from './bounds.ts';
import { pcpuTimesSchema } from './pcpu-times.ts';

/**
 * A recording is a text of lines, each a JSON object of one of these kinds. The manual page describes them.
 *
 * - `header`: what the lines up to the next header share. There is one at the start of a file, after every
 *   hundred samples, and whenever the host's pCPUs change; reading can begin at any of them.
 * - `full`: a sample with all that is known. The first sample after a header is one, and so is each that
 *   differs from the one before in more than its figures.
 * - `delta`: a sample as the difference from the one before. Its arrays have an entry for each vCPU of the last
 *   full sample, in that order: nanoseconds run and waited since, and where it last ran; null where unknown. Where
 *   halt polling and the time of whole domains are told, they are too.
 * - `gap`: a sample that could not be taken, and why.
 *
 * A reader passes over members and kinds that it does not know.
 */
export const formatName = 'vcpusched-recording';
export const formatVersion = 1;

/** Every header begins so, which tells a recording from other files even where only a part was written. */
export const headerStart = `{"format":"${formatName}",`;

/** One run of the recorder. */
export type Run = {
  /** the version of the program */
  readonly vcpusched: string;
  /** wall clock, milliseconds since 1970; tells runs apart, whose monotonic clocks have nothing in common */
  readonly startedMs: number;
  /** what --connect was given */
  readonly connection: string | undefined;
  /** the time between two samples, as asked for */
  readonly everyMs: number;
};

const time = v.pipe(v.string(), v.isoTimestamp());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const atMs = v.pipe(v.number(), v.finite());
const cpus = cpuListSchema;
const nanoseconds = v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'Expected nanoseconds as text'));
const difference = v.array(v.nullable(v.pipe(v.number(), v.safeInteger())));

export const headerSchema = v.object({
  format: v.literal(formatName),
  kind: v.literal('header'),
  formatVersion: v.literal(formatVersion, ({ received }) => `format version ${received} is not known here`),
  vcpusched: v.string(),
  startedAt: time,
  time,
  connection: v.nullable(v.string()),
  everyMs: v.pipe(v.number(), v.minValue(0)),
  online: cpus,
  topology: v.array(
    v.object({
      pcpu: whole,
      cell: whole,
      socket: whole,
      die: whole,
      core: whole,
      siblings: cpus,
      l3: v.optional(whole),
      cluster: v.optional(whole),
      capacity: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
    }),
  ),
});

export const fullSchema = v.object({
  kind: v.literal('full'),
  time,
  atMs,
  domains: v.array(
    v.object({
      uuid: v.string(),
      name: v.string(),
      cpuTimeNs: v.optional(nanoseconds),
      bounds: v.optional(boundsSchema),
      vcpus: v.array(
        v.object({
          vcpu: whole,
          timeNs: v.optional(nanoseconds),
          delayNs: v.optional(nanoseconds),
          polledNs: v.optional(nanoseconds),
          affinity: v.optional(cpus),
          pcpu: v.optional(whole),
          problem: v.optional(v.string()),
        }),
      ),
    }),
  ),
  leftAlone: v.array(
    v.object({ uuid: v.string(), name: v.string(), vcpu: v.nullable(whole), reason: v.string() }),
  ),
  pcpuTimes: v.optional(pcpuTimesSchema),
});

export const deltaSchema = v.object({
  kind: v.literal('delta'),
  time,
  atMs,
  ranNs: difference,
  waitedNs: difference,
  pcpus: v.array(v.nullable(whole)),
  polledNs: v.optional(difference),
  besidesUs: v.optional(v.array(v.nullable(v.pipe(v.number(), v.finite())))),
  pcpuTimes: v.optional(pcpuTimesSchema),
});

export const gapSchema = v.object({ kind: v.literal('gap'), time, reason: v.string() });

export type HeaderLine = v.InferOutput<typeof headerSchema>;
export type FullLine = v.InferOutput<typeof fullSchema>;
export type DeltaLine = v.InferOutput<typeof deltaSchema>;
export type GapLine = v.InferOutput<typeof gapSchema>;
