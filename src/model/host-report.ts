import type { DomainRef } from './domain.ts';

/** What a recording tells of its host: the whole content of `report`. Shares are in per cent of a pCPU. */
export type HostReport = {
  /** the file it was read from */
  readonly name: string;
  readonly recorded: Recorded;
  /** of all vCPUs and pCPUs */
  readonly host: HostFigures;
  /** the one with the longest ready time first */
  readonly domains: readonly DomainFigures[];
  /** each hour by the clock in which something was measured, in order of time */
  readonly hours: readonly HourFigures[];
  readonly timeline: Timeline;
  /** undefined where no affinity has changed */
  readonly changes: AffinityChanges | undefined;
  readonly comparison: Comparison;
  readonly room: Room;
};

/** What there is to go by. Wall clocks are in milliseconds since 1970. */
export type Recorded = {
  readonly fromMs: number;
  readonly toMs: number;
  /** the time between samples that follow one another */
  readonly measuredMs: number;
  /** the mean time between two samples */
  readonly everyMs: number;
  readonly samples: number;
  /** where samples are missing */
  readonly gaps: number;
  /** the most that there were at a time */
  readonly pcpus: number;
  readonly domains: number;
  readonly vcpus: number;
  /** the share of the vCPUs' time of which nothing is known, 0 to 1 */
  readonly unknownShare: number;
};

/** Over all stretches of 20 s: the middle, what 95 and 99 of 100 do not exceed, and the mean. */
export type Quantiles = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
};

/** Of vCPUs, each in each 20 s. */
export type VcpuFigures = {
  readonly usage: Quantiles | undefined;
  /** undefined where libvirt did not tell it */
  readonly ready: Quantiles | undefined;
  /** throttled by a quota; undefined where no quota is, or it is not known */
  readonly capped: Quantiles | undefined;
};

export type HostFigures = VcpuFigures & {
  /** the mean load of the pCPUs */
  readonly load: Quantiles | undefined;
  /** the load of the busiest pCPU */
  readonly busiest: Quantiles | undefined;
};

export type DomainFigures = VcpuFigures & {
  readonly domain: DomainRef;
  /** the most that it had at a time */
  readonly vcpus: number;
};

/** What happened in a stretch of time. */
export type HourFigures = {
  readonly fromMs: number;
  readonly measuredMs: number;
  /** the 20 s in which more than one vCPU of twenty had a ready time above 5 %, and above 10 % */
  readonly crowdedMs: number;
  readonly badMs: number;
  readonly ready: Quantiles | undefined;
  /** mean load of the pCPUs, and the highest that one had in 20 s */
  readonly meanLoadPct: number;
  readonly mostLoadPct: number;
};

/** The same in columns of equal length, for a chart. */
export type Timeline = {
  readonly columnMs: number;
  readonly columns: readonly (HourFigures & { readonly moves: number })[];
  /** the mean ready time of each domain in each column, in the order of `domains`; undefined where it is not known */
  readonly readyPcts: readonly (readonly (number | undefined)[])[];
};

/** Changes of affinities that follow one another within a minute are one episode. */
export type AffinityChanges = {
  /** changes of the affinity of one vCPU */
  readonly count: number;
  /** those that took a vCPU from one pCPU to another */
  readonly moves: number;
  readonly episodes: number;
  /** the means over all episodes of which both are known */
  readonly before: Calm | undefined;
  readonly after: Calm | undefined;
  /** those with the most changes, in order of time */
  readonly largest: readonly Episode[];
};

export type Episode = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly changes: number;
  readonly before: Calm | undefined;
  readonly after: Calm | undefined;
};

/** How the host was in a minute without a change. */
export type Calm = {
  /** mean over all vCPUs; undefined where it is not known */
  readonly readyPct: number | undefined;
  /** standard deviation of the loads of the pCPUs, points */
  readonly spread: number;
};

/** A stretch of the recording, run again. */
export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** What policies would have done, the best first. */
export type Comparison =
  | {
      readonly kind: 'compared';
      readonly stretch: Stretch;
      /** what was measured in it, for comparison with what the model makes of it without a policy */
      readonly recorded: Quantiles | undefined;
      readonly results: readonly PolicyResult[];
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export type PolicyResult = {
  readonly policy: string;
  /** the settings that were swept */
  readonly swept: Readonly<Record<string, string>>;
  readonly ready: Quantiles;
  readonly moves: number;
};

/** How many more vCPUs of the present kind fit. */
export type Room =
  | {
      readonly kind: 'room';
      readonly stretch: Stretch;
      /** the policy that places them */
      readonly policy: string;
      /** in the middle, and between the least and the most favourable draw */
      readonly vcpus: number;
      readonly least: number;
      readonly most: number;
      /** the p95 of ready time up to which vCPUs were added in the model */
      readonly limitPct: number;
      /** to how many vCPUs it was searched */
      readonly step: number;
      /** whether there may be room for more, which was not searched */
      readonly isAtLeast: boolean;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A ready time of so many per cent and less is well, from so many on it is bad, as with VMware's CPU Ready. */
export const wellPct = 5;
export const badPct = 10;

/** A ready time in per cent as VMware tells it: milliseconds of 20 s. */
export function readyMs(pct: number): number {
  return pct * 200;
}

/** By ready time, the longest first, then by load. */
export function worstFirst(a: HourFigures, b: HourFigures): number {
  return (
    (b.ready?.p95 ?? 0) - (a.ready?.p95 ?? 0) ||
    (b.ready?.mean ?? 0) - (a.ready?.mean ?? 0) ||
    b.meanLoadPct - a.meanLoadPct
  );
}
