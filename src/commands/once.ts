import { applyPlan } from '../apply/apply-plan.ts';
import type { Settings } from '../config/settings.ts';
import type { ExitStatus } from '../errors.ts';
import { decider } from './decider.ts';
import { gather, virshOf } from './gather.ts';
import { appliedFields, printEnvelope, statusOf, summaryLine, tellMoves, tellWornOut } from './report.ts';
import { showPlan } from './show-plan.ts';
import type { World } from './world.ts';

/** Two samples, one plan, applied and verified. Silent from cron unless something changed or failed. */
export async function once(settings: Settings, world: World): Promise<ExitStatus> {
  const decide = decider(settings, 'now');
  const virsh = virshOf(settings, world, settings.dryRun ? 'read' : 'pin');
  const gathered = await gather(settings, world, virsh, decide);
  const plan = decide.plan(gathered.measured, world.date().getTime());
  if (settings.dryRun) return showPlan('once', plan, gathered, settings, world);

  world.signal.throwIfAborted();
  const applied = plan.moves.length === 0 ? [] : await applyPlan(virsh, plan.moves);
  tellMoves(plan, applied, settings, world);
  tellWornOut(decide.carriedOut(applied, world.date().getTime()), settings, world);
  if (settings.json) {
    printEnvelope('once', settings, world, gathered, appliedFields(plan, applied));
  } else if (!settings.quiet && (applied.length > 0 || settings.verbose || world.terminal.isTty)) {
    world.out(`${summaryLine(plan, applied)}\n`);
  }
  return statusOf(applied);
}
