import fc from 'fast-check';
import type { Task } from '../../../src/simulate/score/task.ts';

/** Demands of which some may be put only on some of the pCPUs; several share one set, as on a real host. */
export function tasks(most: { readonly maxDemands: number; readonly maxPcpus: number }): fc.Arbitrary<Task> {
  return fc.integer({ min: 1, max: most.maxPcpus }).chain((count) => {
    const pcpus = Array.from({ length: count }, (_, pcpu) => pcpu);
    const sets = fc.array(fc.subarray(pcpus, { minLength: 1 }), { minLength: 1, maxLength: 3 });
    const base = fc.array(fc.constantFrom(0, 0, 0, 20, 70), { minLength: count, maxLength: count });
    const demand = fc.tuple(fc.double({ min: 0, max: 100, noNaN: true }), fc.nat({ max: 3 }));
    return fc
      .tuple(sets, base, fc.array(demand, { maxLength: most.maxDemands }))
      .map(([chosen, loads, wanted]) => ({
        demands: wanted.map(([pct]) => pct),
        base: loads,
        allowed: wanted.map(([, which]) => chosen[which]),
      }));
  });
}
