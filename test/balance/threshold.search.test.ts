import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { forbidden, starvation, unevenness } from './oracles.ts';
import { afterPlan, hostOf, loadsOf, planFor } from './support.ts';

const runs = { numRuns: 300 };

/** Pinned vCPUs of one or more domains, some fixed, some with a smaller allowed set. */
const pinnedHost = fc.integer({ min: 1, max: 6 }).chain((pcpuCount) => {
  const pcpu = fc.integer({ min: 0, max: pcpuCount - 1 });
  const wish = fc.record(
    {
      demand: fc.integer({ min: 0, max: 100 }),
      on: pcpu,
      domain: fc.constantFrom('a', 'b', 'c'),
      fixed: fc.constant('by hand'),
      fewer: fc.uniqueArray(pcpu, { minLength: 1 }),
    },
    { requiredKeys: ['demand', 'on'] },
  );
  return fc.array(wish, { maxLength: 24 }).map((wishes) =>
    hostOf(
      pcpuCount,
      wishes.map(({ fewer, ...rest }) => ({
        ...rest,
        ...(fewer && { allowed: [...new Set([rest.on, ...fewer])].sort((a, b) => a - b) }),
      })),
    ),
  );
});

const before = (plan: ReturnType<typeof planFor>) => plan.before.map(({ loadPct }) => loadPct);

test('no plan leaves the host less even, and none lets more load starve', () => {
  fc.assert(
    fc.property(pinnedHost, fc.option(fc.integer({ min: 1, max: 5 })), (host, most) => {
      const plan = planFor(host, { maxMoves: most ?? undefined });
      const more = plan.moves.length > 0 ? -1e-6 : 0;
      expect(unevenness(loadsOf(plan))).toBeLessThanOrEqual(unevenness(before(plan)) + more);
      expect(starvation(loadsOf(plan))).toBeLessThanOrEqual(starvation(before(plan)) + 1e-6);
      expect(forbidden(host, plan)).toEqual([]);
      expect(plan.moves.length).toBeLessThanOrEqual(most ?? host.vcpus.length);
    }),
    runs,
  );
});

test('nothing moves while every load is in its band, none starves, and the deviation is small', () => {
  const calm = fc
    .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 4 }))
    .chain(([pcpus, demand, each]) =>
      fc.array(fc.integer({ min: -2, max: 2 }), { minLength: pcpus, maxLength: pcpus }).map((off) =>
        hostOf(
          pcpus,
          off.flatMap((points, on) =>
            Array.from({ length: each }, () => ({ demand: demand + 5 + points / each, on })),
          ),
        ),
      ),
    );
  fc.assert(
    fc.property(calm, (host) => {
      const plan = planFor(host);
      expect([plan.moves, plan.verdict.kind]).toEqual([[], 'balanced']);
    }),
    runs,
  );
});

test('planning again on the result moves nothing', () => {
  fc.assert(
    fc.property(pinnedHost, (host) => {
      const plan = planFor(host);
      expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
    }),
    runs,
  );
});
