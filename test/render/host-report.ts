import type { DomainFigures, HostReport, Quantiles } from '../../src/model/host-report.ts';

/** Midnight in most of Europe on a winter's day. */
export const fromMs = Date.UTC(2026, 0, 1, 23);
const hourMs = 3_600_000;

export const quantiles = (p95: number): Quantiles => ({ p50: p95 / 4, p95, p99: p95 * 2, mean: p95 / 3 });

/** What a recording of a day tells, made up: crowded from eight to eleven. */
export function hostReport({
  names = ['web', 'db'],
  changed = {},
}: {
  readonly names?: readonly string[];
  readonly changed?: Partial<HostReport>;
} = {}): HostReport {
  const hours = Array.from({ length: 24 }, (_, i) => {
    const isCrowded = i >= 8 && i < 11;
    return {
      fromMs: fromMs + i * hourMs,
      measuredMs: hourMs,
      crowdedMs: isCrowded ? hourMs : 0,
      badMs: i === 9 ? hourMs / 2 : 0,
      ready: quantiles(i === 9 ? 14 : isCrowded ? 7 : 1),
      meanLoadPct: isCrowded ? 85 : 40,
      mostLoadPct: isCrowded ? 180 : 60,
    };
  });
  const stretch = { fromMs: fromMs + 9 * hourMs, toMs: fromMs + 10 * hourMs };
  const result = { swept: {}, moves: 12 };
  return {
    name: 'day.gz',
    recorded: {
      fromMs,
      toMs: fromMs + 24 * hourMs,
      measuredMs: 24 * hourMs,
      everyMs: 5000,
      samples: 17_281,
      gaps: 0,
      pcpus: 8,
      domains: names.length,
      vcpus: 2 * names.length,
      unknownShare: 0,
    },
    host: {
      usage: quantiles(40),
      ready: quantiles(4.2),
      capped: undefined,
      load: quantiles(80),
      busiest: quantiles(150),
    },
    domains: names.map((name, i) => domain(name, i)),
    hours,
    timeline: {
      columnMs: hourMs,
      columns: hours.map((hour, i) => ({ ...hour, moves: i === 12 ? 3 : 0 })),
      readyPcts: names.map(() => hours.map(({ ready }) => ready.mean)),
    },
    changes: undefined,
    comparison: {
      kind: 'compared',
      stretch,
      recorded: quantiles(14),
      results: [
        { ...result, policy: 'threshold', ready: quantiles(2.2) },
        { ...result, policy: 'none', ready: quantiles(13), moves: 0 },
      ],
    },
    room: {
      kind: 'room',
      stretch,
      policy: 'threshold',
      vcpus: 12,
      least: 10,
      most: 14,
      limitPct: 5,
      step: 2,
      isAtLeast: false,
    },
    ...changed,
  };
}

function domain(name: string, i: number): DomainFigures {
  return {
    domain: { uuid: `uuid-${i}`, name },
    vcpus: 2,
    usage: quantiles(40),
    ready: quantiles(4),
    capped: undefined,
  };
}
