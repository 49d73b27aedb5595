import { VcpuschedError } from '../errors.ts';
import type { Look } from '../host/host-reader.ts';
import type { CycleReport, CycleVerdict, Measured } from '../model/cycle-report.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Pause } from '../model/pause.ts';
import type { PinResult } from '../model/pin.ts';
import type { Plan, VerdictKind } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { foreignReason } from '../state/reconcile.ts';
import type { BalanceSession } from './balance-session.ts';
import { pinPlan } from './pin-plan.ts';
import type { PinSession } from './pin-session.ts';
import type { Held } from './rate-limit.ts';
import type { PinReader } from './read-pin-session.ts';

/**
 * Samples, measures, decides, pins and records. It prints nothing about the decision: the report has it.
 * @throws {VcpuschedError} where libvirt cannot be read, or what to go back to cannot be written before the pins
 * @throws the reason of the signal where it came before anything was pinned; pins that have begun are finished
 */
export async function runCycle(session: Session): Promise<CycleReport> {
  const { clock, balance, pins, before } = session;
  const cycle = ++session.cycles;
  const processes = session.virshProcesses();
  const watch = stopwatch(clock.nowMs);
  const atRest = session.waitedAtRest;
  session.waitedAtRest = undefined;
  let seen = await observe(session, before, atRest === undefined ? 'all' : 'in turns', watch.lap);
  // Before anything moves, all is seen where it is.
  const isStill = isAtRest(seen) && (atRest === undefined || isWaitingAs(atRest, seen));
  if (seen.snapshot.arePlacesOld === true && !isStill)
    seen = await observe(session, before, 'all', watch.lap);
  const { snapshot, measured, held, decidedAtMs, plan, isMorePending } = seen;
  const paused = await pins.paused();
  const pinner = 'pin' in pins && paused === undefined ? pins : undefined;
  if (pinner !== undefined) session.signal.throwIfAborted();
  const done =
    pinner === undefined
      ? { plan, applied: [], refused: [] }
      : await pinPlan(plan, { measured, snapshot, held, decidedAtMs }, balance, pinner);
  const others = done.applied.filter((each) => !done.refused.includes(each));
  const rateLimited = balance.recordPins(others, clock.wallMs());
  const unsaved = await pinner?.recordOutcome(done.applied, snapshot, balance.pastMoves()).catch(asFailure);
  watch.lap('pin');
  const report: CycleReport = {
    cycle,
    snapshot,
    windowMs: snapshot.takenAtMs - before.takenAtMs,
    measured,
    decidedAtMs,
    plan: done.plan,
    verdict: verdictOf(done.plan, pinner && done.applied, isMorePending, 'pin' in pins ? paused : undefined),
    paused,
    applied: done.applied,
    rateLimited,
    unsaved: unsaved || undefined,
    tookMs: watch.tookMs(),
    virshProcesses: session.virshProcesses() - processes,
  };
  if (isAtRest(seen)) session.waitedAtRest = snapshot.arePlacesOld === true ? atRest : waited(seen);
  session.onReport?.(report);
  return report;
}

/** What is seen of a host, and what the policy makes of it. */
type Seen = Pick<CycleReport, 'snapshot' | 'measured' | 'decidedAtMs' | 'plan'> & {
  readonly held: Held;
  readonly isMorePending: boolean;
};

async function observe(
  session: Session,
  before: Snapshot,
  look: Look,
  lap: (part: Part) => void,
): Promise<Seen> {
  const { clock, balance, pins } = session;
  const snapshot = await session.sample(look);
  session.before = snapshot;
  lap('sample');
  const measured = balance.measure(before, snapshot, pins.known(snapshot));
  lap('measure');
  const held = await pins.held(snapshot);
  const decidedAtMs = clock.wallMs();
  const plan = balance.plan(measured, decidedAtMs, held);
  const isMorePending = balance.isAnyHeldForNow() || isAnyNew(measured, before, snapshot);
  lap('plan');
  return { snapshot, measured, held, decidedAtMs, plan, isMorePending };
}

/** Whether there is nothing to do, and no pin that libvirt has not answered: one that is late changes a place. */
function isAtRest({ plan, isMorePending, held }: Seen): boolean {
  const isAnyLate = [...held.values()].some((reason) => reason !== foreignReason);
  return !isAnyLate && verdictOf(plan, undefined, isMorePending, undefined) === 'nothing-to-gain';
}

/** How long each vCPU waited, in per cent of the time; undefined where that is not known of each. */
function waited({ measured }: Seen): ReadonlyMap<string, number> | undefined {
  const delays = new Map<string, number>();
  for (const vcpu of measured.load.vcpus) {
    if (vcpu.reading.kind !== 'measured' || vcpu.reading.delayPct === undefined) return undefined;
    delays.set(vcpuKey(vcpu), vcpu.reading.delayPct);
  }
  return delays;
}

/** Whether no vCPU waits longer than it did, as it would that somebody else has pinned beside others, and each is known. */
function isWaitingAs(before: ReadonlyMap<string, number>, seen: Seen): boolean {
  const now = waited(seen);
  return (
    now !== undefined &&
    [...now].every(([key, pct]) => pct < (before.get(key) ?? Number.NEGATIVE_INFINITY) + noticedPoints)
  );
}

/** Less is noise of a window of a second. */
const noticedPoints = 15;

/** Waits until the window is over that began with the session's last sample, and runs the cycle that it ends. */
export async function measureWindow(
  session: Session,
  { sleepUntil }: { readonly sleepUntil: (timeMs: number) => Promise<void> },
  windowMs: number,
): Promise<CycleReport> {
  await sleepUntil(session.before.takenAtMs + windowMs);
  return runCycle(session);
}

/** One host, cycle by cycle: how it is read, what decides, and what pins. */
export type Session<P extends Reader = Reader | Pinner> = {
  readonly clock: {
    /** monotonic milliseconds */
    readonly nowMs: () => number;
    /** milliseconds since the epoch */
    readonly wallMs: () => number;
  };
  readonly signal: AbortSignal;
  /** @throws {VcpuschedError} where libvirt cannot be read */
  readonly sample: (look: Look) => Promise<Snapshot>;
  /** how many virsh processes this session has started */
  readonly virshProcesses: () => number;
  /** is told of each cycle that has ended */
  readonly onReport?: ((report: CycleReport) => void) | undefined;
  readonly balance: BalanceSession;
  /** one that can pin carries the plans out */
  readonly pins: P;
  /** the sample that begins the next window: the last one, whatever has failed since */
  before: Snapshot;
  /** how many have begun */
  cycles: number;
  /**
   * How long each vCPU waited when all was last seen, if nothing was to be done then and since: not all need be read with
   * the next sample.
   */
  waitedAtRest?: ReadonlyMap<string, number> | undefined;
};

/** What a cycle needs to know of earlier pins, and to pin. */
type Reader = Pick<PinReader, 'held' | 'known' | 'paused'>;
export type Pinner = Reader & Pick<PinSession, 'pin' | 'learn' | 'recordOutcome'>;

type Part = keyof CycleReport['tookMs'];

/** Adds up what the parts of a cycle take. */
function stopwatch(nowMs: () => number) {
  const tookMs = { sample: 0, measure: 0, plan: 0, pin: 0 };
  let lastMs = nowMs();
  return {
    /** tells which part ends now */
    lap: (part: Part): void => {
      const startMs = lastMs;
      lastMs = nowMs();
      tookMs[part] += lastMs - startMs;
    },
    tookMs: () => tookMs,
  };
}

/** Whether there is a vCPU of which only the next cycle will know what it wants. */
function isAnyNew({ load }: Measured, since: Snapshot, { domains }: Snapshot): boolean {
  const before = new Set(since.domains.map(({ uuid }) => uuid));
  return (
    domains.some(({ uuid }) => !before.has(uuid)) || load.vcpus.some(({ reading }) => reading.kind === 'new')
  );
}

/** @param applied undefined: nothing is to be pinned */
function verdictOf(
  { moves, verdict }: Plan,
  applied: readonly PinResult[] | undefined,
  isMorePending: boolean,
  paused: Pause | undefined,
): CycleVerdict {
  if (moves.length > 0) {
    if (paused !== undefined) return 'paused';
    if (applied === undefined) return 'planned';
    return applied.some(({ error }) => error === undefined) ? 'acted' : 'could-not';
  }
  if (isMorePending || verdict.kind === 'waits') return 'waits';
  return hindered.includes(verdict.kind) ? 'could-not' : 'nothing-to-gain';
}

const hindered: readonly VerdictKind[] = ['unmeasured', 'unusable', 'over-budget'];

function asFailure(error: unknown): VcpuschedError {
  if (error instanceof VcpuschedError) return error;
  throw error;
}
