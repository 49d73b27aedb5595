import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bandAround, isWithin } from '../../src/balance/bands.ts';
import { tuning } from '../../src/balance/constants.ts';
import {
  afterPlan,
  defaults,
  deviation,
  hostOf,
  loadsOf,
  mean,
  plainLoads,
  planFor,
  starvation,
  unevenness,
} from './support.ts';

const runs = { numRuns: 300 };

/** Settled vCPUs of one or more domains, some fixed, some with a smaller allowed set. */
const settledHost = fc.integer({ min: 1, max: 6 }).chain((pcpuCount) => {
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
        ...(fewer && { allowed: [...new Set([rest.on, ...fewer])] }),
      })),
    ),
  );
});

const before = (plan: ReturnType<typeof planFor>) => plan.before.map(({ loadPct }) => loadPct);

test('no plan leaves the host less even, and none lets more load starve', () => {
  fc.assert(
    fc.property(settledHost, fc.option(fc.integer({ min: 1, max: 5 })), (host, most) => {
      const plan = planFor(host, { maxMoves: most ?? undefined });
      expect(unevenness(loadsOf(plan))).toBeLessThanOrEqual(unevenness(before(plan)) + 1e-6);
      if (plan.moves.length > 0) expect(unevenness(loadsOf(plan))).toBeLessThan(unevenness(before(plan)));
      expect(starvation(loadsOf(plan))).toBeLessThanOrEqual(
        starvation(before(plan)) + tuning.sendHomeStarvationPoints + 1e-6,
      );
    }),
    runs,
  );
});

test('nothing moves while every load is in its band, none starves, and the deviation is small', () => {
  fc.assert(
    fc.property(settledHost, (host) => {
      const plan = planFor(host);
      const loads = before(plan);
      const within = isWithin(bandAround(mean(loads), defaults), plainLoads(loads));
      if (within && deviation(loads) <= tuning.deviationTriggerPoints && starvation(loads) === 0) {
        expect(plan.moves).toEqual([]);
      }
    }),
    runs,
  );
});

test('planning again on the result moves nothing', () => {
  fc.assert(
    fc.property(settledHost, (host) => {
      const plan = planFor(host);
      expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
    }),
    runs,
  );
});
