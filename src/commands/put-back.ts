import { type Applied, applyPlan } from '../apply/apply-plan.ts';
import { domainFilter } from '../config/domain-filter.ts';
import type { Settings } from '../config/settings.ts';
import { type ExitStatus, exitStatus } from '../errors.ts';
import { readPins } from '../host/read-pins.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { Pin } from '../model/pin.ts';
import { counted } from '../render/figures.ts';
import { safeText } from '../render/safe-text.ts';
import { lookAt, pinsAhead, pinsSet, type Seen } from '../state/pins.ts';
import { forgetBack, planRestore, type Restoring } from '../state/restoring.ts';
import type { SavedState } from '../state/saved-state.ts';
import type { Store } from '../state/store.ts';
import type { Virsh } from '../virsh/runner.ts';
import { statusOf } from './report.ts';
import type { World } from './world.ts';

/** What was put back, and what was not. */
export type PutBack = Restoring & { readonly applied: readonly Applied<Pin>[] };

/**
 * Gives vCPUs the affinities that they had before vcpusched pinned them, in one virsh process that also reads them
 * back, and forgets those that took.
 * @throws {VcpuschedError} where the host cannot be read, or the state not be written
 */
export async function putBack(settings: Settings, store: Store, virsh: Virsh): Promise<PutBack> {
  const { state, seen, restoring } = await lookBack(settings, store.state(), virsh);
  if (restoring.pins.length > 0) await store.save(pinsAhead(state, restoring.pins, seen));
  else if (state.vcpus.length < store.state().vcpus.length) await store.save(state);
  const applied = restoring.pins.length > 0 ? await applyPlan(virsh, restoring.pins) : [];
  if (applied.length + restoring.back.length > 0) {
    await store.save(forgetBack(pinsSet(store.state(), applied), restoring.back, applied));
  }
  return { ...restoring, applied };
}

/** What there is to be put back. */
export async function lookBack(
  settings: Settings,
  saved: SavedState,
  virsh: Virsh,
): Promise<{ readonly state: SavedState; readonly seen: Seen; readonly restoring: Restoring }> {
  const refs = new Map(saved.vcpus.map(({ domain }) => [domain.uuid, domain]));
  const seen = await readPins(virsh, [...refs.values()]);
  const state = lookAt(saved, seen);
  const excluded = domainFilter(asked(settings, 'domain'), asked(settings, 'exclude'));
  const isWanted = ({ domain }: SavedState['vcpus'][number]) => excluded(domain) === undefined;
  return { state, seen, restoring: planRestore(state, seen, isWanted, settings.foreign) };
}

/** A file says what is to be balanced; what it has come to exclude is still to be put back. */
function asked(settings: Settings, key: 'domain' | 'exclude'): readonly string[] {
  const source = settings.configuration.sources[key]?.kind ?? 'flag';
  return source === 'flag' ? settings[key] : [];
}

/** Tells on stderr what was not put back and, with --verbose, what was; returns a line that sums it up. */
export function tellPutBack(
  { applied, foreign, stuck }: PutBack,
  { verbose, quiet }: Settings,
  { err }: World,
): string {
  for (const { move, error } of applied) {
    const what = `${named(move)}, pCPU ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`;
    if (error !== undefined) err(`vcpusched: not restored: ${what}: ${safeText(error)}\n`);
    else if (verbose) err(`${what}: restored\n`);
  }
  for (const each of stuck) err(`vcpusched: not restored: ${named(each)}: ${each.reason}\n`);
  for (const each of quiet ? [] : foreign) err(`vcpusched: left alone: ${named(each)}: ${each.reason}\n`);
  const failed = applied.filter(({ error }) => error !== undefined).length;
  if (applied.length === 0) return 'nothing to restore';
  return `restored ${counted(applied.length - failed, 'vCPU')}${failed > 0 ? `, ${failed} failed` : ''}`;
}

export function statusOfPutBack({ applied, stuck }: PutBack): ExitStatus {
  return stuck.length > 0 ? exitStatus.failed : statusOf(applied);
}

function named({
  domain,
  vcpu,
}: {
  readonly domain: Pin['domain'];
  readonly vcpu: number | undefined;
}): string {
  return `${safeText(domain.name)} vCPU ${vcpu}`;
}
