import type { Settings } from '../config/settings.ts';
import type { ExitStatus } from '../errors.ts';
import { decider } from './decider.ts';
import { gather, virshOf } from './gather.ts';
import { showPlan } from './show-plan.ts';
import type { World } from './world.ts';

/** Shows what `once` would do. Never pins: its connection is read-only. */
export async function plan(settings: Settings, world: World): Promise<ExitStatus> {
  const decide = decider(settings, 'now');
  const gathered = await gather(settings, world, virshOf(settings, world, 'read'), decide);
  return showPlan('plan', decide.plan(gathered.measured, world.date().getTime()), gathered, settings, world);
}
