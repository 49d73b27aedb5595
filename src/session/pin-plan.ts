import type { Applied } from '../apply/apply-plan.ts';
import { intersect, without } from '../model/cpu-set.ts';
import type { Measured } from '../model/cycle-report.ts';
import { type VcpuLoad, vcpuKey } from '../model/host-load.ts';
import type { Plan } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isPermission } from '../virsh/failures.ts';
import type { BalanceSession, Known } from './balance-session.ts';
import type { PinSession } from './pin-session.ts';
import type { Held } from './rate-limit.ts';

/**
 * Carries a plan out. Where libvirt refuses a pCPU, or a pin fails, one more plan is made at once, without that pCPU and of
 * the vCPUs that were not tried yet: once, however much fails then. Where nobody may pin, or all of several pins fail, the
 * cause is no vCPU's own, and nothing more is tried.
 */
export async function pinPlan(
  plan: Plan,
  { measured, snapshot, held, decidedAtMs }: Basis,
  balance: Pick<BalanceSession, 'plan' | 'maxMoves'>,
  pins: Pick<PinSession, 'pin' | 'learn' | 'known'>,
): Promise<PinnedPlan> {
  const { maxMoves } = balance;
  const applied = await pins.pin(plan.moves, snapshot);
  const refused = pins.learn(applied, snapshot);
  const others = applied.filter((each) => !refused.includes(each));
  const took = others.filter(({ error }) => error === undefined);
  const hasFailed = ({ error, isWaiting }: Applied) =>
    error !== undefined && isWaiting !== true && !isPermission(error);
  const isHopeless = took.length === 0 && refused.length === 0 && applied.length > 1;
  const isDone = maxMoves !== undefined && took.length >= maxMoves;
  if (isDone || isHopeless || !applied.some(hasFailed)) return { plan, applied, refused };
  const rest = maxMoves === undefined ? undefined : maxMoves - took.length;
  const done = others.map(({ move, error }) => {
    const reason = error === undefined ? 'it was pinned just now' : 'it could not be pinned just now';
    return [vcpuKey(move), reason] as const;
  });
  const left = withoutRefused(afterPins(measured, took), snapshot, pins.known(snapshot));
  const next = balance.plan(left, decidedAtMs, new Map([...held, ...done]), rest);
  const more = await pins.pin(next.moves, snapshot);
  return {
    plan: { ...next, moves: [...plan.moves, ...next.moves], before: plan.before },
    applied: [...applied, ...more],
    refused: [...refused, ...pins.learn(more, snapshot)],
  };
}

/** What a plan was made of. */
type Basis = {
  readonly measured: Measured;
  readonly snapshot: Snapshot;
  readonly held: Held;
  readonly decidedAtMs: number;
};

/** A plan, and what became of each of its moves. */
type PinnedPlan = {
  readonly plan: Plan;
  readonly applied: readonly Applied[];
  /** those of them that have shown which pCPUs libvirt refuses */
  readonly refused: readonly Applied[];
};

/** The host as it is when those pins have taken. */
function afterPins(measured: Measured, took: readonly Applied[]): Measured {
  const now = new Map(took.map(({ move }) => [vcpuKey(move), move.to]));
  const vcpus = measured.load.vcpus.map((vcpu) => {
    const affinity = now.get(vcpuKey(vcpu));
    if (affinity === undefined) return vcpu;
    const { lastPcpu } = vcpu.placement;
    return {
      ...vcpu,
      placement: { affinity, lastPcpu: affinity.includes(lastPcpu) ? lastPcpu : (affinity[0] ?? lastPcpu) },
    };
  });
  return { ...measured, load: { ...measured.load, vcpus } };
}

/** Takes the pCPUs that libvirt has refused from those that vCPUs may be pinned to. */
function withoutRefused(measured: Measured, { domains }: Snapshot, { refused }: Known): Measured {
  const partitions = new Map(domains.map(({ uuid, bounds }) => [uuid, bounds.partition ?? '']));
  const vcpus = measured.load.vcpus.map((vcpu): VcpuLoad => {
    const out = refused?.get(partitions.get(vcpu.domain.uuid) ?? '');
    if (out === undefined || intersect(vcpu.allowed, out).length === 0) return vcpu;
    const allowed = without(vcpu.allowed, out);
    const none = allowed.length === 0 ? 'libvirt has refused all pCPUs that it may have' : undefined;
    return { ...vcpu, allowed, fixed: vcpu.fixed ?? none };
  });
  return { ...measured, load: { ...measured.load, vcpus } };
}
