import { exitStatus, type VcpuschedError } from '../errors.ts';
import { type CpuSet, formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { cycleText, moveText } from './cycle-text.ts';
import { counted, spanText } from './figures.ts';
import { safeText } from './safe-text.ts';

/** What a watch says as it goes on, line by line. */
export type WatchStory = {
  /** What it is going to do, at its first sample. */
  readonly begun: (uri: string, sample: Snapshot) => readonly string[];
  /** The end of an outage, what was or would be moved, with --verbose what became of each cycle, and once an hour a summary. */
  readonly cycle: (report: CycleReport) => readonly string[];
  /** A failure, when it is another one than in the cycle before; with --verbose each time. */
  readonly failed: (failure: VcpuschedError, isOutage: boolean) => readonly string[];
  readonly ended: () => readonly string[];
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
export function watchStory(settings: Watched, nowMs: () => number): WatchStory {
  const { verbose, interval, policy, cpus } = settings;
  const total = { cycles: 0, pins: 0 };
  let hour = { sinceMs: nowMs(), cycles: 0, pins: 0, failures: 0 };
  let told: string | undefined;
  let wasPlanned = false;
  let outage: { readonly sinceMs: number; readonly isLibvirt: boolean } | undefined;

  function summary(report: CycleReport): readonly string[] {
    if (nowMs() - hour.sinceMs < hourMs) return [];
    const { cycles, pins, failures } = hour;
    hour = { sinceMs: nowMs(), cycles: 0, pins: 0, failures: 0 };
    const failed = failures === 0 ? '' : `, ${counted(failures, 'failure')}`;
    return [
      `last hour: ${counted(cycles, 'cycle')}, ${counted(pins, 'pin')}${failed}; ${report.plan.summary}`,
    ];
  }

  function outageEnd(): readonly string[] {
    if (outage === undefined) return [];
    const { isLibvirt, sinceMs } = outage;
    outage = undefined;
    return [
      `${isLibvirt ? 'libvirt is back' : 'it works again'} after ${spanText((nowMs() - sinceMs) / 1000)}`,
    ];
  }

  /** A dry run has a plan again and again, and with other vCPUs, as what is measured fluctuates: the first is told. */
  function isNews({ applied, verdict }: CycleReport): boolean {
    const isFirst = verdict === 'planned' && !wasPlanned;
    wasPlanned = verdict === 'planned';
    return applied.length > 0 || isFirst;
  }

  return {
    begun: (uri, { domains, online }) => {
      const pcpus = cpus === undefined ? online : online.filter((cpu) => cpus.includes(cpu));
      const vcpus = domains.reduce((sum, domain) => sum + domain.vcpus.length, 0);
      const host = `${counted(domains.length, 'domain')} with ${counted(vcpus, 'vCPU')} on pCPUs ${formatCpuSet(pcpus)}`;
      told = undefined;
      return [
        ...outageEnd(),
        `watching ${safeText(uri)} every ${spanText(interval)}, policy ${safeText(policy)}: ${host}`,
      ];
    },
    cycle: (report) => {
      const done = report.applied.filter(({ error }) => error === undefined);
      total.cycles += 1;
      total.pins += done.length;
      hour.cycles += 1;
      hour.pins += done.length;
      hour.failures += report.applied.length - done.length;
      if (report.unsaved === undefined) told = undefined;
      const moves = report.verdict === 'planned' ? report.plan.moves : done.map(({ move }) => move);
      const what = isNews(report) || verbose ? [cycleText(report), ...moves.map(moveText)] : [];
      return [...outageEnd(), ...what, ...summary(report)];
    },
    failed: (failure, isOutage) => {
      if (isOutage) {
        total.cycles += 1;
        hour.cycles += 1;
        outage ??= { sinceMs: nowMs(), isLibvirt: failure.status === exitStatus.unavailable };
      }
      hour.failures += 1;
      if (failure.message === told && !verbose) return [];
      told = failure.message;
      return [`vcpusched: ${safeText(failure.message)}`];
    },
    ended: () =>
      verbose ? [`ended after ${counted(total.cycles, 'cycle')} and ${counted(total.pins, 'pin')}`] : [],
  };
}

const hourMs = 3600_000;
