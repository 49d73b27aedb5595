import { VcpuschedError } from '../errors.ts';
import { type CpuSet, formatCpuSet, sameCpus } from '../model/cpu-set.ts';
import type { Placement } from '../model/domain.ts';
import { groupBy } from '../model/group-by.ts';
import type { Pin } from '../model/pin.ts';
import type { Move } from '../model/plan.ts';
import { cutBatches, type Outcome, runBatch } from '../virsh/batch.ts';
import { vcpuinfo } from '../virsh/commands/vcpuinfo.ts';
import { vcpupin } from '../virsh/commands/vcpupin.ts';
import type { Virsh } from '../virsh/runner.ts';

/** What became of a pin: done when the host shows the affinity, else why not. */
export type Applied<P extends Pin = Move> = {
  readonly move: P;
  readonly error: string | undefined;
  /** the affinity that the host shows afterwards; undefined where it could not be read */
  readonly shown: CpuSet | undefined;
};

/**
 * Pins, then reads the affinities back in the same virsh process (one for a set of moves; more only where one
 * argument cannot hold them). Neither an exit status nor silence counts: a move is done when the host shows it.
 * There is no abort signal: a set that has begun is finished.
 */
export async function applyPlan<P extends Pin>(
  virsh: Virsh,
  moves: readonly P[],
): Promise<readonly Applied<P>[]> {
  const applied: Applied<P>[] = [];
  const domains = [...groupBy(moves, ({ domain }) => domain.uuid).values()];
  for (const group of cutBatches(domains, commandsOf)) applied.push(...(await pinGroup(virsh, group)));
  return applied;
}

/** The moves of one domain. */
type Moves<P extends Pin = Pin> = readonly [P, ...P[]];

const commandsOf = (moves: Moves) => [...pins(moves), readBack(moves)];
const pins = (moves: Moves) => moves.map((move) => vcpupin(move.domain.uuid, move.vcpu, move.to));
const readBack = ([first]: Moves) => vcpuinfo(first.domain.uuid);

async function pinGroup<P extends Pin>(
  virsh: Virsh,
  domains: readonly Moves<P>[],
): Promise<readonly Applied<P>[]> {
  const moves = domains.flat();
  const outcomes = await settle(virsh, [...domains.flatMap(pins), ...domains.map(readBack)]);
  const shown = new Map(domains.map(([{ domain }], i) => [domain.uuid, outcomes[moves.length + i]]));
  return moves.map((move, i) => {
    const seen = shown.get(move.domain.uuid);
    return { move, error: verdict(move, outcomes[i], seen), shown: affinityIn(seen, move) };
  });
}

/** A virsh that cannot be run or that hangs fails every move of its batch, with the same words. */
async function settle(
  virsh: Virsh,
  commands: Parameters<typeof runBatch>[1],
): Promise<readonly Outcome<unknown>[]> {
  try {
    return (await runBatch(virsh, commands)).outcomes;
  } catch (error) {
    if (!(error instanceof VcpuschedError)) throw error;
    return commands.map(() => ({ ok: false, error: error.message }));
  }
}

function verdict(
  move: Pin,
  pinned: Outcome<unknown> | undefined,
  shown: Outcome<unknown> | undefined,
): string | undefined {
  const complaint = pinned?.ok === false ? pinned.error : undefined;
  if (shown?.ok !== true) return complaint ?? shown?.error ?? 'virsh ended before it was read back';
  const affinity = affinityIn(shown, move);
  if (affinity !== undefined && sameCpus(affinity, move.to)) return undefined;
  return (
    complaint ??
    `the host shows its affinity as ${affinity === undefined ? 'unknown' : formatCpuSet(affinity)}`
  );
}

function affinityIn(shown: Outcome<unknown> | undefined, { vcpu }: Pin): CpuSet | undefined {
  if (shown?.ok !== true) return undefined;
  return (shown.value as ReadonlyMap<number, Placement>).get(vcpu)?.affinity;
}
