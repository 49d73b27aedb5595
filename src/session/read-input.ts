import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import type { Stretch } from '../model/host-report.ts';
import type { Input } from '../simulate/input/input.ts';
import { recordingInput } from '../simulate/input/recording-input.ts';
import { traceInput } from '../simulate/input/trace-input.ts';
import { readScenarioFile, readText } from '../simulate/scenario/read-scenario.ts';
import { type RecordedLine, readRecording } from '../state/read-recording.ts';

/**
 * Reads an input of `simulate`: a scenario by the name .toml, a trace by .csv, a recording by any other.
 * @param warn told what the input lacks
 * @throws {VcpuschedError} status 65, naming the file and the line; 64 where an option is missing
 */
export async function readInput(
  file: string,
  settings: InputSettings,
  warn: (message: string) => void,
): Promise<Input> {
  const input = await read(file, settings, warn);
  return settings.seed === undefined ? input : { ...input, host: { ...input.host, seed: settings.seed } };
}

type InputSettings = Pick<Settings, 'seed' | 'pcpus' | 'period' | 'vms' | 'scale' | 'jitter' | 'interval'>;

async function read(file: string, settings: InputSettings, warn: (message: string) => void): Promise<Input> {
  if (/\.toml$/i.test(file)) return { name: file, ...readScenarioFile(file) };
  const { pcpus, period, vms, scale, jitter, interval } = settings;
  if (/\.csv$/i.test(file)) {
    if (pcpus === undefined) throw needed('--pcpus', 'how many pCPUs the host has', file);
    if (period === undefined) throw needed('--period', 'how many seconds lie between two rows', file);
    return traceInput(file, readText(file), { pcpus, period, vms, scale, jitter, interval });
  }
  return readRecordedInput(file, warn);
}

async function readRecordedInput(file: string, warn: (message: string) => void): Promise<Input> {
  return useRecording(file, warn, (lines) => recordingInput(file, samplesOf(lines)));
}

/** Reads a recording for `use`; once that has come to its end well, an incomplete end of the recording is told. */
export async function useRecording<T>(
  file: string,
  warn: (message: string) => void,
  use: (lines: AsyncIterable<RecordedLine>) => Promise<T>,
): Promise<T> {
  let tornLine: number | undefined;
  const lines = async function* () {
    for await (const recorded of readRecording(file)) {
      if (recorded.kind === 'torn') tornLine = recorded.line;
      yield recorded;
    }
  };
  const used = await use(lines());
  if (tornLine !== undefined)
    warn(`${file}:${tornLine}: the last record is incomplete; those before it are used`);
  return used;
}

/** A stretch of a recording, by the wall clock, up to the first sample that ends it. */
export async function readStretch(file: string, { fromMs, toMs }: Stretch): Promise<Input> {
  const within = async function* () {
    for await (const sample of samplesOf(readRecording(file))) {
      if (sample.wallMs >= fromMs) yield sample;
      if (sample.wallMs >= toMs) return;
    }
  };
  return recordingInput(file, within());
}

async function* samplesOf(lines: AsyncIterable<RecordedLine>) {
  for await (const recorded of lines) if (recorded.kind === 'sample') yield recorded;
}

function needed(option: string, what: string, file: string): VcpuschedError {
  return new VcpuschedError(
    exitStatus.usage,
    `${option} is needed: a CSV trace does not tell ${what} (${file})`,
  );
}
