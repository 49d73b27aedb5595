import type { Applied } from '../apply/apply-plan.ts';
import { policies } from '../balance/policies/index.ts';
import type { Decide } from '../balance/policy.ts';
import type { Settings } from '../config/settings.ts';
import { settingFault, settingName } from '../config/source.ts';
import { type BackgroundMemory, backgroundOf, observeBackground } from '../host/background.ts';
import { measure, type Scope } from '../host/measure.ts';
import { rememberedLimits } from '../host/remembered-limits.ts';
import { type Coverage, coverageText, isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet, isSubset, without } from '../model/cpu-set.ts';
import type { Measured } from '../model/cycle-report.ts';
import type { ExplainedVcpu } from '../model/explained.ts';
import { type VcpuLoad, vcpuKey } from '../model/host-load.ts';
import type { PastMove } from '../model/past-move.ts';
import type { LeftAlone, LeftAloneKind, Plan } from '../model/plan.ts';
import type { PolicySettings } from '../model/policy-settings.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { foreignReason } from '../state/reconcile.ts';
import { type Held, inLastHour, rateLimit } from './rate-limit.ts';
import { unlessReversal } from './reversal.ts';
import { type ScopeSettings, scopeOf } from './scope.ts';

/**
 * Turns two samples into loads, and loads into a plan; remembers what the policy wants remembered, and what became
 * of the plans.
 */
export type BalanceSession = {
  /**
   * A window that begins as the last one did takes its place, with the next plan: the host was looked at again.
   * @throws {VcpuschedError} status 64 (65 by the configuration file) where --cpus names a pCPU that is not online from the start
   */
  readonly measure: (before: Snapshot, after: Snapshot, known?: Known) => Measured;
  /**
   * @param nowMs on the clock that past moves have
   * @param others vCPUs to be left as they are this time for reasons that are not known here
   * @param maxMoves where it is to be fewer than --max-moves
   */
  readonly plan: (measured: Measured, nowMs: number, others?: Held, maxMoves?: number) => Plan;
  /** --max-moves */
  readonly maxMoves: number | undefined;
  /** Is to be told, before the first plan, of the pins of the last hour that an earlier run has kept, oldest first. */
  readonly recall: (pastMoves: readonly PastMove[]) => void;
  /** Is to be told what became of a plan; returns those that --max-rate lets move no more. */
  readonly recordPins: (
    applied: readonly Pick<Applied, 'move' | 'error'>[],
    atMs: number,
  ) => readonly LeftAlone[];
  /** the pins of the last hour that took, oldest first: those recalled and those told of */
  readonly pastMoves: () => readonly PastMove[];
  /** how often and how soon a vCPU may move, and when it was */
  readonly moveLimits: (vcpu: VcpuLoad, nowMs: number) => MoveLimits;
  /** whether the last plan left out a vCPU that gets its turn again soon */
  readonly isAnyHeldForNow: () => boolean;
};

/** What is known from earlier pins of where vCPUs may be. */
export type Known = Pick<Scope, 'refused' | 'own' | 'origin'>;

type MoveLimits = Pick<ExplainedVcpu, 'moves' | 'maxRate' | 'cooldown'>;

type BalanceSettings = ScopeSettings &
  Omit<PolicySettings, 'urgency' | 'maxMoves' | 'movedLately'> &
  Pick<Settings, 'policy' | 'maxMoves' | 'maxRate' | 'cooldown'>;

/** @throws {VcpuschedError} status 64 for a policy that there is not */
export function balanceSession(
  settings: BalanceSettings,
  urgency: PolicySettings['urgency'],
): BalanceSession {
  const decide = policyNamed(settings);
  const scope = scopeOf(settings);
  const limits = rememberedLimits();
  const limit = rateLimit(settings.maxRate);
  const cooldown = {
    seconds: settings.cooldown,
    by: settingName(settings.configuration.sources, 'cooldown'),
  };
  let first = true;
  let background: BackgroundMemory | undefined;
  /** what was known when the window began that was measured last */
  let begun: { readonly before: Snapshot; readonly background: BackgroundMemory | undefined } | undefined;
  let isAgain = false;
  return {
    measure: (before, after, known = {}) => {
      if (first) checkCpus(settings, after.online);
      first = false;
      isAgain = begun?.before === before;
      if (begun === undefined || !isAgain) begun = { before, background };
      background = observeBackground(begun.background, before, after);
      return measure(before, after, { ...scope, ...known }, backgroundOf(background), limits);
    },
    plan: ({ load, leftAlone, coverage }, nowMs, others = new Map(), maxMoves = settings.maxMoves) => {
      const domains = new Map(load.vcpus.map((vcpu) => [vcpuKey(vcpu), vcpu.domain]));
      const { failed, held } = limit.next(
        nowMs,
        (key) => {
          const domain = domains.get(key);
          return (domain && scope.rule(domain).cooldown) ?? cooldown;
        },
        isAgain,
      );
      const heldReason = (vcpu: VcpuLoad) => {
        const key = vcpuKey(vcpu);
        // One that is where it may not run is moved all the same.
        const isAllowed = isSubset(vcpu.placement.affinity, vcpu.allowed);
        return others.get(key) ?? failed.get(key) ?? (isAllowed ? held.get(key) : undefined);
      };
      const heldKind = ({ domain, vcpu, reason }: LeftAlone): LeftAloneKind | undefined => {
        const key = vcpuKey({ domain, vcpu: vcpu ?? Number.NaN });
        if (others.get(key) === reason) return reason === foreignReason ? 'foreign' : 'busy';
        if (failed.get(key) === reason) return 'pin-failed';
        return held.get(key) === reason ? 'rate-limited' : undefined;
      };
      const vcpus = load.vcpus.map((vcpu) => ({ ...vcpu, fixed: vcpu.fixed ?? heldReason(vcpu) }));
      const host = { ...load, vcpus };
      const movedLately = new Set(inLastHour(limit.past(), nowMs).map(({ key }) => key));
      const decided = decide(host, { ...settings, maxMoves, urgency, movedLately }, isAgain);
      isAgain = false;
      const plan = unlessReversal(decided, limit.past());
      const told = new Set(leftAlone.map(keyOf));
      const isTold = (each: LeftAlone) =>
        told.has(keyOf(each)) || told.has(keyOf({ ...each, vcpu: undefined }));
      return {
        ...plan,
        ...concluded(plan, coverage),
        leftAlone: [
          ...leftAlone,
          ...plan.leftAlone
            .filter((each) => !isTold(each))
            .map((each) => ({ ...each, kind: heldKind(each) ?? each.kind })),
        ],
      };
    },
    maxMoves: settings.maxMoves,
    recall: limit.recall,
    recordPins: limit.add,
    pastMoves: limit.past,
    moveLimits: (vcpu, nowMs) => {
      const moves = limit.past().filter(({ key }) => key === vcpuKey(vcpu));
      const own = scope.rule(vcpu.domain).cooldown ?? cooldown;
      const lastMs = moves.at(-1)?.atMs;
      const leftMs = lastMs === undefined ? 0 : Math.max(0, own.seconds * 1000 - Math.abs(nowMs - lastMs));
      return { moves, maxRate: settings.maxRate, cooldown: { ...own, leftMs } };
    },
    isAnyHeldForNow: limit.isAnySoon,
  };
}

/** Says too where not all could be measured; a host of which too little is known is not balanced. */
function concluded({ summary, verdict, moves }: Plan, coverage: Coverage): Pick<Plan, 'summary' | 'verdict'> {
  if (moves.length === 0 && isTooLittle(coverage))
    return { summary: tooLittleText(coverage), verdict: { ...verdict, kind: 'unmeasured' } };
  const isWhole = coverage.measured === coverage.running;
  return { summary: isWhole ? summary : `${summary}; ${coverageText(coverage)}`, verdict };
}

/** Tells a domain, or a vCPU of it, from others. */
function keyOf({ domain, vcpu }: LeftAlone): string {
  return `${domain.uuid}/${vcpu ?? ''}`;
}

function policyNamed({ policy, configuration }: Pick<Settings, 'policy' | 'configuration'>): Decide {
  if (!Object.hasOwn(policies, policy)) {
    const message = `there is no '${policy}', but ${Object.keys(policies).join(', ')}`;
    throw settingFault(configuration.sources, 'policy', message);
  }
  return policies[policy as keyof typeof policies]();
}

function checkCpus({ cpus, configuration }: ScopeSettings, online: Snapshot['online']): void {
  const absent = without(cpus ?? [], online);
  if (absent.length === 0) return;
  const message = `pCPU ${formatCpuSet(absent)} is not online; online are ${formatCpuSet(online)}`;
  throw settingFault(configuration.sources, 'cpus', message);
}
