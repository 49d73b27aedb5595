import { type Analysed, analysis, hourMs } from '../analysis/analysis.ts';
import type { Settings } from '../config/settings.ts';
import { Interrupted, VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import {
  type Comparison,
  type HostReport,
  type HourFigures,
  type Room,
  type Stretch,
  worstFirst,
} from '../model/host-report.ts';
import type { RecordedLine } from '../state/read-recording.ts';
import { comparePolicies, type Trial } from './compare-policies.ts';
import type { Context } from './context.ts';
import { findRoom, limitInModel } from './find-room.ts';
import { readStretch, useRecording } from './read-input.ts';

/**
 * Reads a recording, and runs its busiest hour again: under every policy, and with more and more vCPUs.
 * @param warn told what the recording lacks
 * @param show told how far it is
 * @throws {VcpuschedError} status 65, naming the file and the line
 */
export async function examineRecording(
  file: string,
  settings: Settings,
  context: Context,
  warn: (message: string) => void,
  show: (text: string) => void,
): Promise<HostReport> {
  const analysed = await useRecording(file, warn, (lines) => analyse(file, lines, context.signal, show));
  return { name: file, ...analysed, ...(await runAgain(file, analysed, settings, context, show)) };
}

async function analyse(
  file: string,
  lines: AsyncIterable<RecordedLine>,
  signal: AbortSignal,
  show: (text: string) => void,
): Promise<Analysed> {
  const reader = analysis();
  let samples = 0;
  for await (const recorded of lines) {
    if (recorded.kind === 'sample') {
      reader.addSample(recorded);
      samples++;
      if (samples % samplesBetweenNews === 0) show(`reading: ${samples} samples`);
    }
    if (recorded.kind === 'gap') reader.addGap();
    if (signal.aborted) throw new Interrupted('interrupted');
  }
  const analysed = reader.result();
  if (analysed !== undefined) return analysed;
  throw new VcpuschedError(
    exitStatus.data,
    `${file}: no two samples follow one another: what a host does is told by two of them`,
  );
}

/** What came of running hours of it again: the one with the longest ready time, and the one with the highest load. */
async function runAgain(
  file: string,
  { recorded, hours, host }: Analysed,
  settings: Settings,
  context: Context,
  show: (text: string) => void,
): Promise<{ readonly comparison: Comparison; readonly room: Room }> {
  const unknown = (reason: string) => ({ kind: 'unknown', reason }) as const;
  const nothing = (reason: string) => ({ comparison: unknown(reason), room: unknown(reason) });
  const isShort = recorded.toMs - recorded.fromMs <= hourMs;
  const usable = hours.filter(({ measuredMs }) => isShort || measuredMs >= leastMs);
  if (recorded.measuredMs < leastMs || usable.length === 0)
    return nothing(`the recording is too short: ${leastMs / 60_000} minutes are needed`);
  if (hours.every(({ ready }) => ready === undefined))
    return nothing('the recording does not tell how long vCPUs waited');
  const stretchOf = ({ fromMs }: HourFigures): Stretch =>
    isShort ? { fromMs: recorded.fromMs, toMs: recorded.toMs } : { fromMs, toMs: fromMs + hourMs };
  const [worst] = usable.toSorted(worstFirst);
  const [busiest] = usable.toSorted((a, b) => b.meanLoadPct - a.meanLoadPct);
  if (worst === undefined || busiest === undefined) return nothing('nothing was measured');

  const intervalMs = Math.max(1000, Math.round(recorded.everyMs));
  // The first cycle only gives the counters to start from.
  const trialOf = async (stretch: Stretch): Promise<Trial> => {
    const input = await readStretch(file, stretch);
    return {
      input,
      cycles: { intervalMs, count: Math.max(1, Math.floor((input.seconds * 1000) / intervalMs)) + 1 },
    };
  };
  const stretch = stretchOf(worst);
  const trial = await trialOf(stretch);
  const results = await comparePolicies(trial, settings, context, show);
  const [best] = results;
  if (best === undefined) return nothing('no vCPU ran');
  const busy = stretchOf(busiest);
  const isSame = busy.fromMs === stretch.fromMs;
  const measured = isShort ? host.ready : worst.ready;
  const asItWas = results.find(({ policy }) => policy === 'none');
  return {
    comparison: {
      kind: 'compared',
      stretch,
      recorded: measured,
      results: results.map(({ policy, swept, ready, moves }) => ({ policy, swept, ready, moves })),
    },
    room: await findRoom(
      isSame ? trial : await trialOf(busy),
      {
        stretch: busy,
        meanLoadPct: busiest.meanLoadPct,
        limitPct: limitInModel(measured, asItWas?.ready),
      },
      best.settings,
      context,
      show,
    ),
  };
}

const samplesBetweenNews = 100;

/** A percentile of less is chance. */
const leastMs = 10 * 60_000;
