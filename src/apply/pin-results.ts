import { type CpuSet, formatCpuSet, sameCpus } from '../model/cpu-set.ts';
import type { Placement } from '../model/domain.ts';
import type { Pin, PinResult } from '../model/pin.ts';
import type { Outcome } from '../virsh/batch.ts';

/**
 * What became of the pins of one domain.
 * @param outcomes of `domid`, `vcpuinfo`, each pin, `vcpuinfo` and `domid`
 */
export function pinResults<P extends Pin>(
  pins: readonly P[],
  outcomes: readonly (Outcome<unknown> | undefined)[],
): readonly PinResult<P>[] {
  const [id, before, ...others] = outcomes;
  const [after, idAfter] = others.slice(pins.length);
  return pins.map((move, i) => ({
    move,
    error: errorOf(move, others[i], after),
    shown: affinityIn(after, move),
    found: { id: numberIn(id), affinity: affinityIn(before, move), idAfter: numberIn(idAfter) },
  }));
}

function errorOf(
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

function numberIn(id: Outcome<unknown> | undefined): number | undefined {
  return id?.ok === true ? (id.value as number | undefined) : undefined;
}
