import type { Settings } from '../config/settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { World } from './world.ts';

/** Says what cannot be known of the host from here, though it would limit what may be done. */
export function tellUnknown({ isolated }: Snapshot, { cpus, quiet }: Settings, world: World): void {
  if (isolated !== undefined || cpus !== undefined || quiet) return;
  world.err(
    'vcpusched: which pCPUs are isolated is not known over a remote connection; --cpus says which to use\n',
  );
}
