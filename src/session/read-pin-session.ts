import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { PastMove } from '../model/past-move.ts';
import type { Pause } from '../model/pause.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { safeText } from '../render/safe-text.ts';
import { foreignReason, reconcile } from '../state/reconcile.ts';
import { holding, refusedPcpus } from '../state/refusals.ts';
import type { SavedState } from '../state/saved-state.ts';
import { readState } from '../state/store.ts';
import type { Known } from './balance-session.ts';
import { type Context, stateLocation } from './context.ts';
import { pauseReader } from './pause-reader.ts';
import type { Held } from './rate-limit.ts';

/**
 * The saved pins of a connection, for one that pins nothing. A state that cannot be read is told, and taken for none.
 * @param uri the connection as libvirt names it
 */
export async function readPinSession(
  { stateDir, foreign, maintenance }: Pick<Settings, 'stateDir' | 'foreign' | 'maintenance'>,
  context: Pick<Context, 'readFile' | 'stateDir' | 'date' | 'err'>,
  uri: string,
): Promise<PinReader> {
  const location = await stateLocation({ stateDir }, context, uri);
  const pause = pauseReader({ maintenance }, context, location);
  const paused = () =>
    pause().catch((error) => {
      if (!(error instanceof VcpuschedError)) throw error;
      context.err(`vcpusched: whether it is paused is not known: ${safeText(error.message)}\n`);
      return undefined;
    });
  const found = await readState(location).catch((error) => {
    if (!(error instanceof VcpuschedError)) throw error;
    context.err(`vcpusched: earlier pins are not known: ${safeText(error.message)}\n`);
    return undefined;
  });
  if (found === undefined) return { held: async () => new Map(), known: () => ({}), paused, pastMoves: [] };
  const { state } = found;
  return {
    known: (snapshot) => knownIn(state, snapshot),
    paused,
    pastMoves: state.moves,
    held: async (snapshot) => heldIn(reconcile(state, snapshot, context.date().getTime()), snapshot, foreign),
  };
}

/** What earlier pins of a connection mean for the next ones. */
export type PinReader = {
  /** what must be left as it is, by vCPU key, with the reason; a pin by somebody else is told when first seen */
  readonly held: (snapshot: Snapshot) => Promise<Held>;
  /** what is known of where vCPUs may be */
  readonly known: (snapshot: Snapshot) => Known;
  /** whether nothing is to be pinned for now */
  readonly paused: () => Promise<Pause | undefined>;
  /** the pins of the last hour that an earlier run has kept, oldest first */
  readonly pastMoves: readonly PastMove[];
};

/** What is known of where vCPUs may be, for a snapshot. */
export function knownIn({ vcpus, refused }: SavedState, snapshot: Snapshot): Known {
  const sets = new Map(vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu.set]));
  const originals = new Map(vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu.original]));
  return {
    refused: refusedPcpus(holding(refused ?? [], snapshot)),
    own: (key) => sets.get(key) ?? [],
    origin: (key) => originals.get(key),
  };
}

/** Of which start a domain is has to be known, or what to go back to could not be kept. */
export function heldIn(
  state: SavedState,
  { domains }: Snapshot,
  foreign: Settings['foreign'],
  busy: ReadonlySet<string> = new Set(),
): Held {
  const others = foreign === 'respect' ? state.vcpus.filter((vcpu) => vcpu.foreign) : [];
  const held = new Map<string, string>(others.map((vcpu) => [vcpuKey(vcpu), foreignReason]));
  for (const domain of domains) {
    const reason = busy.has(domain.uuid)
      ? 'libvirt is still busy with its last pin'
      : domain.id === undefined
        ? 'libvirt did not report its id'
        : undefined;
    if (reason === undefined) continue;
    for (const { number } of domain.vcpus) held.set(vcpuKey({ domain, vcpu: number }), reason);
  }
  return held;
}
