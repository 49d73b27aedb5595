import type { Settings } from '../config/settings.ts';
import type { PastMove } from '../model/past-move.ts';
import type { Holder } from '../state/lock.ts';
import { holderOf } from '../state/store.ts';
import { type Context, stateLocation } from './context.ts';
import type { Session } from './cycle.ts';
import { type PinReader, readPinSession } from './read-pin-session.ts';
import type { Connected } from './session-opener.ts';

/**
 * The same session, which reads with each sample what is saved of pins: another vcpusched may pin meanwhile.
 * @param session one that pins nothing
 */
export async function followPins(
  session: Session<PinReader> & Connected,
  settings: Pick<Settings, 'stateDir' | 'foreign' | 'maintenance'>,
  context: Pick<Context, 'readFile' | 'stateDir' | 'date' | 'err'>,
): Promise<Followed> {
  const place = await stateLocation(settings, context, session.uri);
  let pins = session.pins;
  let balancer: Holder | undefined;
  return {
    session: {
      ...session,
      sample: async (look) => {
        const snapshot = await session.sample(look);
        const latestMs = pins.pastMoves.at(-1)?.atMs;
        pins = await readPinSession(settings, context, session.uri);
        balancer = await holderOf(place);
        session.balance.recall(pins.pastMoves);
        // What was pinned since would seem to be somebody else's where it was before.
        const isMoved = pins.pastMoves.at(-1)?.atMs !== latestMs;
        return isMoved && snapshot.arePlacesOld === true ? session.sample('all') : snapshot;
      },
      pins: {
        held: (snapshot) => pins.held(snapshot),
        known: (snapshot) => pins.known(snapshot),
        paused: () => pins.paused(),
      },
    },
    pastMoves: () => pins.pastMoves,
    balancer: () => balancer,
  };
}

export type Followed = {
  readonly session: Session<Omit<PinReader, 'pastMoves'>>;
  /** the pins of the last hour that were saved, oldest first */
  readonly pastMoves: () => readonly PastMove[];
  /** who pins there now */
  readonly balancer: () => Holder | undefined;
};
