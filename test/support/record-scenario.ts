import { advance } from '../../src/simulate/advance.ts';
import type { Host } from '../../src/simulate/host.ts';
import type { Sample } from '../../src/simulate/recording/encode.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';
import { openRecording } from '../../src/state/recording-file.ts';
import { run } from '../simulate/recording/any-samples.ts';

/**
 * The samples of a simulated host, as `record` would take them.
 * @param change what somebody does to the host after the sample of this number
 */
export function* samplesOf(
  host: Host,
  count: number,
  everySeconds = 5,
  change: (host: Host, i: number) => Host = (same) => same,
): Generator<Sample> {
  let now = host;
  for (let i = 0; i < count; i++) {
    yield { wallMs: run.startedMs + i * everySeconds * 1000, snapshot: snapshotOf(now) };
    now = advance(change(now, i), everySeconds);
  }
}

/** Writes samples to a recording. */
export async function writeRecording(file: string, samples: Iterable<Sample>): Promise<string> {
  const recording = await openRecording(file, run);
  for (const sample of samples) await recording.addSample(sample);
  await recording.close();
  return file;
}
