import type { Applied } from '../apply/apply-plan.ts';
import { applyReconciled, type Ledger } from '../apply/apply-reconciled.ts';
import type { Settings } from '../config/settings.ts';
import { readOver } from '../host/read-pins.ts';
import type { PastMove } from '../model/past-move.ts';
import type { Move } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { counted } from '../render/figures.ts';
import { safeText } from '../render/safe-text.ts';
import { afterPins } from '../state/failure.ts';
import { changedPins, foreignReason, reconcile } from '../state/reconcile.ts';
import { recordIntent } from '../state/record-pins.ts';
import { holding, learnRefused, refusedPcpus } from '../state/refusals.ts';
import { sampleOf, snapshotOf } from '../state/sample.ts';
import { openStore } from '../state/store.ts';
import { type Context, createVirsh, stateLocation } from './context.ts';
import { readLastRun } from './last-run.ts';
import { pauseReader } from './pause-reader.ts';
import { heldIn, knownIn, type PinReader } from './read-pin-session.ts';
import { type Restored, type RestoreSettings, restorePins } from './restore-pins.ts';

/** The pins of one connection: the lock, the saved affinities, and the operations that pin and restore. */
export type PinSession = PinReader & {
  /**
   * Writes down what to go back to, and pins, after `held` has looked at the same snapshot. What libvirt does not
   * answer is an error here, and is followed further: its vCPUs are held until it is known what has become of it. A
   * domain that was started anew meanwhile, and is as it was started, is no result.
   */
  readonly pin: (moves: readonly Move[], snapshot: Snapshot) => Promise<readonly Applied[]>;
  /** Learns which pCPUs libvirt refuses; returns the results that tell of such, and will not be repeated. */
  readonly learn: (applied: readonly Applied[], snapshot: Snapshot) => readonly Applied[];
  /** Writes down what became of pins, with --since-last the sample too. */
  readonly recordOutcome: (
    applied: readonly Applied[],
    snapshot: Snapshot,
    pastMoves: readonly PastMove[],
  ) => Promise<void>;
  /** the sample that the last run has left for --since-last, where it can stand in for `first` */
  readonly lastSample: (first: Snapshot) => Snapshot | undefined;
  /** Waits for what libvirt has not answered yet, and returns what became of it. */
  readonly answered: () => Promise<readonly Applied[]>;
  /** Gives all vCPUs back the affinities that they had, or that they had before the last run. */
  readonly restore: (what?: 'all' | 'last-run') => Promise<Restored>;
  readonly close: () => Promise<void>;
};

type PinSettings = Pick<
  Settings,
  | 'virsh'
  | 'connect'
  | 'timeout'
  | 'stateDir'
  | 'foreign'
  | 'maintenance'
  | 'sinceLast'
  | 'window'
  | 'quiet'
  | 'verbose'
> &
  RestoreSettings;

/**
 * Takes the lock of a connection, and its saved state.
 * @param uri the connection as libvirt names it
 * @param command what the lock is taken for, for others to read
 * @throws {VcpuschedError} status 75 where another one pins there; 65, 77 or 1 where nothing can be kept
 */
export async function openPinSession(
  settings: PinSettings,
  context: Context,
  uri: string,
  command: string,
): Promise<PinSession> {
  const location = await stateLocation(settings, context, uri);
  const endMs = context.nowMs() + settings.timeout * 1000;
  const wait = async () => {
    await context.sleepUntil(Math.min(endMs, context.nowMs() + 100));
    return context.nowMs() < endMs && !context.signal.aborted;
  };
  const store = await openStore(location, command, wait, command === 'restore' ? 'restore' : 'pin');
  const virsh = createVirsh(settings, context, 'pin', store.lockFd);
  let state = store.state();
  const ledger: Ledger = {
    state: () => state,
    set: (next) => {
      state = next;
    },
    save: () => store.save(state),
  };
  /** domains whose last pin libvirt has not answered */
  const waiting = new Map<string, Promise<void>>();
  const answers: Applied[] = [];
  let asked: ReadonlySet<string> = new Set();

  function follow(open: readonly Applied[], late: Promise<readonly Applied[]>): void {
    const end = late.then(
      (results) => void answers.push(...results),
      (error) => void context.err(`vcpusched: ${safeText(String(error))}\n`),
    );
    for (const { uuid } of open.map(({ move }) => move.domain)) {
      const forget = () => void waiting.delete(uuid);
      waiting.set(uuid, end.then(forget));
    }
  }

  async function answered(): Promise<readonly Applied[]> {
    await Promise.all(waiting.values());
    return answers.splice(0);
  }

  /** Of a saved domain that is not among those seen libvirt is asked once whether it runs. */
  async function readMissing({ domains, leftAlone }: Snapshot): Promise<ReadonlySet<string>> {
    const seen = new Set([
      ...domains.map(({ uuid }) => uuid),
      ...leftAlone.map(({ domain: { uuid } }) => uuid),
    ]);
    const missing = state.vcpus.filter(
      ({ domain: { uuid }, goneAtMs }) => goneAtMs === undefined && !seen.has(uuid),
    );
    const refs = [...new Map(missing.map(({ domain }) => [domain.uuid, domain])).values()];
    const unasked = refs.filter(({ uuid }) => !asked.has(uuid));
    asked = new Set(refs.map(({ uuid }) => uuid));
    return unasked.length === 0 ? new Set() : readOver(virsh, unasked, context.signal);
  }

  return {
    held: async (snapshot) => {
      for (const { move, error } of answers.splice(0)) {
        if (error === undefined && !settings.quiet)
          context.err(`vcpusched: ${safeText(move.domain.name)} vCPU ${move.vcpu}: pinned after a wait\n`);
      }
      const over = await readMissing(snapshot);
      const saved = store.state();
      const before = state;
      state = reconcile(state, { ...snapshot, over }, context.date().getTime());
      if (state.refused !== undefined) state = { ...state, refused: holding(state.refused, snapshot) };
      if (changedPins(saved, state).length > 0 || state.vcpus.length < saved.vcpus.length)
        await store.save(state);
      const isTold = settings.foreign === 'respect' && !settings.quiet;
      for (const { domain, vcpu, foreign } of isTold ? changedPins(before, state) : [])
        if (foreign) context.err(`vcpusched: ${safeText(domain.name)} vCPU ${vcpu}: ${foreignReason}\n`);
      return heldIn(state, snapshot, settings.foreign, new Set(waiting.keys()));
    },
    pin: async (moves, snapshot) => {
      if (moves.length === 0) return [];
      state = recordIntent(state, moves, snapshot);
      await store.save(state);
      const { results, late } = await applyReconciled(virsh, moves, context, ledger, settings.foreign);
      const open = results.filter(({ isWaiting }) => isWaiting === true);
      if (late !== undefined) follow(open, late);
      const moot = results.filter(({ isMoot }) => isMoot === true);
      for (const { move, error } of settings.verbose ? moot : [])
        context.err(`${safeText(move.domain.name)} vCPU ${move.vcpu}: ${error}\n`);
      return results.filter((each) => !moot.includes(each));
    },
    learn: (applied, snapshot) => {
      const known = state.refused ?? [];
      const refused = learnRefused(known, applied, snapshot);
      if (refused.length === 0 && known.length === 0) return [];
      state = { ...state, refused };
      const pcpus = refusedPcpus(refused);
      const before = refusedPcpus(known);
      const isNew = [...pcpus].some(([name, set]) => set.length !== (before.get(name)?.length ?? 0));
      if (!isNew) return [];
      const out = new Map(
        snapshot.domains.map(({ uuid, bounds }) => [uuid, pcpus.get(bounds.partition ?? '')]),
      );
      return applied.filter(
        ({ move, error }) =>
          error !== undefined && move.to.some((cpu) => out.get(move.domain.uuid)?.includes(cpu)),
      );
    },
    known: (snapshot) => knownIn(state, snapshot),
    paused: pauseReader(settings, context, location),
    pastMoves: state.moves,
    recordOutcome: async (applied, snapshot, moves) => {
      state = { ...state, moves };
      if (settings.sinceLast) state = { ...state, sample: sampleOf(snapshot, location.boot, applied) };
      else if (applied.length === 0 && state.vcpus === store.state().vcpus) return;
      await store.save(state).catch((error) => {
        const took = applied.filter(({ error: failure }) => failure === undefined).length;
        throw took === 0
          ? error
          : afterPins(
              error,
              `${counted(took, 'vCPU')} ${took === 1 ? 'was' : 'were'} pinned`,
              "the affinities that were saved before are still there, and 'vcpusched restore' restores them",
            );
      });
    },
    lastSample: (first) => {
      if (!settings.sinceLast) return undefined;
      return snapshotOf(state.sample, first, location.boot, settings.window * 1000);
    },
    answered,
    restore: async (what = 'all') => {
      await answered();
      const lastRun = what === 'all' ? undefined : await readLastRun(location);
      return restorePins(settings, context, store, virsh, ledger, lastRun);
    },
    close: async () => {
      const late = await answered();
      try {
        if (late.length > 0) await store.save(state);
      } finally {
        await store.close();
      }
    },
  };
}
