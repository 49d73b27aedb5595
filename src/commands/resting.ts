import type { Applied } from '../apply/apply-plan.ts';
import { vcpuKey } from '../model/load.ts';

/** vCPUs whose pin failed: left as they are for a few cycles, so that a plan without them gets its turn. */
export type Resting = {
  readonly add: (applied: readonly Applied[], cycle: number) => void;
  /** by vCPU key, why each is to be left as it is in that cycle */
  readonly inCycle: (cycle: number) => ReadonlyMap<string, string>;
};

const restCycles = 5;

export function restingVcpus(): Resting {
  const failed = new Map<string, { readonly until: number; readonly reason: string }>();
  return {
    add: (applied, cycle) => {
      for (const { move, error } of applied) {
        if (error === undefined) continue;
        failed.set(vcpuKey(move), { until: cycle + restCycles, reason: `its last pin failed: ${error}` });
      }
    },
    inCycle: (cycle) => {
      for (const [key, { until }] of failed) if (cycle > until) failed.delete(key);
      return new Map([...failed].map(([key, { reason }]) => [key, reason]));
    },
  };
}
