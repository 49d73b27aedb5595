import { vcpuKey } from '../../model/load.ts';
import { type Demand, demandAt } from '../demand.ts';
import { hashText, mix } from '../hash.ts';
import type { Host } from '../host.ts';

/** What a vCPU truly wants over a span, as only the model can know it. */
export type TrueDemand = TrueLoad & { readonly key: string; readonly uuid: string };

/** Something that runs on a pCPU. */
export type TrueLoad = {
  /** where it is */
  readonly pcpu: number;
  /** per cent of a pCPU, with its noise */
  readonly pct: number;
  /** the same without the noise: what a balancer could at best know in advance */
  readonly steadyPct: number;
};

/** The mean demand of each vCPU that runs, from now on for `spanNs`, in the host's order. */
export function trueDemands(host: Host, spanNs: number): readonly TrueDemand[] {
  return host.domains.flatMap((domain) => {
    if (domain.state !== 'running') return [];
    const seed = mix(host.seed, hashText(domain.uuid));
    return domain.vcpus
      .filter(({ online }) => online)
      .map(({ number, demand, pcpu }) => {
        const mean = (of: Demand) => meanDemand(of, host.nowNs, host.nowNs + spanNs, mix(seed, number));
        const key = vcpuKey({ domain, vcpu: number });
        return { key, uuid: domain.uuid, pcpu, ...bothWays(demand, mean) };
      });
  });
}

/** What the host itself is going to run on its pCPUs: nobody can move it, but it is in the way. */
export function backgroundDemands(host: Host, spanNs: number): readonly TrueLoad[] {
  return host.background.map(({ pcpu, demand }) => {
    const mean = (of: Demand) => meanDemand(of, host.nowNs, host.nowNs + spanNs, mix(host.seed, pcpu));
    return { pcpu, ...bothWays(demand, mean) };
  });
}

/** With its noise, and without. */
function bothWays(
  demand: Demand,
  mean: (of: Demand) => number,
): { readonly pct: number; readonly steadyPct: number } {
  const calm = steady(demand);
  const pct = mean(demand);
  return { pct, steadyPct: calm === demand ? pct : mean(calm) };
}

function steady(demand: Demand): Demand {
  return demand.kind === 'noisy' ? steady(demand.of) : demand;
}

function meanDemand(demand: Demand, fromNs: number, toNs: number, seed: number): number {
  let level = demandAt(demand, fromNs, seed);
  if (level.untilNs >= toNs) return level.pct;
  let sum = 0;
  for (let nowNs = fromNs; nowNs < toNs; ) {
    const untilNs = Math.min(toNs, level.untilNs);
    sum += level.pct * (untilNs - nowNs);
    nowNs = untilNs;
    level = demandAt(demand, nowNs, seed);
  }
  return sum / (toNs - fromNs);
}
