import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus, ReaderGone, VcpuschedError } from '../errors.ts';
import { hostReader } from '../host/host-reader.ts';
import type { Measured } from '../host/measure.ts';
import { isTooLittle } from '../model/coverage.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { counted } from '../render/figures.ts';
import { safeText } from '../render/safe-text.ts';
import { decider } from '../session/decider.ts';
import { statusOf, statusOfRestored } from '../session/exit-status-of.ts';
import { virshOf } from '../session/gather.ts';
import { isFatal } from '../session/is-fatal.ts';
import { nextTick } from '../session/next-tick.ts';
import { pinPlan } from '../session/pin-plan.ts';
import { openPinSession, type PinSession } from '../session/pin-session.ts';
import { tellUnknown } from '../session/tell-unknown.ts';
import { tellUnmatched } from '../session/unmatched.ts';
import type { World } from '../session/world.ts';
import {
  appliedFields,
  printEnvelope,
  summaryLine,
  tellMoves,
  tellRestored,
  tellTooLittle,
  tellWornOut,
} from './report.ts';

/**
 * Samples, plans and pins each interval until a signal comes or --cycles are done. The first sample only gives
 * the counters to start from. Cycles stand on a grid of the monotonic clock: they do not drift, and one that
 * takes longer than the interval makes the next wait for its place on the grid.
 *
 * A cycle that fails is told and the next one comes; only what waiting cannot mend ends the watch: a command
 * line that is wrong, and at the start a virsh that is not there or that is refused.
 *
 * With --until-balanced no imbalance has to last, and it ends when the policy has nothing more to do.
 */
export async function watch(settings: Settings, world: World): Promise<ExitStatus> {
  const decide = decider(settings, settings.untilBalanced ? 'now' : 'patient');
  const virsh = virshOf(settings, world, 'pin');
  const reader = hostReader(virsh, world.readFile, settings.connect);
  const open: { session?: PinSession } = {};
  const intervalMs = settings.interval * 1000;
  const startMs = world.nowMs();
  let before: Snapshot | undefined;
  let last: ExitStatus = exitStatus.done;
  let moves = 0;
  let count = 0;
  let isSettled = false;
  /** whether too little was measured in the last cycle, which is told where it begins */
  let wasUnknown = false;

  async function cycle(): Promise<ExitStatus> {
    const snapshot = await reader.sample(world.signal);
    open.session ??= await openPinSession(settings, world, reader.uri(), 'watch', decide);
    const { session } = open;
    const since = before;
    before = snapshot;
    if (since === undefined) {
      tellUnknown(snapshot, settings, world);
      await tellUnmatched(settings, world, virsh);
      return exitStatus.done;
    }
    const measured = decide.measure(since, snapshot);
    const held = await session.held(snapshot);
    const nowMs = world.date().getTime();
    const first = decide.plan(measured, nowMs, held);
    const hasMore = first.moves.length > 0 || decide.isAnyHeldForNow() || isAnyNew(measured, since, snapshot);
    isSettled = settings.untilBalanced && !hasMore;
    const bounds = { nowMs, held, maxMoves: settings.maxMoves };
    const { plan, applied, refused } = await pinPlan(first, measured, snapshot, session, decide, bounds);
    moves += applied.filter(({ error }) => error === undefined).length;
    tellMoves(plan, applied, settings, world);
    const others = applied.filter((each) => !refused.includes(each));
    tellWornOut(decide.carriedOut(others, world.date().getTime()), settings, world);
    if (settings.json) {
      const gathered = { measured, snapshot, windowMs: snapshot.takenAtMs - since.takenAtMs };
      printEnvelope('watch', settings, world, gathered, appliedFields(plan, applied));
    } else if (!settings.quiet && (applied.length > 0 || settings.verbose)) {
      world.out(`${stamp(world)}${summaryLine(plan, applied)}\n`);
    }
    await session.recordOutcome(applied, snapshot);
    const isUnknown = isTooLittle(measured.coverage);
    if (isUnknown && !wasUnknown) tellTooLittle(measured, world);
    wasUnknown = isUnknown;
    return statusOf(applied) || (isUnknown ? exitStatus.failed : exitStatus.done);
  }

  async function cycles(): Promise<void> {
    for (; !isSettled && count <= (settings.cycles ?? Number.POSITIVE_INFINITY); count++) {
      if (count > 0) await world.sleepUntil(nextTick(world.nowMs(), startMs, intervalMs));
      if (world.signal.aborted) break;
      try {
        last = await cycle();
      } catch (error) {
        if (world.signal.aborted) break;
        if (!(error instanceof VcpuschedError) || isFatal(error, count)) throw error;
        world.err(`${stamp(world)}vcpusched: ${safeText(error.message)}\n`);
        last = error.status;
      }
    }
    if (world.signal.aborted && !(world.signal.reason instanceof ReaderGone)) last = exitStatus.done;
  }

  try {
    await cycles();
    if (settings.verbose) {
      world.err(
        `${stamp(world)}ended after ${counted(Math.max(0, count - 1), 'cycle')} and ${counted(moves, 'pin')}\n`,
      );
    }
    if (!settings.restoreOnExit || open.session === undefined) return last;
    const restored = await open.session.restore();
    const line = tellRestored(restored, settings, world);
    if (!settings.quiet && !settings.json) world.out(`${stamp(world)}${line}\n`);
    return statusOfRestored(restored) || last;
  } finally {
    await open.session?.close();
  }
}

/** Whether there is a vCPU of which only the next cycle will know what it wants. */
function isAnyNew({ load }: Measured, since: Snapshot, { domains }: Snapshot): boolean {
  const before = new Set(since.domains.map(({ uuid }) => uuid));
  return (
    domains.some(({ uuid }) => !before.has(uuid)) || load.vcpus.some(({ reading }) => reading.kind === 'new')
  );
}

/** At a terminal the time of day; a journal or a log has its own. */
function stamp(world: World): string {
  return world.terminal.isTty ? `${world.date().toTimeString().slice(0, 8)}  ` : '';
}
