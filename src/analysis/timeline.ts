import { badPct, type HourFigures, type Timeline, wellPct } from '../model/host-report.ts';
import { type Histogram, histogram } from './histogram.ts';
import type { Interval } from './interval.ts';

/** A recording of any length in columns, by the clock, never more than a chart is wide enough to show. */
export type TimelineReader = {
  readonly add: (interval: Interval) => void;
  /** so many moves were seen at that time */
  readonly addMoves: (atMs: number, moves: number) => void;
  /** @param uuids the domains, in the order that is wanted */
  readonly result: (uuids: readonly string[]) => Timeline;
};

const second = 1000;
const hour = 3600 * second;
/** Each is a multiple of the one before, so that columns can be put together. */
const lengths = [
  ...[20, 60, 300, 900, 1800].map((seconds) => seconds * second),
  ...[1, 3, 6, 12, 24].map((hours) => hours * hour),
];
const mostColumns = 300;

export function timelineReader(): TimelineReader {
  const longer = lengths.values();
  let columnMs: number = longer.next().value ?? hour;
  let columns = new Map<number, Column>();

  const columnAt = (atMs: number): Column => {
    const key = Math.floor(atMs / columnMs);
    const column = columns.get(key) ?? noColumn();
    columns.set(key, column);
    return column;
  };
  const coarsen = () => {
    const keys = [...columns.keys()];
    const span = Math.max(...keys) - Math.min(...keys) + 1;
    if (span <= mostColumns) return;
    const before = columnMs;
    columnMs = longer.next().value ?? 2 * columnMs;
    const finer = columns;
    columns = new Map();
    for (const [key, column] of finer) join(columnAt(key * before), column);
    coarsen();
  };
  return {
    add: (interval) => {
      addInterval(columnAt(interval.fromMs), interval);
      coarsen();
    },
    addMoves: (atMs, moves) => {
      if (moves === 0) return;
      columnAt(atMs).moves += moves;
      coarsen();
    },
    result: (uuids) => {
      const sorted = [...columns].sort(([a], [b]) => a - b);
      const first = sorted[0]?.[0] ?? 0;
      const count = sorted.length === 0 ? 0 : (sorted.at(-1)?.[0] ?? 0) - first + 1;
      const all = Array.from({ length: count }, (_, i) => columns.get(first + i) ?? noColumn());
      return {
        columnMs,
        columns: all.map((column, i) => ({
          ...figuresOf(column, (first + i) * columnMs),
          moves: column.moves,
        })),
        readyPcts: uuids.map((uuid) =>
          all.map(({ domains }) => {
            const sums = domains.get(uuid);
            return sums && sums.ready / sums.weight;
          }),
        ),
      };
    },
  };
}

/** What happened within one column, or one hour. */
export type Column = {
  measuredMs: number;
  crowdedMs: number;
  badMs: number;
  load: number;
  mostLoadPct: number;
  moves: number;
  readonly ready: Histogram;
  readonly domains: Map<string, { ready: number; weight: number }>;
};

export function noColumn(): Column {
  return {
    measuredMs: 0,
    crowdedMs: 0,
    badMs: 0,
    load: 0,
    mostLoadPct: 0,
    moves: 0,
    ready: histogram(),
    domains: new Map(),
  };
}

export function addInterval(column: Column, { lengthMs, load, domains }: Interval): void {
  column.measuredMs += lengthMs;
  column.load += (load?.meanPct ?? 0) * lengthMs;
  column.mostLoadPct = Math.max(column.mostLoadPct, load?.mostPct ?? 0);
  let known = 0;
  let crowded = 0;
  let bad = 0;
  for (const { ref, vcpus } of domains) {
    for (const { readyPct, measuredMs } of vcpus) {
      if (readyPct === undefined || measuredMs === 0) continue;
      known++;
      if (readyPct > wellPct) crowded++;
      if (readyPct > badPct) bad++;
      column.ready.add(readyPct, measuredMs);
      addReady(column, ref.uuid, readyPct * measuredMs, measuredMs);
    }
  }
  // That is where the 95th percentile is above.
  if (crowded > known / 20) column.crowdedMs += lengthMs;
  if (bad > known / 20) column.badMs += lengthMs;
}

function addReady({ domains }: Column, uuid: string, ready: number, weight: number): void {
  const sums = domains.get(uuid);
  if (sums === undefined) domains.set(uuid, { ready, weight });
  else {
    sums.ready += ready;
    sums.weight += weight;
  }
}

function join(column: Column, other: Column): void {
  column.measuredMs += other.measuredMs;
  column.crowdedMs += other.crowdedMs;
  column.badMs += other.badMs;
  column.load += other.load;
  column.mostLoadPct = Math.max(column.mostLoadPct, other.mostLoadPct);
  column.moves += other.moves;
  column.ready.addAll(other.ready);
  for (const [uuid, { ready, weight }] of other.domains) addReady(column, uuid, ready, weight);
}

export function figuresOf(
  { measuredMs, crowdedMs, badMs, load, mostLoadPct, ready }: Column,
  fromMs: number,
): HourFigures {
  return {
    fromMs,
    measuredMs,
    crowdedMs,
    badMs,
    ready: ready.quantiles(),
    meanLoadPct: measuredMs === 0 ? 0 : load / measuredMs,
    mostLoadPct,
  };
}
