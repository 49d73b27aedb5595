import type { Settings } from '../config/settings.ts';
import { exitStatus, VcpuschedError } from '../errors.ts';
import type { Input } from '../simulate/input/input.ts';
import { recordingInput } from '../simulate/input/recording-input.ts';
import { traceInput } from '../simulate/input/trace-input.ts';
import { readScenarioFile, readText } from '../simulate/scenario/read-scenario.ts';
import { readRecording } from '../state/read-recording.ts';

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
  let tornLine: number | undefined;
  const samples = async function* () {
    for await (const recorded of readRecording(file)) {
      if (recorded.kind === 'sample') yield recorded;
      if (recorded.kind === 'torn') tornLine = recorded.line;
    }
  };
  const input = await recordingInput(file, samples());
  if (tornLine !== undefined)
    warn(`${file}:${tornLine}: the last record is incomplete; those before it are used`);
  return input;
}

function needed(option: string, what: string, file: string): VcpuschedError {
  return new VcpuschedError(
    exitStatus.usage,
    `${option} is needed: a CSV trace does not tell ${what} (${file})`,
  );
}
