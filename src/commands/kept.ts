import { type Applied, applyPlan } from '../apply/apply-plan.ts';
import type { Settings } from '../config/settings.ts';
import { VcpuschedError } from '../errors.ts';
import { vcpuKey } from '../model/load.ts';
import type { LeftAlone, Move } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { safeText } from '../render/safe-text.ts';
import { foreignReason, lookAt, news, pinsAhead, pinsSet } from '../state/pins.ts';
import { sampleOf, snapshotOf } from '../state/sample.ts';
import type { SavedState } from '../state/saved-state.ts';
import { openStore, type Place, peekAt, type Store } from '../state/store.ts';
import type { Decider } from './decider.ts';
import { virshOf } from './gather.ts';
import { type PutBack, putBack } from './put-back.ts';
import type { Held } from './restraint.ts';
import type { World } from './world.ts';

/** What vcpusched has done on a connection so far, and the only way to do more. */
export type Kept = {
  /** what must be left as it is, by vCPU key, with the reason; a pin by somebody else is told when first seen */
  readonly held: (snapshot: Snapshot) => Promise<Held>;
  /** Writes down what to go back to, and pins. */
  readonly pin: (moves: readonly Move[], snapshot: Snapshot) => Promise<readonly Applied[]>;
  /** Writes down what became of pins, with --since-last the sample too. */
  readonly took: (applied: readonly Applied[], snapshot: Snapshot) => Promise<void>;
  /** the sample that the last run has left for --since-last, where it can stand in for `first` */
  readonly lastSample: (first: Snapshot) => Snapshot | undefined;
  /** Gives all vCPUs back the affinities that they had. */
  readonly putBack: () => Promise<PutBack>;
  readonly close: () => Promise<void>;
};

/**
 * @param uri the connection as libvirt names it
 * @param command what the lock is taken for, for others to read
 * @throws {VcpuschedError} status 75 where another one pins there; 65, 77 or 1 where nothing can be kept
 */
export async function openKept(
  settings: Settings,
  world: World,
  uri: string,
  command: string,
  decide: Decider,
): Promise<Kept> {
  const { boot } = await placeOf(settings, world, uri);
  const store = await openStoreOf(settings, world, uri, command);
  const virsh = virshOf(settings, world, 'pin', store.lockFd);
  decide.recall(store.state().moves);
  return {
    held: async (snapshot) => {
      const state = lookAt(store.state(), snapshot);
      const changed = news(store.state(), state);
      if (changed.length > 0) await store.save(state);
      const foreign = changed.filter((vcpu) => vcpu.foreign);
      if (settings.foreign === 'respect' && !settings.quiet) tellForeign(foreign, world);
      return heldIn(state, snapshot, settings);
    },
    pin: async (moves, snapshot) => {
      if (moves.length === 0) return [];
      await store.save(pinsAhead(lookAt(store.state(), snapshot), moves, snapshot));
      return applyPlan(virsh, moves);
    },
    took: async (applied, snapshot) => {
      const state = { ...pinsSet(store.state(), applied), moves: decide.pastMoves() };
      if (settings.sinceLast) await store.save({ ...state, sample: sampleOf(snapshot, boot) });
      else if (applied.length > 0) await store.save(state);
    },
    lastSample: (first) => {
      if (!settings.sinceLast) return undefined;
      return snapshotOf(store.state().sample, first, boot, settings.window * 1000);
    },
    putBack: () => putBack(settings, store, virsh),
    close: store.close,
  };
}

/** The same for one who pins nothing: what there is is taken into account if it can be read. */
export async function peekKept(
  settings: Settings,
  world: World,
  uri: string,
  decide: Decider,
): Promise<Pick<Kept, 'held'>> {
  const state = await peekAt(await placeOf(settings, world, uri)).catch((error) => {
    if (!(error instanceof VcpuschedError)) throw error;
    world.err(`vcpusched: earlier pins are not known: ${safeText(error.message)}\n`);
    return undefined;
  });
  if (state === undefined) return { held: async () => new Map() };
  decide.recall(state.moves);
  return { held: async (snapshot) => heldIn(lookAt(state, snapshot), snapshot, settings) };
}

/** @throws {VcpuschedError} as openKept */
export async function openStoreOf(
  settings: Settings,
  world: World,
  uri: string,
  command: string,
): Promise<Store> {
  const endMs = world.nowMs() + settings.timeout * 1000;
  return openStore(await placeOf(settings, world, uri), command, async () => {
    await world.sleepUntil(Math.min(endMs, world.nowMs() + 100));
    return world.nowMs() < endMs && !world.signal.aborted;
  });
}

/**
 * Which state it is.
 * @source random(4), boot_id
 */
export async function placeOf(settings: Settings, world: World, uri: string): Promise<Place> {
  const boot = (await world.readFile('/proc/sys/kernel/random/boot_id'))?.trim() || undefined;
  return { stateDir: settings.stateDir ?? world.stateDir, uri, boot };
}

/** Of which start a domain is has to be known, or what to go back to could not be kept. */
function heldIn(state: SavedState, { domains }: Snapshot, { foreign }: Settings): Held {
  const others = foreign === 'respect' ? state.vcpus.filter((vcpu) => vcpu.foreign) : [];
  const unknown = domains.filter(({ id }) => id === undefined);
  return new Map([
    ...others.map((vcpu) => [vcpuKey(vcpu), foreignReason] as const),
    ...unknown.flatMap((domain) =>
      domain.vcpus.map(
        ({ number }) => [vcpuKey({ domain, vcpu: number }), 'libvirt did not tell its id'] as const,
      ),
    ),
  ]);
}

function tellForeign(vcpus: readonly Pick<LeftAlone, 'domain' | 'vcpu'>[], world: World): void {
  for (const { domain, vcpu } of vcpus) {
    world.err(`vcpusched: ${safeText(domain.name)} vCPU ${vcpu}: ${foreignReason}\n`);
  }
}
