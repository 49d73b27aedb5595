import { unbounded } from '../../src/model/bounds.ts';
import type { Sample } from '../../src/simulate/recording/encode.ts';
import { type RecordedLine, readRecording } from '../../src/state/read-recording.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { run } from '../simulate/recording/any-samples.ts';

/** Plain and gzipped. */
export const names = ['recording.ndjson', 'recording.ndjson.gz'];

/** One vCPU, with the counters of this place on the grid. */
export function sampleAt(i: number): Sample {
  const counters = { cpuTimeNs: 10n ** 17n + BigInt(i), delayNs: BigInt(i) };
  const vcpu = { number: 0, counters, placement: { affinity: [0], lastPcpu: 0 }, problem: undefined };
  return {
    wallMs: run.startedMs + i * 5000,
    snapshot: {
      takenAtMs: i * 5000,
      pcpuTimes: new Map(),
      capacity: new Map(),
      online: [0],
      isolated: undefined,
      topology: [],
      domains: [{ uuid: 'u-1', name: 'wéb', id: undefined, bounds: unbounded, vcpus: [vcpu] }],
      leftAlone: [],
    },
  };
}

export const samplesAt = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => sampleAt(from + i));

export async function write(
  path: string,
  samples: readonly Sample[],
  maxBytes?: number,
  of = run,
): Promise<void> {
  const file = await openRecording(path, of, maxBytes);
  for (const sample of samples) await file.addSample(sample);
  await file.close();
}

export async function read(path: string): Promise<readonly RecordedLine[]> {
  const lines: RecordedLine[] = [];
  for await (const line of readRecording(path)) lines.push(line);
  return lines;
}

/** Of each sample its place on the grid, of other lines their kind. */
export const wallMs = (lines: readonly RecordedLine[]) =>
  lines.map((line) => (line.kind === 'sample' ? (line.wallMs - run.startedMs) / 5000 : line.kind));
