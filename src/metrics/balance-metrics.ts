import { Registry } from 'prom-client';
import type { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { moveKinds } from '../model/plan.ts';
import { isPermission } from '../virsh/failures.ts';
import { declareIn } from './declare.ts';
import { isGood } from './health.ts';
import { hostMetrics } from './host-metrics.ts';
import { vcpuMetrics } from './vcpu-metrics.ts';

/** The metrics of one run of the program, and what fills them. */
export type BalanceMetrics = {
  readonly registry: Registry;
  /** @param endedAtMs wall clock, milliseconds since the epoch */
  readonly cycle: (report: CycleReport, endedAtMs: number) => void;
  readonly failed: (failure: VcpuschedError) => void;
  /** A virsh process has ended. */
  readonly virshEnded: (tookMs: number) => void;
};

type Facts = {
  readonly version: string;
  readonly nodeVersion: string;
  /** whether there are series for each vCPU */
  readonly perVcpu: boolean;
};

/**
 * Declares every metric. Ratios are shares of one pCPU's time, times are seconds. A gauge of what is not known has no
 * sample; a counter whose labels are known beforehand begins with 0, so that its first event shows as an increase.
 */
export function balanceMetrics({ version, nodeVersion, perVcpu }: Facts): BalanceMetrics {
  const registry = new Registry();
  const { gauge, counter, histogram, summary } = declareIn(registry);
  gauge('build_info', 'The version of vcpusched and of Node; always 1.', ['version', 'node_version']).set(
    { version, node_version: nodeVersion },
    1,
  );
  const lastSuccess = gauge(
    'last_success_timestamp_seconds',
    'When the last cycle that did not fail ended, in seconds since the epoch.',
  );
  const cycles = counter('cycles_total', 'Cycles by what became of them, and why.', ['result', 'reason']);
  const moves = counter('moves_total', 'Moves by what became of them, and their kind.', ['result', 'reason']);
  const parts = summary('cycle_duration_seconds', 'How long each part of the cycles took.', ['part']);
  const virsh = histogram(
    'virsh_duration_seconds',
    'How long virsh processes ran.',
    [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 40],
  );
  const measured = [hostMetrics(registry), ...(perVcpu ? [vcpuMetrics(registry)] : [])];
  for (const reason of Object.values(failureReasons)) cycles.inc({ result: 'failed', reason }, 0);
  for (const result of moveResults) for (const reason of moveKinds) moves.inc({ result, reason }, 0);
  return {
    registry,
    cycle: (report, endedAtMs) => {
      cycles.inc({ result: report.verdict, reason: report.plan.verdict.kind });
      for (const { result, reason } of movesOf(report)) moves.inc({ result, reason });
      for (const [part, ms] of Object.entries(report.tookMs)) parts.observe({ part }, ms / 1000);
      if (isGood(report)) lastSuccess.set(endedAtMs / 1000);
      for (const each of measured) each.show(report);
    },
    failed: ({ status }) => {
      cycles.inc({ result: 'failed', reason: failureReasons[status] ?? 'failed' });
      for (const each of measured) each.forget();
    },
    virshEnded: (tookMs) => virsh.observe(tookMs / 1000),
  };
}

/** Of a cycle that could not be carried out. */
const failureReasons: { readonly [Status in ExitStatus]?: string } = {
  [exitStatus.failed]: 'failed',
  [exitStatus.unavailable]: 'unavailable',
  [exitStatus.notPermitted]: 'not-permitted',
};

/**
 * - `pinned`: the host shows the new affinity
 * - `failed`, `not-permitted`: it does not
 * - `unanswered`: libvirt may still carry it out
 * - `planned`: a run that pins nothing, or is paused, would have tried it
 */
const moveResults = ['pinned', 'failed', 'not-permitted', 'unanswered', 'planned'] as const;
type MoveResult = (typeof moveResults)[number];

function movesOf({ verdict, plan, applied }: CycleReport): readonly { result: MoveResult; reason: string }[] {
  if (verdict === 'planned' || verdict === 'paused')
    return plan.moves.map(({ kind }) => ({ result: 'planned', reason: kind }));
  return applied.map((each) => ({ result: resultOf(each), reason: each.move.kind }));
}

function resultOf({ error, isWaiting }: CycleReport['applied'][number]): MoveResult {
  if (error === undefined) return 'pinned';
  if (isWaiting === true) return 'unanswered';
  return isPermission(error) ? 'not-permitted' : 'failed';
}
