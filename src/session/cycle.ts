import { VcpuschedError } from '../errors.ts';
import type { Look } from '../host/host-reader.ts';
import type { CycleReport, CycleVerdict, Measured } from '../model/cycle-report.ts';
import type { Pause } from '../model/pause.ts';
import type { PinResult } from '../model/pin.ts';
import type { Plan, VerdictKind } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { BalanceSession } from './balance-session.ts';
import { pinPlan } from './pin-plan.ts';
import type { PinSession } from './pin-session.ts';
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
  const lap = stopwatch(clock.nowMs);
  // Who pins has to see at once what others pin.
  const mayBeOld = session.isAtRest === true && !('pin' in pins);
  session.isAtRest = false;
  const snapshot = await session.sample(mayBeOld ? 'in turns' : 'all');
  session.before = snapshot;
  const sample = lap();
  const measured = balance.measure(before, snapshot, pins.known(snapshot));
  const measure = lap();
  const held = await pins.held(snapshot);
  const decidedAtMs = clock.wallMs();
  const first = unlessOld(balance.plan(measured, decidedAtMs, held), snapshot);
  const isMorePending = balance.isAnyHeldForNow() || isAnyNew(measured, before, snapshot);
  const plan = lap();
  const paused = await pins.paused();
  const pinner = 'pin' in pins && paused === undefined ? pins : undefined;
  if (pinner !== undefined) session.signal.throwIfAborted();
  const basis = { measured, snapshot, held, decidedAtMs };
  const done =
    pinner === undefined
      ? { plan: first, applied: [], refused: [] }
      : await pinPlan(first, basis, balance, pinner);
  const others = done.applied.filter((each) => !done.refused.includes(each));
  const rateLimited = balance.recordPins(others, clock.wallMs());
  const unsaved = await pinner?.recordOutcome(done.applied, snapshot, balance.pastMoves()).catch(asFailure);
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
    tookMs: { sample, measure, plan, pin: lap() },
    virshProcesses: session.virshProcesses() - processes,
  };
  session.isAtRest = report.verdict === 'nothing-to-gain';
  session.onReport?.(report);
  return report;
}

/** What moves was seen where it is: a plan that rests on older places waits for the next cycle, which reads all anew. */
function unlessOld(plan: Plan, { arePlacesOld }: Snapshot): Plan {
  if (arePlacesOld !== true || plan.moves.length === 0) return plan;
  return {
    ...plan,
    moves: [],
    after: plan.before,
    summary: `looks again where all vCPUs are before it moves any: ${plan.summary}`,
    verdict: { ...plan.verdict, kind: 'waits' },
  };
}

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
  /** whether the last one found nothing to do: then one that pins nothing need not read all with the next sample */
  isAtRest?: boolean;
};

/** What a cycle needs to know of earlier pins, and to pin. */
type Reader = Pick<PinReader, 'held' | 'known' | 'paused'>;
export type Pinner = Reader & Pick<PinSession, 'pin' | 'learn' | 'recordOutcome'>;

/** Tells with each call the milliseconds since the one before. */
function stopwatch(nowMs: () => number): () => number {
  let lastMs = nowMs();
  return () => {
    const startMs = lastMs;
    lastMs = nowMs();
    return lastMs - startMs;
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
