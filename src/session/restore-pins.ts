import type { Applied } from '../apply/apply-plan.ts';
import { applyReconciled, type Ledger } from '../apply/apply-reconciled.ts';
import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { readPins } from '../host/read-pins.ts';
import type { Pin } from '../model/pin.ts';
import { StateFailure } from '../state/failure.ts';
import { dropRestored, planRestore, type Restoring } from '../state/plan-restore.ts';
import { changedPins, reconcile, type Seen } from '../state/reconcile.ts';
import { recordIntent } from '../state/record-pins.ts';
import type { SavedState, SavedVcpu } from '../state/saved-state.ts';
import type { Store } from '../state/store.ts';
import type { Virsh } from '../virsh/runner.ts';
import type { Context } from './context.ts';
import type { LastRun } from './last-run.ts';

/**
 * Gives vCPUs the affinities that they had before vcpusched pinned them, in one virsh process that also reads them
 * back, and forgets those that took. A disk that takes nothing does not keep it from that: a second run finds the
 * vCPUs where they were.
 * @param lastRun the run to take back alone
 * @throws {VcpuschedError} where the host cannot be read
 */
export async function restorePins(
  settings: RestoreSettings,
  context: Pick<Context, 'date' | 'nowMs' | 'after'>,
  store: Store,
  virsh: Virsh,
  ledger: Ledger,
  lastRun?: LastRun,
): Promise<Restored> {
  const { state, seen, restoring } = await readRestore(settings, context, ledger.state(), virsh, lastRun);
  const { pins, back } = restoring;
  let unnoted: string | undefined;
  const save = async (next: SavedState) => {
    ledger.set(next);
    unnoted = await store.save(next).then(
      () => undefined,
      (error) => {
        if (!(error instanceof StateFailure)) throw error;
        return error.why;
      },
    );
  };
  const before = store.state();
  if (pins.length > 0) await save(recordIntent(state, pins, seen));
  else if (changedPins(before, state).length > 0 || state.vcpus.length < before.vcpus.length)
    await save(state);
  else ledger.set(state);
  const { results, late } = await applyReconciled(virsh, pins, context, ledger, settings.foreign);
  const applied = [...results.filter(({ isWaiting }) => isWaiting !== true), ...((await late) ?? [])];
  if (applied.length + back.length > 0) await save(dropRestored(ledger.state(), back, applied));
  await lastRun?.noteUndone(applied, context.date().getTime()).catch((error) => {
    if (!(error instanceof StateFailure)) throw error;
    unnoted ??= error.why;
  });
  return { ...restoring, applied, unnoted, damage: store.damage };
}

/** What was restored, and what was not. */
export type Restored = Restoring & {
  readonly applied: readonly Applied<Pin>[];
  /** why it could not be noted what was restored; undefined where it was */
  readonly unnoted: string | undefined;
  /** what of the saved state is damaged, and was not restored; undefined where nothing is */
  readonly damage: string | undefined;
};

export type RestoreSettings = Pick<Settings, 'domain' | 'exclude' | 'configuration' | 'foreign'>;

/** What there is to be put back. */
export async function readRestore(
  settings: RestoreSettings,
  context: Pick<Context, 'date'>,
  saved: SavedState,
  virsh: Virsh,
  lastRun?: LastRun,
): Promise<{ readonly state: SavedState; readonly seen: Seen; readonly restoring: Restoring }> {
  const refs = new Map(saved.vcpus.map(({ domain }) => [domain.uuid, domain]));
  const seen = await readPins(virsh, [...refs.values()]);
  const state = reconcile(saved, seen, context.date().getTime());
  const excluded = domainFilter(asked(settings, 'domain'), asked(settings, 'exclude'));
  const targetOf = (vcpu: SavedVcpu) => (lastRun === undefined ? vcpu.original : lastRun.before(vcpu));
  const isWanted = (vcpu: SavedVcpu) => excluded(vcpu.domain) === undefined && targetOf(vcpu) !== undefined;
  const target = (vcpu: SavedVcpu) => targetOf(vcpu) ?? vcpu.original;
  return { state, seen, restoring: planRestore(state, seen, isWanted, settings.foreign, target) };
}

/** A file says what is to be balanced; what it has come to exclude is still to be put back. */
function asked(settings: RestoreSettings, key: 'domain' | 'exclude'): readonly string[] {
  const source = settings.configuration.sources[key]?.kind ?? 'flag';
  return source === 'flag' ? settings[key] : [];
}
