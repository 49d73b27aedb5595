import type { CpuSet } from './cpu-set.ts';
import type { DomainRef } from './domain.ts';
import type { Pin } from './pin.ts';

/** One pin to be set by a plan. */
export type Move = Pin & {
  /** `place`: it had no single allowed pCPU of its own; `swap`: another takes its place; `move`: all else */
  readonly kind: (typeof moveKinds)[number];
  /** per cent of a pCPU, as the policy estimated it */
  readonly demandPct: number;
  readonly reason: string;
};

export const moveKinds = ['place', 'move', 'swap'] as const;

/** A domain, or one vCPU of it, that is not moved although one might expect it, and why. */
export type LeftAlone = {
  readonly domain: DomainRef;
  /** undefined: the whole domain */
  readonly vcpu: number | undefined;
  /** undefined where nobody counts them: in a recording, and for restore */
  readonly kind?: LeftAloneKind | undefined;
  readonly reason: string;
};

/**
 * What kind of reason it is:
 * - `not-running`: the domain is paused, or changing its state
 * - `unknown`: what libvirt says of the domain cannot be relied on, or is not known yet
 * - `excluded`: the settings say so
 * - `unmanaged`: the metadata of the domain say so
 * - `limited`: there is no pCPU that it could be moved to
 * - `unmeasured`: what it demands, or where it runs, is not known
 * - `foreign`: somebody else has pinned it
 * - `busy`: libvirt is busy with the domain, or does not report its id
 * - `pin-failed`: its last pin failed
 * - `rate-limited`: it has moved too often or just now
 * - `policy`: the policy leaves it where it is for now
 */
export type LeftAloneKind = (typeof leftAloneKinds)[number];
export const leftAloneKinds = [
  'not-running',
  'unknown',
  'excluded',
  'unmanaged',
  'limited',
  'unmeasured',
  'foreign',
  'busy',
  'pin-failed',
  'rate-limited',
  'policy',
] as const;

/**
 * The load of a pCPU, or of several that vCPUs are pinned to as one: the sum of the estimated demands on them and of
 * what the host itself does there, by their number; above 100 some vCPU has to wait.
 */
export type PlannedLoad = {
  readonly cpus: CpuSet;
  readonly loadPct: number;
  /** what of the load is the host's own: no vCPU's demand */
  readonly backgroundPct: number;
  readonly vcpus: number;
};

/**
 * - `moves`: something is pinned
 * - `balanced`: nothing to do
 * - `overloaded`: nothing to do either, as it is even, but more is wanted than there is CPU time
 * - `no-gain`: no move, swap or plan gains what its pins cost, or surely so
 * - `cautious-loss`: a plan would gain by the open reading of demand, and not enough by the closed one
 * - `waits`: a plan would gain, and has to do so for some cycles more
 * - `over-budget`: a plan needs more pins than --max-moves leaves
 * - `held-back`: a plan would only take back the last moves
 * - `unusable`: there is no pCPU to use
 * - `unmeasured`: too few vCPUs could be measured to say anything
 * - `rule`: what a plain policy says of its rule
 */
export type VerdictKind = (typeof verdictKinds)[number];
export const verdictKinds = [
  'moves',
  'balanced',
  'overloaded',
  'no-gain',
  'cautious-loss',
  'waits',
  'over-budget',
  'held-back',
  'unusable',
  'unmeasured',
  'rule',
] as const;

/** What was decided on a part of the host that is balanced for itself. */
export type ComponentVerdict = {
  readonly kind: VerdictKind;
  /** one sentence with its figures */
  readonly text: string;
  /** the pCPUs of the part */
  readonly cpus: CpuSet;
  /** their loads before, in per cent of a pCPU */
  readonly leastPct: number;
  readonly mostPct: number;
  readonly meanPct: number;
  /** weighted loads that need nothing done; undefined for policies that have no band */
  readonly band: { readonly lowPct: number; readonly highPct: number } | undefined;
  /** the plan that was judged; undefined where none was made */
  readonly proposal:
    | {
        readonly pins: number;
        /** by how much it lowers imbalance and starvation, in points squared, by the open and by the closed reading */
        readonly gain: number;
        readonly cautiousGain: number;
        readonly stdError: number;
        /** the imbalance that it leaves, for each pCPU: the variance of the loads after it */
        readonly unevenPerPcpu: number;
        /** what its pins have to gain */
        readonly price: number;
      }
    | undefined;
  /** of a plan that waits: for how many cycles it has, and for how many it has to if nothing changes */
  readonly waited: { readonly cycles: number; readonly of: number } | undefined;
};

/** What was decided, in all and on each part of the host. */
export type Verdict = { readonly kind: VerdictKind; readonly components: readonly ComponentVerdict[] };

export type Plan = {
  readonly moves: readonly Move[];
  /** one sentence: why these moves, or why none */
  readonly summary: string;
  /** the same with its figures, for each part of the host */
  readonly verdict: Verdict;
  /** whether what the moves gain is more than noise can make it seem */
  readonly isCertain: boolean;
  /** per usable pCPU, or per unit of them; ascending */
  readonly before: readonly PlannedLoad[];
  readonly after: readonly PlannedLoad[];
  /** after the best plan that was found, whether it is carried out or not; as `after` where none was looked for */
  readonly best: readonly PlannedLoad[];
  readonly leftAlone: readonly LeftAlone[];
};
