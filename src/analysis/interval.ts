import type { DomainRef } from '../model/domain.ts';
import type { Reading } from '../model/host-load.ts';
import { spread } from '../simulate/score/best-spread.ts';
import type { Window } from './window.ts';

/** What a host did in about 20 s, in which VMware tells CPU Ready, or between two samples that are further apart. */
export type Interval = {
  /** wall clock */
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly domains: readonly IntervalDomain[];
  /** mean, most and standard deviation of the loads of its pCPUs; undefined where it had none */
  readonly load: LoadFigures | undefined;
};

export type IntervalDomain = { readonly ref: DomainRef; readonly vcpus: readonly VcpuShares[] };

/** What a vCPU did, in per cent of the time in which it was measured. */
export type VcpuShares = {
  readonly measuredMs: number;
  readonly usagePct: number;
  readonly readyPct: number | undefined;
  readonly cappedPct: number | undefined;
  /** the time in which it was there, and could not be measured */
  readonly unknownMs: number;
};

export type LoadFigures = { readonly meanPct: number; readonly mostPct: number; readonly spread: number };

/** Puts windows together. */
export type IntervalReader = {
  /** an interval that has come to its end with it */
  readonly add: (window: Window) => Interval | undefined;
  /** an interval that has come to its end because nothing follows */
  readonly cut: () => Interval | undefined;
};

export const intervalMs = 20_000;

export function intervalReader(): IntervalReader {
  let windows: Window[] = [];
  let lengthMs = 0;
  const cut = () => {
    const own = windows;
    windows = [];
    lengthMs = 0;
    return own.length === 0 ? undefined : intervalOf(own);
  };
  return {
    add: (window) => {
      windows.push(window);
      lengthMs += window.lengthMs;
      // As near to 20 s as samples allow.
      return lengthMs + window.lengthMs / 2 > intervalMs ? cut() : undefined;
    },
    cut,
  };
}

function intervalOf(windows: readonly Window[]): Interval {
  const lengthMs = windows.reduce((sum, window) => sum + window.lengthMs, 0);
  const domains = new Map<string, { readonly ref: DomainRef; readonly vcpus: Map<number, Sums> }>();
  for (const { domains: shown, lengthMs } of windows) {
    for (const { ref, readings } of shown) {
      const domain = domains.get(ref.uuid) ?? { ref, vcpus: new Map<number, Sums>() };
      domains.set(ref.uuid, domain);
      for (const [number, reading] of readings) {
        const sums = domain.vcpus.get(number) ?? noSums();
        domain.vcpus.set(number, sums);
        addReading(sums, reading, lengthMs);
      }
    }
  }
  return {
    fromMs: (windows.at(-1)?.endMs ?? 0) - lengthMs,
    lengthMs,
    domains: [...domains.values()].map(({ ref, vcpus }) => ({
      ref,
      vcpus: [...vcpus.values()].map(sharesOf),
    })),
    load: loadOf(windows),
  };
}

/** Per cent times milliseconds. */
type Sums = {
  measuredMs: number;
  unknownMs: number;
  used: number;
  ready: number | undefined;
  capped: number | undefined;
};

function noSums(): Sums {
  return { measuredMs: 0, unknownMs: 0, used: 0, ready: 0, capped: undefined };
}

function addReading(sums: Sums, reading: Reading, lengthMs: number): void {
  if (reading.kind !== 'measured') {
    sums.unknownMs += lengthMs;
    return;
  }
  const { usagePct, delayPct, throttledPct } = reading;
  sums.measuredMs += lengthMs;
  sums.used += usagePct * lengthMs;
  sums.ready =
    sums.ready === undefined || delayPct === undefined ? undefined : sums.ready + delayPct * lengthMs;
  if (throttledPct !== undefined) sums.capped = (sums.capped ?? 0) + throttledPct * lengthMs;
}

function sharesOf({ measuredMs, unknownMs, used, ready, capped }: Sums): VcpuShares {
  const share = (sum: number | undefined) => (sum === undefined ? undefined : sum / measuredMs);
  return {
    measuredMs,
    unknownMs,
    usagePct: used / measuredMs,
    readyPct: share(ready),
    cappedPct: share(capped),
  };
}

function loadOf(windows: readonly Window[]): LoadFigures | undefined {
  const sums = new Map<number, number>();
  let allMs = 0;
  for (const { loads, lengthMs } of windows) {
    allMs += lengthMs;
    for (const [pcpu, pct] of loads) sums.set(pcpu, (sums.get(pcpu) ?? 0) + pct * lengthMs);
  }
  return figuresOf([...sums.values()].map((sum) => sum / allMs));
}

/** Of loads of pCPUs. */
export function figuresOf(loads: readonly number[]): LoadFigures | undefined {
  if (loads.length === 0) return undefined;
  return {
    meanPct: loads.reduce((sum, load) => sum + load, 0) / loads.length,
    mostPct: loads.reduce((most, load) => Math.max(most, load), 0),
    spread: spread(loads),
  };
}
