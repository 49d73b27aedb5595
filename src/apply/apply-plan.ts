import { formatCpuSet, sameCpus } from '../model/cpu-set.ts';
import type { Placement } from '../model/domain.ts';
import type { Move } from '../model/plan.ts';
import { cutBatches, type Outcome, runBatch } from '../virsh/batch.ts';
import type { Command } from '../virsh/command.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../virsh/commands/vcpupin.ts';
import type { Virsh } from '../virsh/runner.ts';

/** What became of a move: done when the host shows the affinity, else why not. */
export type Applied = { readonly move: Move; readonly error: string | undefined };

/**
 * Pins, then reads the affinities back in the same virsh process (one for a set of moves; more only where one
 * argument cannot hold them). Neither an exit status nor silence counts: a move is done when the host shows it.
 * There is no abort signal: a set that has begun is finished.
 */
export async function applyPlan(virsh: Virsh, moves: readonly Move[]): Promise<readonly Applied[]> {
  const applied: Applied[] = [];
  for (const batch of cutBatches(movesByDomain(moves).map((of) => stepsOf(of))))
    applied.push(...(await run(virsh, batch)));
  return applied;
}

type Step = Command<ReadonlyMap<number, Placement> | void> & {
  readonly moves: readonly Move[];
  readonly reads: boolean;
};

function movesByDomain(moves: readonly Move[]): readonly (readonly Move[])[] {
  const groups = new Map<string, Move[]>();
  for (const move of moves) groups.set(move.domain.uuid, [...(groups.get(move.domain.uuid) ?? []), move]);
  return [...groups.values()];
}

/** A domain's pins, then its reading, so that both land in the same batch. */
function stepsOf(moves: readonly Move[]): readonly Step[] {
  const uuid = moves[0]?.domain.uuid ?? '';
  const pins = moves.map((move) => ({ ...vcpupin(uuid, move.vcpu, move.to), moves: [move], reads: false }));
  return [...pins, { ...vcpuinfo(uuid), moves, reads: true }];
}

async function run(virsh: Virsh, steps: readonly Step[]): Promise<readonly Applied[]> {
  const outcomes = await outcomesOf(virsh, steps);
  const complaints = new Map<Move, string>();
  const applied: Applied[] = [];
  steps.forEach((step, i) => {
    const outcome = outcomes[i] ?? { ok: false, error: 'virsh ended before it' };
    if (step.reads) {
      applied.push(
        ...step.moves.map((move) => ({ move, error: verdict(move, outcome, complaints.get(move)) })),
      );
    } else if (!outcome.ok && step.moves[0] !== undefined) {
      complaints.set(step.moves[0], outcome.error);
    }
  });
  return applied;
}

/** A virsh that cannot be run or that hangs fails every move of its batch; what was pinned before is still told. */
async function outcomesOf(virsh: Virsh, steps: readonly Step[]): Promise<readonly Outcome<unknown>[]> {
  try {
    return (await runBatch(virsh, steps)).outcomes;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return steps.map(() => ({ ok: false, error: message }));
  }
}

function verdict(move: Move, readBack: Outcome<unknown>, complaint: string | undefined): string | undefined {
  if (!readBack.ok) return complaint ?? readBack.error;
  const shown = (readBack.value as ReadonlyMap<number, Placement>).get(move.vcpu)?.affinity;
  if (shown !== undefined && sameCpus(shown, move.to)) return undefined;
  return (
    complaint ?? `the host shows its affinity as ${shown === undefined ? 'unknown' : formatCpuSet(shown)}`
  );
}
