import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { DomainRef } from '../model/domain.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { hostFields, jsonText, planFields } from '../render/envelope.ts';
import { safeText } from '../render/safe-text.ts';
import { chooseStyle } from '../render/style.ts';
import { topHead, topLine } from '../render/top/top-lines.ts';
import { type TopModel, topModel } from '../render/top/top-model.ts';
import { topRows } from '../render/top/top-rows.ts';
import { firstView, pressed, type Shown } from '../render/top/top-view.ts';
import type { Context } from '../session/context.ts';
import { runCycle } from '../session/cycle.ts';
import { type Followed, followPins } from '../session/follow-pins.ts';
import { giveHeapRoom } from '../session/heap-room.ts';
import { pacedPlan } from '../session/paced-plan.ts';
import { runEvery } from '../session/schedule.ts';
import { readSessionOpener } from '../session/session-opener.ts';

/**
 * Shows a host as it changes: the loads of its pCPUs, its domains, what a plan made now would move, and what was moved.
 * It pins nothing, and decides as `plan` does. At a terminal it has the whole of it and takes keys; elsewhere it prints a
 * line for each cycle.
 */
export async function top(settings: Settings, context: Context): Promise<ExitStatus> {
  giveHeapRoom();
  const { openScreen } = context.terminal;
  return openScreen === undefined || settings.json || settings.quiet
    ? inLines(settings, context)
    : live(settings, context, openScreen);
}

async function inLines(settings: Settings, context: Context): Promise<ExitStatus> {
  const told = new Set<string>();
  const err = (text: string) => {
    if (!told.has(text)) context.err(text);
    told.add(text);
  };
  let last: ExitStatus = exitStatus.done;
  let isHeadDue = true;
  for await (const seen of look(settings, { ...context, err }, false)) {
    last = seen instanceof VcpuschedError ? seen.status : exitStatus.done;
    if (seen instanceof VcpuschedError) err(`vcpusched: ${safeText(seen.message)}\n`);
    else if ('uri' in seen) continue;
    else if (settings.json) context.out(json(seen.report, settings, context));
    else if (!settings.quiet) {
      context.out(`${isHeadDue ? `${topHead()}\n` : ''}${topLine(seen)}\n`);
      isHeadDue = false;
    }
  }
  return context.signal.aborted ? exitStatus.done : last;
}

function json(report: CycleReport, { connect }: Settings, { date }: Context): string {
  const fields = { connection: connect ?? null, ...hostFields(report), ...planFields(report.plan) };
  return jsonText('top', date(), fields);
}

type OpenScreen = NonNullable<Context['terminal']['openScreen']>;

async function live(settings: Settings, context: Context, openScreen: OpenScreen): Promise<ExitStatus> {
  const quit = new AbortController();
  const signal = AbortSignal.any([context.signal, quit.signal]);
  const { terminal } = context;
  const said = new Set<string>();
  let problem: string | undefined;
  let uri = '';
  let view = firstView;
  let model: TopModel | undefined;
  let next: TopModel | undefined;
  let shown: Shown = { domains: [], page: 1, last: 0 };
  let last: ExitStatus = exitStatus.done;

  const draw = () => {
    if (!view.isPaused) model = next;
    const size = screen.size();
    const atMs = model?.report.decidedAtMs ?? context.date().getTime();
    const { interval } = settings;
    const frame = { ...size, uri, interval, atMs, unicode: terminal.unicode, problem };
    const style = chooseStyle(settings.color, { ...terminal, columns: size.columns });
    const drawn = topRows(model, view, frame, style);
    shown = drawn.shown;
    screen.show(drawn.rows);
  };
  const screen = await openScreen({
    onKey: (key) => {
      const then = pressed(view, key, shown);
      if (then === 'quit') return quit.abort();
      view = then;
      draw();
    },
    onResize: () => draw(),
  });
  // What is said meanwhile would spoil the screen: it is told at the end.
  const err = (text: string) => void said.add(text);
  try {
    draw();
    for await (const seen of look(settings, { ...context, err, signal }, true)) {
      last = seen instanceof VcpuschedError ? seen.status : exitStatus.done;
      problem = seen instanceof VcpuschedError ? seen.message : undefined;
      if (seen instanceof VcpuschedError) err(`vcpusched: ${safeText(seen.message)}\n`);
      else if ('uri' in seen) uri = seen.uri;
      else next = seen;
      draw();
    }
  } finally {
    screen.close();
    for (const text of said) context.err(text);
  }
  return signal.aborted ? exitStatus.done : last;
}

/**
 * Cycle by cycle what is there to be seen: first the connection. A failure that the next one may mend is handed on.
 * @param isPaced whether a cycle may have the plan of an earlier one
 */
async function* look(
  settings: Settings,
  context: Context,
  isPaced: boolean,
): AsyncGenerator<TopModel | { readonly uri: string } | VcpuschedError> {
  const { nowMs, signal } = context;
  // No imbalance has to last: the plan is that of `plan`.
  const open = readSessionOpener({ ...settings, untilBalanced: true }, context, 'watch');
  const isHidden = domainFilter(settings.domain, []);
  const isShown = (domain: DomainRef) => isHidden(domain) === undefined;
  let closeVirsh = () => {};
  let followed: Followed | undefined;
  let plannedAtMs: number | undefined;
  const step = async () => {
    if (followed === undefined) {
      const session = await open();
      closeVirsh = session.closeVirsh;
      const onPlan = () => {
        plannedAtMs = context.date().getTime();
      };
      const balance = isPaced ? pacedPlan(session.balance, nowMs, onPlan) : session.balance;
      const pins = await followPins({ ...session, balance }, settings, context);
      followed = { ...pins, session: { ...pins.session, sample: () => inTurns(pins) } };
      return { uri: session.uri };
    }
    const report = await runCycle(followed.session);
    return topModel(report, followed.pastMoves(), followed.balancer(), isShown, plannedAtMs);
  };
  const schedule = {
    everyMs: settings.interval * 1000,
    steps: settings.cycles === undefined ? undefined : settings.cycles + 1,
    nowMs,
    sleepUntil: (timeMs: number) => context.sleepUntil(timeMs, signal),
  };
  try {
    yield* runEvery(schedule, step, signal);
  } finally {
    closeVirsh();
  }
}

/** A sample with the places of vCPUs that are told in turns: old ones are good enough to be looked at. */
async function inTurns({ session }: Followed): Promise<Snapshot> {
  return { ...(await session.sample('in turns')), arePlacesOld: undefined };
}
