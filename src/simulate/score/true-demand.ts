import { vcpuKey } from '../../model/load.ts';
import { type Demand, demandAt } from '../demand.ts';
import { hashText, mix } from '../hash.ts';
import type { Host, SimDomain, SimVcpu } from '../host.ts';

/** Something that runs on a pCPU. */
export type TrueLoad = {
  /** where it is */
  readonly pcpu: number;
  /** per cent of a pCPU without its noise: what a balancer could at best know in advance */
  readonly steadyPct: number;
};

/** What a vCPU truly wants over a span, as only the model can know it. */
export type TrueDemand = TrueLoad & {
  readonly key: string;
  /** per cent of a pCPU, with its noise */
  readonly pct: number;
};

/** The mean demand of each vCPU that runs, from now on for `spanNs`, in the host's order. */
export function trueDemands(host: Host, spanNs: number): readonly TrueDemand[] {
  return host.domains.flatMap((domain) => {
    const seed = mix(host.seed, hashText(domain.uuid));
    return running(domain).map(({ number, demand, pcpu }) => {
      const mean = (of: Demand) => meanDemand(of, host.nowNs, host.nowNs + spanNs, mix(seed, number));
      const key = vcpuKey({ domain, vcpu: number });
      return { key, pcpu, pct: mean(demand), steadyPct: mean(steady(demand)) };
    });
  });
}

/** What all vCPUs that run, and the host itself, put on its pCPUs, from now on for `spanNs`. */
export function trueLoads(host: Host, spanNs: number): readonly TrueLoad[] {
  return [...steadily(host.domains.flatMap(running), host, spanNs), ...backgroundLoads(host, spanNs)];
}

/** What the host itself is going to run on its pCPUs: nobody can move it, but it is in the way. */
export function backgroundLoads(host: Host, spanNs: number): readonly TrueLoad[] {
  return steadily(host.background, host, spanNs);
}

function running({ state, vcpus }: SimDomain): readonly SimVcpu[] {
  return state === 'running' ? vcpus.filter(({ online }) => online) : [];
}

function steadily(
  all: readonly { readonly pcpu: number; readonly demand: Demand }[],
  { nowNs }: Host,
  spanNs: number,
): readonly TrueLoad[] {
  const noSeed = 0;
  return all.map(({ pcpu, demand }) => {
    return { pcpu, steadyPct: meanDemand(steady(demand), nowNs, nowNs + spanNs, noSeed) };
  });
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
