import type { VcpuschedError } from '../errors.ts';
import type { Coverage } from './coverage.ts';
import type { HostLoad } from './host-load.ts';
import type { Pause } from './pause.ts';
import type { PinResult } from './pin.ts';
import type { LeftAlone, Move, Plan } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What one cycle saw, decided and did. Text, JSON and log lines are made from it. */
export type CycleReport = {
  /** its number in this run, from 1; one that failed had a number, too */
  readonly cycle: number;
  /** the sample that ends the window */
  readonly snapshot: Snapshot;
  /** milliseconds between the two samples */
  readonly windowMs: number;
  readonly measured: Measured;
  /** wall clock of the decision, milliseconds since the epoch */
  readonly decidedAtMs: number;
  readonly plan: Plan;
  readonly verdict: CycleVerdict;
  /** why nothing is to be pinned for now; undefined where it is */
  readonly paused: Pause | undefined;
  /** what became of each pin that was tried; empty where nothing is to be pinned */
  readonly applied: readonly PinResult<Move>[];
  /** vCPUs that may not move again for now, since these pins have used up --max-rate */
  readonly rateLimited: readonly LeftAlone[];
  /** why the state that the next run begins with could not be written; undefined where it was */
  readonly unsaved: VcpuschedError | undefined;
  /** `pin`: with what has to be written before and after */
  readonly tookMs: { readonly [Part in 'sample' | 'measure' | 'plan' | 'pin']: number };
  /** how many virsh processes were started */
  readonly virshProcesses: number;
};

/** What was measured between two snapshots, and what could not be. */
export type Measured = {
  readonly load: HostLoad;
  readonly leftAlone: readonly LeftAlone[];
  readonly coverage: Coverage;
};

/**
 * - `acted`: at least one vCPU was pinned
 * - `planned`: there are moves, which only a session that pins would carry out
 * - `paused`: there are moves, which a pause keeps from being carried out
 * - `waits`: a later cycle may have more to do: a gain has to last first, a vCPU is new or gets its turn again soon
 * - `nothing-to-gain`: the host is as the policy wants it, or no plan is worth its pins
 * - `could-not`: no pin took, too little was measured, or the settings leave no way
 */
export type CycleVerdict = 'acted' | 'planned' | 'paused' | 'waits' | 'nothing-to-gain' | 'could-not';
