import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { balanceSession } from '../../src/session/balance-session.ts';
import { runJob } from '../../src/session/run-job.ts';
import { score } from '../../src/simulate/score/score.ts';
import { readRecording } from '../../src/state/read-recording.ts';
import { readPrepared } from './prepared.ts';

/** What a policy did on an input. */
export type Replayed = {
  readonly excessPct: number;
  readonly movesPerVcpuHour: number;
  readonly moves: number;
  readonly lateMoves: number;
  /** the deviation of the loads at the end, and the least there could be */
  readonly finalSd: number;
  readonly bestSd: number;
};

/** What it did at the first look at starved guests, all on pCPU 0 of two, window by window. */
export type Looked = {
  readonly windows: number;
  /** windows for which it moved nothing */
  readonly declined: number;
  /** windows after which not half of the guests are on each pCPU */
  readonly uneven: number;
};

export type TrialResult = Replayed | Looked;

//   node decide-trial.mjs 'SETTINGS AS JSON' FILE...       a recording, or what prepare-trial.ts has written
const [settings, ...files] = process.argv.slice(2);
if (settings !== undefined) {
  const raw: RawSettings = JSON.parse(settings);
  for (const file of files) {
    const result = /\.ndjson/.test(file) ? await look(file, raw) : await replayPrepared(file, raw);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

async function replayPrepared(file: string, raw: RawSettings): Promise<Replayed> {
  const { input, cycles, reference } = readPrepared(file);
  const job = { kind: 'policy', input, cycles, settings: readSettings(raw) } as const;
  const result = await runJob(job, () => undefined);
  if (result.kind !== 'policy') throw new Error('a policy was asked for');
  const scored = score(result.history, reference, cycles);
  const { excessPct, movesPerVcpuHour, moves, movesAfterBalance, finalSd, bestSd } = scored;
  return { excessPct, movesPerVcpuHour, moves, lateMoves: movesAfterBalance, finalSd, bestSd };
}

/** Each window is one draw: it is decided on as `once` does, with nothing remembered. */
async function look(file: string, raw: RawSettings): Promise<Looked> {
  const settings = readSettings(raw);
  const samples = [];
  for await (const recorded of readRecording(file)) {
    if (recorded.kind === 'sample') samples.push(recorded.snapshot);
  }
  let windows = 0;
  let declined = 0;
  let uneven = 0;
  for (const [i, after] of samples.entries()) {
    const before = samples[i - 1];
    if (before === undefined) continue;
    const { measure, plan } = balanceSession(settings, 'now');
    const measured = measure(before, after);
    // In the first window the guests are starting.
    if (measured.load.vcpus.some(({ reading }) => reading.kind !== 'measured')) continue;
    windows++;
    const { moves } = plan(measured, after.takenAtMs);
    if (moves.length === 0) declined++;
    if (moves.length !== measured.load.vcpus.length / 2) uneven++;
  }
  return { windows, declined, uneven };
}
