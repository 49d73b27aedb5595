import * as fc from 'fast-check';
import { policies } from '../../../src/balance/policies/index.ts';
import type { HostLoad } from '../../../src/model/host-load.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { PolicySettings } from '../../../src/model/policy-settings.ts';
import { afterPlan, defaults, hostOf, type Wish } from '../support.ts';

export type PolicyName = keyof typeof policies;

export function decided(policy: PolicyName, host: HostLoad, settings: Partial<PolicySettings> = {}): Plan {
  return policies[policy]()(host, { ...defaults, ...settings });
}

/** The plans of cycle after cycle on a host whose demands stay, until there is nothing to do; at most `most`. */
export function cycles(
  policy: PolicyName,
  host: HostLoad,
  settings: Partial<PolicySettings> = {},
  most = 100,
): { readonly plans: readonly Plan[]; readonly host: HostLoad } {
  const decide = policies[policy]();
  const plans: Plan[] = [];
  let now = host;
  while (plans.length < most) {
    const plan = decide(now, { ...defaults, ...settings });
    if (plan.moves.length === 0) break;
    plans.push(plan);
    now = afterPlan(now, plan);
  }
  return { plans, host: now };
}

/** The moves as `d0002: 0-3 > 1`. */
export function movesOf({ moves }: Plan): readonly string[] {
  return moves.map(({ domain, from, to }) => `${domain.name}: ${from.join()} > ${to.join()}`);
}

/** How many vCPUs count on each pCPU. */
export function countsOf(plan: Plan): readonly number[] {
  return plan.after.map(({ vcpus }) => vcpus);
}

/** Any host: pinned, floating, misplaced, excluded, constrained and unread vCPUs, alone or several to a domain. */
export const anyHost: fc.Arbitrary<HostLoad> = fc.integer({ min: 1, max: 6 }).chain((pcpus) => {
  const pcpu = fc.integer({ min: 0, max: pcpus - 1 });
  const some = fc.uniqueArray(pcpu, { minLength: 1 }).map((set) => set.toSorted((a, b) => a - b));
  const rarely = <T>(value: T) => fc.option(fc.constant(value), { freq: 6, nil: undefined });
  const wish = fc.record({
    demand: fc.integer({ min: 0, max: 100 }),
    on: fc.oneof(pcpu, some, fc.constant([0, 9])),
    last: pcpu,
    domain: fc.option(fc.constantFrom('twin', 'triplet'), { nil: undefined }),
    allowed: fc.option(some, { nil: undefined }),
    fixed: rarely('excluded'),
    reading: rarely({ kind: 'missing', reason: 'its time is not told' } as const),
  });
  return fc.array(wish, { maxLength: 14 }).map((wishes) =>
    hostOf(
      pcpus,
      wishes.map(
        ({ domain, allowed, fixed, reading, ...rest }): Wish => ({
          ...rest,
          last: typeof rest.on === 'number' ? rest.on : rest.last,
          ...(domain && { domain }),
          ...(allowed && { allowed }),
          ...(fixed && { fixed }),
          ...(reading && { reading }),
        }),
      ),
    ),
  );
});
