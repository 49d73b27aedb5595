import { vcpuKey } from '../../model/host-load.ts';
import { type Demand, demandAt } from '../demand.ts';
import { waterLevel } from '../domain-group.ts';
import { hashText, mix } from '../hash.ts';
import type { Bandwidth, Host, SimDomain, SimVcpu } from '../host.ts';

/** Something that runs on a pCPU. */
export type TrueLoad = {
  /** where it is */
  readonly pcpu: number;
  /** per cent of a pCPU without its noise: what a balancer could at best know in advance */
  readonly steadyPct: number;
};

/** What a vCPU truly wants over a span, as far as its quotas let it have that; only the model can know it. */
export type TrueDemand = TrueLoad & {
  readonly key: string;
  /** per cent of a pCPU, with its noise */
  readonly pct: number;
};

/** The mean demand of each vCPU that runs, from now on for `spanNs`, in the host's order. */
export function trueDemands(host: Host, spanNs: number): readonly TrueDemand[] {
  return host.domains.flatMap((domain) => {
    const seed = mix(host.seed, hashText(domain.uuid));
    const { quota } = domain;
    const all = running(domain).map(({ number, demand, pcpu }) => {
      const mean = (of: Demand) =>
        meanDemand(of, host.nowNs, host.nowNs + spanNs, mix(seed, number), inPct(quota?.vcpu));
      const key = vcpuKey({ domain, vcpu: number });
      return { key, pcpu, pct: mean(demand), steadyPct: mean(steady(demand)) };
    });
    if (quota?.global === undefined) return all;
    const pcts = withinQuota(
      all.map(({ pct }) => pct),
      quota.global,
    );
    const steadyPcts = withinQuota(
      all.map(({ steadyPct }) => steadyPct),
      quota.global,
    );
    return all.map((each, i) => ({ ...each, pct: pcts[i] ?? 0, steadyPct: steadyPcts[i] ?? 0 }));
  });
}

/** What the quota of a whole domain lets its vCPUs have of what they want. */
function withinQuota(pcts: readonly number[], quota: Bandwidth): readonly number[] {
  const most = waterLevel(pcts, inPct(quota));
  return pcts.map((pct) => Math.min(pct, most));
}

/** What all vCPUs that run, and the host itself, put on its pCPUs, from now on for `spanNs`. */
export function trueLoads(host: Host, spanNs: number): readonly TrueLoad[] {
  const ofVcpus = host.domains.flatMap((domain) => {
    const { quota } = domain;
    const all = running(domain);
    const own = all.map(({ demand }) => steadyMean(demand, host, spanNs, inPct(quota?.vcpu)));
    const pcts = quota?.global === undefined ? own : withinQuota(own, quota.global);
    return all.map(({ pcpu }, i) => ({ pcpu, steadyPct: pcts[i] ?? 0 }));
  });
  return [...ofVcpus, ...backgroundLoads(host, spanNs)];
}

/** What the host itself and emulators are going to run on its pCPUs: nobody can move it, but it is in the way. */
export function backgroundLoads(host: Host, spanNs: number): readonly TrueLoad[] {
  const emulators = host.domains.flatMap(({ state, emulator }) =>
    state === 'running' && emulator !== undefined ? [emulator] : [],
  );
  return [...host.background, ...emulators].map(({ pcpu, demand }) => ({
    pcpu,
    steadyPct: steadyMean(demand, host, spanNs, Number.POSITIVE_INFINITY),
  }));
}

/** Without its noise no demand needs a seed. */
function steadyMean(demand: Demand, { nowNs }: Host, spanNs: number, capPct: number): number {
  const noSeed = 0;
  return meanDemand(steady(demand), nowNs, nowNs + spanNs, noSeed, capPct);
}

function running({ state, vcpus }: SimDomain): readonly SimVcpu[] {
  return state === 'running' ? vcpus.filter(({ online }) => online) : [];
}

function inPct(bandwidth: Bandwidth | undefined): number {
  return bandwidth === undefined ? Number.POSITIVE_INFINITY : (bandwidth.quotaUs / bandwidth.periodUs) * 100;
}

function steady(demand: Demand): Demand {
  return demand.kind === 'noisy' ? steady(demand.of) : demand;
}

/** @param capPct what of it counts at any moment */
function meanDemand(demand: Demand, fromNs: number, toNs: number, seed: number, capPct: number): number {
  let level = demandAt(demand, fromNs, seed);
  if (level.untilNs >= toNs) return Math.min(capPct, level.pct);
  let sum = 0;
  for (let nowNs = fromNs; nowNs < toNs; ) {
    const untilNs = Math.min(toNs, level.untilNs);
    sum += Math.min(capPct, level.pct) * (untilNs - nowNs);
    nowNs = untilNs;
    level = demandAt(demand, nowNs, seed);
  }
  return sum / (toNs - fromNs);
}
