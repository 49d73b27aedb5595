import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { readUri } from '../host/read-pins.ts';
import type { Place } from '../state/store.ts';
import { type Context, createVirsh, stateLocation } from './context.ts';

/**
 * Where the state of the connection is kept, for one who does not need libvirt: where it cannot be reached, the
 * connection is taken as it was given, or as the environment has it for virsh.
 */
export async function readConnection(settings: Settings, context: Context): Promise<Place> {
  const uri = await readUri(createVirsh(settings, context, 'read'), context.signal).catch((error) => {
    if (error instanceof VcpuschedError) return settings.connect ?? settings.configuration.uri;
    throw error;
  });
  return stateLocation(settings, context, uri);
}
