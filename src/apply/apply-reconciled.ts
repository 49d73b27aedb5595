import type { CpuSet } from '../model/cpu-set.ts';
import { vcpuKey } from '../model/host-load.ts';
import type { Pin } from '../model/pin.ts';
import { StateFailure } from '../state/failure.ts';
import {
  findMistakes,
  type Mistake,
  recordMistakes,
  recordResult,
  recordUndone,
} from '../state/record-pins.ts';
import type { SavedState } from '../state/saved-state.ts';
import { runBatch } from '../virsh/batch.ts';
import { nodecpumap } from '../virsh/commands/nodecpumap.ts';
import type { Virsh } from '../virsh/runner.ts';
import { type Application, type Applied, applyPlan } from './apply-plan.ts';
import type { Clock } from './follow-batch.ts';

/** What is kept, as the pins go on. */
export type Ledger = {
  readonly state: () => SavedState;
  readonly set: (state: SavedState) => void;
  /** @throws {StateFailure} where it cannot be written */
  readonly save: () => Promise<void>;
};

/**
 * Pins, takes back what turns out to have met another start of a domain or another's pin, and keeps account of it.
 * @param ledger its state is the one before the pins, with what is intended
 * @param foreign `adopt`: a pin by somebody else is no mistake
 */
export async function applyReconciled<P extends Pin>(
  virsh: Virsh,
  pins: readonly P[],
  clock: Clock,
  ledger: Ledger,
  foreign: 'respect' | 'adopt',
): Promise<Application<P>> {
  /** Those that count. Where another affinity is seen, a pCPU can have gone offline since the look. */
  async function findOurs(results: readonly Applied<P>[]): Promise<readonly Mistake[]> {
    const found = findMistakes(ledger.state(), results).filter(
      ({ kind }) => kind === 'restarted' || foreign === 'respect',
    );
    if (found.every(({ kind }) => kind === 'restarted')) return found;
    return findMistakes(ledger.state(), results, await readOnline(virsh));
  }

  async function settled(results: readonly Applied<P>[]): Promise<readonly Applied<P>[]> {
    const mistakes = await findOurs(results);
    ledger.set(recordMistakes(recordResult(ledger.state(), results), mistakes));
    if (mistakes.length === 0) return results;
    await ledger.save().catch((error) => {
      // The pins have to be taken back all the same; that it could not be noted is said at the end.
      if (!(error instanceof StateFailure)) throw error;
    });
    const { results: first, late } = await applyPlan(
      virsh,
      mistakes.flatMap(({ undo }) => undo ?? []),
      clock,
    );
    const undone = late === undefined ? first : [...first, ...(await late)];
    ledger.set(recordUndone(ledger.state(), mistakes, undone));
    return results.map((result) => withMistake(result, mistakes, undone));
  }
  const { results, late } = await applyPlan(virsh, pins, clock);
  return { results: await settled(results), late: late?.then(settled) };
}

/** The pCPUs that are online now; undefined where libvirt does not tell. */
async function readOnline(virsh: Virsh): Promise<CpuSet | undefined> {
  const answer = await runBatch(virsh, [nodecpumap]).catch(() => undefined);
  return answer?.outcomes[0].ok ? answer.outcomes[0].value.map : undefined;
}

function withMistake<P extends Pin>(
  result: Applied<P>,
  mistakes: readonly Mistake[],
  undone: readonly Applied<Pin>[],
): Applied<P> {
  const mistake = mistakes.find((each) => each.result === result);
  if (mistake === undefined) return result;
  const what =
    mistake.kind === 'restarted'
      ? 'the domain was started anew meanwhile'
      : 'somebody else pinned it meanwhile';
  const last = undone.findLast(({ move }) => vcpuKey(move) === vcpuKey(result.move));
  const back =
    mistake.undo === undefined
      ? ''
      : last?.error === undefined
        ? ': it has its affinity back'
        : `: its affinity could not be restored: ${last.error}`;
  const isLeft = mistake.undo === undefined ? result.shown === undefined : last?.error !== undefined;
  const isMoot = mistake.kind === 'restarted' && !isLeft;
  return { ...result, error: `${what}${back}`, shown: undefined, isMoot };
}
