import pkg from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { hostReader } from '../host/host-reader.ts';
import { tellNamesApart } from '../host/tell-names-apart.ts';
import { jsonText } from '../render/envelope.ts';
import { counted, elapsed, size } from '../render/figures.ts';
import { safeText } from '../render/safe-text.ts';
import { type Context, keepVirsh } from '../session/context.ts';
import { type Progress, progress } from '../session/progress.ts';
import { runEvery } from '../session/schedule.ts';
import { openRecording, type RecordingFile } from '../state/recording-file.ts';

/** What has been recorded so far. */
type Tally = { samples: number; gaps: number; vcpus: number; last: ExitStatus };

/**
 * Samples the host, over a read-only connection and on the same grid as `watch`, and adds each sample to a file,
 * until a signal comes or --for is over. A sample that fails is told, recorded as a gap, and the next one comes;
 * what ends a watch at its start ends this too, and so does a file that cannot be written.
 */
export async function record(settings: Settings, context: Context): Promise<ExitStatus> {
  const startMs = context.nowMs();
  const tally: Tally = { samples: 0, gaps: 0, vcpus: 0, last: exitStatus.done };
  const run = {
    vcpusched: pkg.version,
    startedMs: context.date().getTime(),
    connection: settings.connect,
    everyMs: settings.every * 1000,
  };
  const shown = progress(settings, context);
  const file = await openRecording(settings.file, run, settings.maxSize);
  try {
    await addSamples(file, tally, settings, context, shown);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  await file.close();
  const elapsedMs = context.nowMs() - startMs;
  shown.end(`recorded ${tallyText(tally, elapsedMs, file)}: ${safeText(settings.file)}`);
  if (settings.json)
    context.out(jsonText('record', context.date(), tallyFields(tally, elapsedMs, file, settings)));
  return context.signal.aborted || tally.samples > 0 ? exitStatus.done : tally.last;
}

async function addSamples(
  file: RecordingFile,
  tally: Tally,
  settings: Settings,
  context: Context,
  shown: Progress,
): Promise<void> {
  const { nowMs, sleepUntil, signal } = context;
  const { virsh, close } = keepVirsh(settings, context, 'read');
  const reader = tellNamesApart(hostReader(virsh, context.readFile, settings.connect));
  const schedule = {
    everyMs: settings.every * 1000,
    forMs: settings.for === undefined ? undefined : settings.for * 1000,
    nowMs,
    sleepUntil,
  };
  const startMs = nowMs();
  try {
    for await (const taken of runEvery(schedule, () => reader.sample(signal), signal)) {
      if (taken instanceof VcpuschedError) {
        tally.gaps++;
        tally.last = taken.status;
        shown.fail(taken.message);
        await file.addGap(context.date().getTime(), taken.message);
      } else {
        await file.addSample({ wallMs: wallMsAt(taken.takenAtMs, context), snapshot: taken });
        tally.samples++;
        tally.vcpus = taken.domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0);
      }
      shown.show(tallyText(tally, nowMs() - startMs, file));
    }
  } finally {
    close();
  }
}

function wallMsAt(monotonicMs: number, context: Context): number {
  return Math.round(context.date().getTime() - (context.nowMs() - monotonicMs));
}

function tallyText({ samples, gaps, vcpus }: Tally, elapsedMs: number, file: RecordingFile): string {
  const missing = gaps > 0 ? `, ${counted(gaps, 'gap')}` : '';
  return `${counted(samples, 'sample')}${missing} in ${elapsed(elapsedMs)}, ${size(file.writtenBytes())}, ${counted(vcpus, 'vCPU')}`;
}

function tallyFields(
  { samples, gaps, vcpus }: Tally,
  elapsedMs: number,
  file: RecordingFile,
  settings: Settings,
) {
  return {
    connection: settings.connect ?? null,
    file: settings.file,
    samples,
    gaps,
    vcpus,
    elapsedMs: Math.round(elapsedMs),
    bytes: file.writtenBytes(),
  };
}
