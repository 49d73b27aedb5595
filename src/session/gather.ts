import type { Settings } from '../config/settings.ts';
import type { HostReader } from '../host/host-reader.ts';
import type { Measured } from '../host/measure.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { askTwice } from '../virsh/ask-twice.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { Decider } from './decider.ts';
import { tellTopologyProblem, tellUnknown } from './tell-unknown.ts';
import type { World } from './world.ts';

/** What one window on the host showed. */
export type Gathered = {
  readonly measured: Measured;
  readonly snapshot: Snapshot;
  readonly windowMs: number;
};

/**
 * Two samples, --window apart at least, in two virsh processes.
 * @param earlier the first of them, where it has been taken already
 */
export async function gather(
  settings: Settings,
  world: World,
  reader: HostReader,
  { measure }: Decider,
  earlier?: Snapshot,
): Promise<Gathered> {
  const before = earlier ?? (await reader.sample(world.signal));
  await world.sleepUntil(before.takenAtMs + settings.window * 1000);
  const snapshot = await reader.sample(world.signal);
  if (settings.verbose || world.terminal.isTty) tellUnknown(snapshot, settings, world);
  else tellTopologyProblem(snapshot, settings, world);
  return { measured: measure(before, snapshot), snapshot, windowMs: snapshot.takenAtMs - before.takenAtMs };
}

/**
 * How virsh is to be run; reading alone asks for a read-only connection, which needs no more rights than that.
 * @param inheritedFd a file that virsh is to keep open for as long as it runs
 */
export function virshOf(
  settings: Settings,
  world: World,
  access: 'read' | 'pin',
  inheritedFd?: number,
): Virsh {
  const virsh = world.virsh({
    inheritedFd,
    path: settings.virsh,
    uri: settings.connect,
    readonly: access === 'read',
    timeoutMs: settings.timeout * 1000,
  });
  // What pins has the lock, and is never run twice.
  return inheritedFd === undefined ? askTwice(virsh, world.after) : virsh;
}
