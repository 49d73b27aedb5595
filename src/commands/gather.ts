import type { Measured } from '../balance/measure.ts';
import type { Settings } from '../config/settings.ts';
import { hostReader } from '../host/host-reader.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { Decider } from './decider.ts';
import type { World } from './world.ts';

/** What one window on the host showed. */
export type Gathered = {
  readonly measured: Measured;
  readonly snapshot: Snapshot;
  readonly windowMs: number;
};

/** Two samples, --window apart, in two virsh processes. */
export async function gather(
  settings: Settings,
  world: World,
  virsh: Virsh,
  { measure }: Decider,
): Promise<Gathered> {
  const reader = hostReader(virsh, world.readFile);
  const before = await reader.sample(world.signal);
  await world.sleepUntil(before.takenAtMs + settings.window * 1000);
  const snapshot = await reader.sample(world.signal);
  return { measured: measure(before, snapshot), snapshot, windowMs: snapshot.takenAtMs - before.takenAtMs };
}

/** How virsh is to be run; reading alone asks for a read-only connection, which needs no more rights than that. */
export function virshOf(settings: Settings, world: World, access: 'read' | 'pin'): Virsh {
  return world.virsh({
    path: settings.virsh,
    uri: settings.connect,
    readonly: access === 'read',
    timeoutMs: settings.timeout * 1000,
  });
}
