import type { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { type Coverage, isTooLittle, tooLittleText } from '../model/coverage.ts';
import { type CpuSet, formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { cycleText, failedPinText, moveText, rateLimitedText } from './cycle-text.ts';
import { coverageFields, moveFields, round } from './envelope.ts';
import { counted, spanText } from './figures.ts';
import { leftAloneLines } from './left-alone-text.ts';
import type { LogLevel, LogRecord } from './log-line.ts';
import { pausedText, pauseFields } from './pause-text.ts';

/** What a watch says as it goes on, for its log. */
export type WatchStory = {
  /** What it is going to do, at the first sample of a session. */
  readonly begun: (uri: string, sample: Snapshot) => readonly LogRecord[];
  /** The end of an outage, what was or would be moved, with --verbose what became of each cycle, and once an hour a summary. */
  readonly cycle: (report: CycleReport) => readonly LogRecord[];
  /** A failure, when it is of another kind than the one of the cycle before; with --verbose each time. */
  readonly failed: (failure: VcpuschedError) => readonly LogRecord[];
  readonly ended: () => readonly LogRecord[];
};

type Watched = {
  readonly verbose: boolean;
  /** seconds */
  readonly interval: number;
  readonly policy: string;
  /** the pCPUs to use; undefined for all */
  readonly cpus?: CpuSet | undefined;
};

/** @param nowMs monotonic milliseconds */
export function watchStory(settings: () => Watched, nowMs: () => number): WatchStory {
  const total = { cycles: 0, pins: 0 };
  let hour = { sinceMs: nowMs(), cycles: 0, pins: 0, failures: 0 };
  let told: string | undefined;
  let wasPlanned = false;
  let wasUnknown = false;
  let pause: string | undefined;
  let outage: { readonly sinceMs: number; readonly isLibvirt: boolean } | undefined;

  function summary(report: CycleReport): readonly LogRecord[] {
    if (nowMs() - hour.sinceMs < hourMs) return [];
    const { cycles, pins, failures } = hour;
    hour = { sinceMs: nowMs(), cycles: 0, pins: 0, failures: 0 };
    const failed = failures === 0 ? '' : `, ${counted(failures, 'failure')}`;
    return [
      {
        level: 'info',
        event: 'summary',
        message: `last hour: ${counted(cycles, 'cycle')}, ${counted(pins, 'pin')}${failed}; ${report.plan.summary}`,
        fields: { cycles, pins, failures },
      },
    ];
  }

  function outageEnd(): readonly LogRecord[] {
    if (outage === undefined) return [];
    const { isLibvirt, sinceMs } = outage;
    outage = undefined;
    const seconds = (nowMs() - sinceMs) / 1000;
    const message = `${isLibvirt ? 'libvirt is back' : 'it works again'} after ${spanText(seconds)}`;
    return [{ level: 'notice', event: 'back', message, fields: { seconds: round(seconds) } }];
  }

  /** A dry run has a plan again and again, and with other vCPUs, as what is measured fluctuates: the first is told. */
  function isNews({ applied, verdict }: CycleReport): boolean {
    const isPlanned = verdict === 'planned' || verdict === 'paused';
    const isFirst = isPlanned && !wasPlanned;
    wasPlanned = isPlanned;
    return applied.length > 0 || isFirst;
  }

  /** Told where it begins; domains that have just started are measured in the next cycle. */
  function unmeasured(cycle: number, coverage: Coverage): readonly LogRecord[] {
    const isUnknown = isTooLittle({ ...coverage, running: coverage.running - (coverage.starting ?? 0) });
    const isTold = isUnknown && !wasUnknown;
    wasUnknown = isUnknown;
    return isTold ? [{ level: 'warning', event: 'unmeasured', cycle, message: tooLittleText(coverage) }] : [];
  }

  /** Its begin, its end, and another end than was told. */
  function pauses(cycle: number, paused: CycleReport['paused']): readonly LogRecord[] {
    const before = pause;
    pause = paused && pausedText(paused);
    if (pause === before) return [];
    const message = pause ?? 'no longer paused';
    return [{ level: 'notice', event: 'pause', cycle, message, fields: { paused: pauseFields(paused) } }];
  }

  function failure({ message, status }: VcpuschedError, cycle?: number): readonly LogRecord[] {
    hour.failures += 1;
    // Whether it refuses or does not answer, libvirt is away.
    const what = status === exitStatus.unavailable ? 'libvirt' : message;
    if (what === told && !settings().verbose) return [];
    told = what;
    return [{ level: 'error', event: 'failure', message, cycle, fields: { status } }];
  }

  return {
    begun: (uri, { domains, online }) => {
      const { interval, policy, cpus } = settings();
      const pcpus = cpus === undefined ? online : online.filter((cpu) => cpus.includes(cpu));
      const vcpus = domains.reduce((sum, domain) => sum + domain.vcpus.length, 0);
      const host = `${counted(domains.length, 'domain')} with ${counted(vcpus, 'vCPU')} on pCPUs ${formatCpuSet(pcpus)}`;
      told = undefined;
      return [
        ...outageEnd(),
        {
          level: 'info',
          event: 'begun',
          message: `watching ${uri} every ${spanText(interval)}, policy ${policy}: ${host}`,
          fields: { connection: uri, interval, policy, domains: domains.length, vcpus },
        },
      ];
    },
    cycle: (report) => {
      const { verbose } = settings();
      const { cycle, applied, plan, unsaved, verdict, rateLimited, measured } = report;
      const done = applied.filter(({ error }) => error === undefined);
      total.cycles += 1;
      total.pins += done.length;
      hour.cycles += 1;
      hour.pins += done.length;
      hour.failures += applied.length - done.length;
      const saved = unsaved === undefined ? [] : failure(unsaved, cycle);
      if (unsaved === undefined) told = undefined;
      const moves = verdict === 'planned' || verdict === 'paused' ? plan.moves : done.map(({ move }) => move);
      const isTold = isNews(report);
      const record = (level: LogLevel, event: string, message: string, fields = {}): LogRecord => ({
        level,
        event,
        cycle,
        message,
        fields,
      });
      const what =
        isTold || verbose
          ? [
              record(isTold ? 'notice' : 'info', 'cycle', cycleText(report), cycleFields(report)),
              ...moves.map((move) => record('notice', 'move', moveText(move), moveFields(move))),
            ]
          : [];
      const failed = applied.flatMap(({ move, error }) =>
        error === undefined
          ? []
          : [record('warning', 'pin-failed', failedPinText(move, error), { ...moveFields(move), error })],
      );
      const limited = rateLimited.map((each) => record('info', 'rate-limited', rateLimitedText(each)));
      const left = (verbose ? leftAloneLines(plan.leftAlone) : []).map(({ names, reason }) =>
        record('info', 'left-alone', `left alone: ${names}: ${reason}`, { reason }),
      );
      return [
        ...outageEnd(),
        ...pauses(cycle, report.paused),
        ...failed,
        ...left,
        ...limited,
        ...what,
        ...saved,
        ...unmeasured(cycle, measured.coverage),
        ...summary(report),
      ];
    },
    failed: (error) => {
      total.cycles += 1;
      hour.cycles += 1;
      outage ??= { sinceMs: nowMs(), isLibvirt: error.status === exitStatus.unavailable };
      return failure(error);
    },
    ended: () => {
      const message = `ended after ${counted(total.cycles, 'cycle')} and ${counted(total.pins, 'pin')}`;
      return settings().verbose ? [{ level: 'info', event: 'ended', message, fields: total }] : [];
    },
  };
}

/** The figures of a cycle, as the JSON of `watch` names them. */
function cycleFields({ verdict, plan, applied, windowMs, tookMs, virshProcesses, measured }: CycleReport) {
  return {
    verdict,
    summary: plan.summary,
    moves: plan.moves.length,
    failed: applied.filter(({ error }) => error !== undefined).length,
    windowMs: round(windowMs),
    tookMs: Object.fromEntries(Object.entries(tookMs).map(([part, ms]) => [part, round(ms)])),
    virshProcesses,
    coverage: coverageFields(measured.coverage),
  };
}

const hourMs = 3600_000;
