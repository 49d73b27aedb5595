import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import type { Plan } from '../model/plan.ts';
import { planFields } from '../render/envelope.ts';
import { planShell } from '../render/plan-shell.ts';
import { planText } from '../render/plan-text.ts';
import type { Gathered } from '../session/gather.ts';
import type { World } from '../session/world.ts';
import { vcpupinWords } from '../virsh/commands/vcpupin.ts';
import { printEnvelope, styleOf, tellTooLittle } from './report.ts';

/** The end of a dry run: the plan as a table, as JSON or as a shell script. */
export function showPlan(
  command: string,
  plan: Plan,
  gathered: Gathered,
  settings: Settings,
  world: World,
): ExitStatus {
  if (settings.json || settings.format === 'json') {
    printEnvelope(command, settings, world, gathered, planFields(plan));
  } else if (settings.format === 'shell') {
    const virsh = [settings.virsh, ...(settings.connect === undefined ? [] : ['-c', settings.connect])];
    world.out(planShell(plan, virsh, ({ domain, vcpu, to }) => vcpupinWords(domain.uuid, vcpu, to)));
  } else if (!settings.quiet) {
    world.out(planText(plan, styleOf(settings, world)));
  }
  const tooLittle =
    settings.detailedExitcode || command === 'once'
      ? tellTooLittle(gathered.measured, world)
      : exitStatus.done;
  if (tooLittle !== exitStatus.done) return tooLittle;
  return settings.detailedExitcode && plan.moves.length > 0 ? exitStatus.movesPending : exitStatus.done;
}
