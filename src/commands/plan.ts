import type { Settings } from '../config/settings.ts';
import type { ExitStatus } from '../errors.ts';
import { hostReader } from '../host/host-reader.ts';
import { decider } from '../session/decider.ts';
import { gather, virshOf } from '../session/gather.ts';
import { readPinSession } from '../session/pin-session.ts';
import { tellUnmatched } from '../session/unmatched.ts';
import type { World } from '../session/world.ts';
import { showPlan } from './show-plan.ts';

/** Shows what `once` would do. Never pins: its connection is read-only. */
export async function plan(settings: Settings, world: World, command = 'plan'): Promise<ExitStatus> {
  const decide = decider(settings, 'now');
  const virsh = virshOf(settings, world, 'read');
  const reader = hostReader(virsh, world.readFile, settings.connect);
  const first = await reader.sample(world.signal);
  await tellUnmatched(settings, world, virsh);
  const session = await readPinSession(settings, world, reader.uri(), decide);
  const gathered = await gather(settings, world, reader, decide, first);
  const held = await session.held(gathered.snapshot);
  const planned = decide.plan(gathered.measured, world.date().getTime(), held);
  return showPlan(command, planned, gathered, settings, world);
}
