import type { DomainRef } from '../model/domain.ts';
import type { DomainFigures, HostReport, HourFigures, Recorded } from '../model/host-report.ts';
import type { Sample } from '../simulate/recording/encode.ts';
import { changeReader } from './affinity-changes.ts';
import { type Histogram, histogram } from './histogram.ts';
import { type Interval, intervalReader } from './interval.ts';
import { addInterval, type Column, figuresOf, noColumn, timelineReader } from './timeline.ts';
import { windowReader } from './window.ts';

/** What can be told of a recording without running it again. */
export type Analysed = Pick<HostReport, 'recorded' | 'host' | 'domains' | 'hours' | 'timeline' | 'changes'>;

/** Takes in a recording, sample by sample, so that a day of it needs no more room than an hour. */
export type Analysis = {
  readonly addSample: (sample: Sample) => void;
  /** samples are missing here */
  readonly addGap: () => void;
  /** undefined where no two samples follow one another */
  readonly result: () => Analysed | undefined;
};

export const hourMs = 3_600_000;

export function analysis(): Analysis {
  const windows = windowReader();
  const intervals = intervalReader();
  const changes = changeReader();
  const timeline = timelineReader();
  const tally = {
    samples: 0,
    windows: 0,
    gaps: 0,
    measuredMs: 0,
    pcpus: 0,
    domains: 0,
    vcpus: 0,
    knownMs: 0,
    unknownMs: 0,
  };
  let fromMs: number | undefined;
  let toMs = 0;
  const all = { ...ofVcpus(), load: histogram(), busiest: histogram() };
  const domains = new Map<string, OfVcpus & { readonly ref: DomainRef; vcpus: number }>();
  const hours: HourFigures[] = [];
  let hour: { readonly fromMs: number; readonly column: Column } | undefined;

  const addToHour = (interval: Interval) => {
    const startMs = Math.floor(interval.fromMs / hourMs) * hourMs;
    if (hour?.fromMs !== startMs) {
      if (hour !== undefined) hours.push(figuresOf(hour.column, hour.fromMs));
      hour = { fromMs: startMs, column: noColumn() };
    }
    addInterval(hour.column, interval);
  };
  const take = (interval: Interval | undefined) => {
    if (interval === undefined) return;
    tally.measuredMs += interval.lengthMs;
    timeline.add(interval);
    addToHour(interval);
    if (interval.load !== undefined) {
      all.load.add(interval.load.meanPct, interval.lengthMs);
      all.busiest.add(interval.load.mostPct, interval.lengthMs);
    }
    for (const { ref, vcpus } of interval.domains) {
      const domain = domains.get(ref.uuid) ?? { ...ofVcpus(), ref, vcpus: 0 };
      domains.set(ref.uuid, domain);
      domain.vcpus = Math.max(domain.vcpus, vcpus.length);
      for (const { measuredMs, unknownMs, usagePct, readyPct, cappedPct } of vcpus) {
        tally.knownMs += measuredMs;
        tally.unknownMs += unknownMs;
        if (measuredMs === 0) continue;
        for (const { usage, ready, capped } of [all, domain]) {
          usage.add(usagePct, measuredMs);
          if (readyPct !== undefined) ready.add(readyPct, measuredMs);
          if (cappedPct !== undefined) capped.add(cappedPct, measuredMs);
        }
      }
    }
  };
  return {
    addSample: (sample) => {
      const { snapshot, wallMs } = sample;
      fromMs ??= wallMs;
      toMs = wallMs;
      tally.samples++;
      tally.pcpus = Math.max(tally.pcpus, snapshot.online.length);
      tally.domains = Math.max(tally.domains, snapshot.domains.length);
      tally.vcpus = Math.max(
        tally.vcpus,
        snapshot.domains.reduce((sum, { vcpus }) => sum + vcpus.length, 0),
      );
      const window = windows.add(sample);
      if (window === undefined) return;
      tally.windows++;
      changes.add(window);
      timeline.addMoves(window.endMs, window.moves);
      take(intervals.add(window));
    },
    addGap: () => {
      tally.gaps++;
      windows.cut();
      changes.cut();
      take(intervals.cut());
    },
    result: () => {
      take(intervals.cut());
      if (fromMs === undefined || tally.measuredMs === 0) return undefined;
      const { knownMs, unknownMs, windows: count, ...counts } = tally;
      const recorded: Recorded = {
        ...counts,
        everyMs: tally.measuredMs / count,
        fromMs,
        toMs,
        unknownShare: unknownMs === 0 ? 0 : unknownMs / (knownMs + unknownMs),
      };
      const figures = [...domains.values()].map(domainFigures).sort(worstFirst);
      return {
        recorded,
        host: { ...quantilesOf(all), load: all.load.quantiles(), busiest: all.busiest.quantiles() },
        domains: figures,
        hours: hour === undefined ? hours : [...hours, figuresOf(hour.column, hour.fromMs)],
        timeline: timeline.result(figures.map(({ domain }) => domain.uuid)),
        changes: changes.result(),
      };
    },
  };
}

type OfVcpus = { readonly usage: Histogram; readonly ready: Histogram; readonly capped: Histogram };

function ofVcpus(): OfVcpus {
  return { usage: histogram(), ready: histogram(), capped: histogram() };
}

function quantilesOf({ usage, ready, capped }: OfVcpus) {
  return { usage: usage.quantiles(), ready: ready.quantiles(), capped: capped.quantiles() };
}

function domainFigures(domain: OfVcpus & { readonly ref: DomainRef; readonly vcpus: number }): DomainFigures {
  return { domain: domain.ref, vcpus: domain.vcpus, ...quantilesOf(domain) };
}

/** By ready time, then by usage, then by name. */
function worstFirst(a: DomainFigures, b: DomainFigures): number {
  return (
    (b.ready?.p95 ?? 0) - (a.ready?.p95 ?? 0) ||
    (b.ready?.mean ?? 0) - (a.ready?.mean ?? 0) ||
    (b.usage?.mean ?? 0) - (a.usage?.mean ?? 0) ||
    (a.domain.uuid < b.domain.uuid ? -1 : 1)
  );
}
