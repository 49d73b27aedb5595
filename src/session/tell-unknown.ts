import type { Settings } from '../config/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { safeText } from '../render/safe-text.ts';
import type { World } from './world.ts';

/**
 * Says what cannot be known of the host from here, though it would limit what may be done; with --verbose also what was
 * odd about what virsh said.
 */
export function tellUnknown(snapshot: Snapshot, { cpus, quiet, verbose }: Settings, world: World): void {
  if (quiet) return;
  const { isolated, topologyProblem, remarks = [] } = snapshot;
  if (isolated === undefined && cpus === undefined) {
    world.err(
      'vcpusched: which pCPUs are isolated is not known over a remote connection; --cpus says which to use\n',
    );
  }
  tellTopologyProblem(snapshot, { quiet }, world);
  for (const line of verbose ? remarks : [])
    if (line !== topologyProblem) world.err(`vcpusched: ${safeText(line)}\n`);
}

/** Says why the topology is not known: vCPUs then stay where they may run now. */
export function tellTopologyProblem(
  { topologyProblem }: Snapshot,
  { quiet }: Pick<Settings, 'quiet'>,
  world: World,
): void {
  if (topologyProblem !== undefined && !quiet) world.err(`vcpusched: ${safeText(topologyProblem)}\n`);
}
