import type { Settings } from '../config/settings.ts';
import type { ExitStatus } from '../errors.ts';
import { type HostReader, hostReader } from '../host/host-reader.ts';
import type { ComponentVerdict, Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { type Decider, decider } from '../session/decider.ts';
import { statusOf } from '../session/exit-status-of.ts';
import { gather, virshOf } from '../session/gather.ts';
import { pinPlan } from '../session/pin-plan.ts';
import { openPinSession, type PinSession } from '../session/pin-session.ts';
import { tellUnmatched } from '../session/unmatched.ts';
import type { World } from '../session/world.ts';
import { plan } from './plan.ts';
import {
  appliedFields,
  printEnvelope,
  summaryLine,
  tellMoves,
  tellTooLittle,
  tellWornOut,
} from './report.ts';

/**
 * Two samples, one plan, applied and verified. Silent from cron unless something changed or failed, or too few vCPUs
 * could be measured to call the host balanced. With
 * --since-last the sample that the last run has left can stand in for the first of the two.
 */
export async function once(settings: Settings, world: World): Promise<ExitStatus> {
  if (settings.dryRun) return plan(settings, world, 'once');
  const decide = decider(settings, 'now');
  const virsh = virshOf(settings, world, 'pin');
  const reader = hostReader(virsh, world.readFile, settings.connect);
  const first = await reader.sample(world.signal);
  await tellUnmatched(settings, world, virsh);
  const session = await openPinSession(settings, world, reader.uri(), 'once', decide);
  try {
    return await balance(settings, world, reader, first, decide, session);
  } finally {
    await session.close();
  }
}

async function balance(
  settings: Settings,
  world: World,
  reader: HostReader,
  earliest: Snapshot,
  decide: Decider,
  session: PinSession,
): Promise<ExitStatus> {
  const gathered = await gather(settings, world, reader, decide, session.lastSample(earliest) ?? earliest);
  const { measured, snapshot } = gathered;
  const held = await session.held(snapshot);
  const nowMs = world.date().getTime();
  const first = decide.plan(measured, nowMs, held);

  world.signal.throwIfAborted();
  const tooLittle = tellTooLittle(measured, world);
  const bounds = { nowMs, held, maxMoves: settings.maxMoves };
  const {
    plan: planned,
    applied,
    refused,
  } = await pinPlan(first, measured, snapshot, session, decide, bounds);
  tellMoves(planned, applied, settings, world);
  const others = applied.filter((each) => !refused.includes(each));
  tellWornOut(decide.carriedOut(others, world.date().getTime()), settings, world);
  if (settings.json) {
    printEnvelope('once', settings, world, gathered, appliedFields(planned, applied));
  } else if (!settings.quiet && (isWorthALine(planned) || settings.verbose || world.terminal.isTty)) {
    world.out(`${summaryLine(planned, applied)}\n`);
  }
  await session.recordOutcome(applied, snapshot);
  const late = await session.answered();
  tellMoves({ ...planned, leftAlone: [] }, late, settings, world);
  return statusOf([...applied.filter(({ isWaiting }) => isWaiting !== true), ...late]) || tooLittle;
}

/**
 * Whether cron is to hear of it: something moves, or all is not well, as a pCPU is above what it can do, or none can be
 * used, and nothing is to be done about it. A host that is uneven, and on which nobody starves, is left in peace.
 */
function isWorthALine({ moves, verdict }: Plan): boolean {
  const isWell = ({ kind, mostPct }: ComponentVerdict) =>
    ['moves', 'balanced', 'rule'].includes(kind) || (kind !== 'unusable' && mostPct <= 100);
  return moves.length > 0 || verdict.kind === 'unusable' || !verdict.components.every(isWell);
}
