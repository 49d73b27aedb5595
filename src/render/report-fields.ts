import {
  badPct,
  type Calm,
  type Episode,
  type HostReport,
  type HourFigures,
  type Quantiles,
  readyMs,
  type Stretch,
  wellPct,
} from '../model/host-report.ts';
import { ref, round } from './envelope.ts';

/** A report as JSON has it. */
export function reportFields(report: HostReport) {
  const { name, recorded, host, domains, hours, changes, comparison, room } = report;
  const { fromMs, toMs, unknownShare, everyMs, ...counts } = recorded;
  return {
    file: name,
    recorded: {
      ...stretchFields({ fromMs, toMs }),
      ...counts,
      everyMs: Math.round(everyMs),
      unknownPct: round(100 * unknownShare),
    },
    limits: { goodPct: wellPct, badPct },
    host: {
      load: quantileFields(host.load),
      busiestPcpu: quantileFields(host.busiest),
      ...vcpuFields(host),
    },
    domains: domains.map((each) => ({ domain: ref(each.domain), vcpus: each.vcpus, ...vcpuFields(each) })),
    hours: hours.map(hourFields),
    changes:
      changes === undefined
        ? null
        : {
            changes: changes.count,
            moves: changes.moves,
            episodes: changes.episodes,
            before: calmFields(changes.before),
            after: calmFields(changes.after),
            largest: changes.largest.map(episodeFields),
          },
    comparison:
      comparison.kind === 'unknown'
        ? { reason: comparison.reason }
        : {
            reason: null,
            ...stretchFields(comparison.stretch),
            recorded: quantileFields(comparison.recorded),
            policies: comparison.results.map(({ policy, swept, ready, moves }) => ({
              policy,
              swept,
              ready: quantileFields(ready),
              moves,
            })),
          },
    room:
      room.kind === 'unknown'
        ? { reason: room.reason }
        : {
            reason: null,
            ...stretchFields(room.stretch),
            policy: room.policy,
            vcpus: room.vcpus,
            least: room.least,
            most: room.most,
            limitPct: round(room.limitPct),
            step: room.step,
            isAtLeast: room.isAtLeast,
          },
  };
}

function stretchFields({ fromMs, toMs }: Stretch) {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

function vcpuFields({ usage, ready, capped }: Pick<HostReport['host'], 'usage' | 'ready' | 'capped'>) {
  const inMs = (of: Quantiles) => ({
    p50: Math.round(readyMs(of.p50)),
    p95: Math.round(readyMs(of.p95)),
    p99: Math.round(readyMs(of.p99)),
    mean: Math.round(readyMs(of.mean)),
  });
  return {
    usage: quantileFields(usage),
    ready: quantileFields(ready),
    readyMs: ready === undefined ? null : inMs(ready),
    capped: quantileFields(capped),
  };
}

function quantileFields(of: Quantiles | undefined) {
  if (of === undefined) return null;
  return { p50: round(of.p50), p95: round(of.p95), p99: round(of.p99), mean: round(of.mean) };
}

function hourFields({ fromMs, measuredMs, crowdedMs, badMs, ready, meanLoadPct, mostLoadPct }: HourFigures) {
  return {
    from: new Date(fromMs).toISOString(),
    measuredMs: Math.round(measuredMs),
    crowdedMs: Math.round(crowdedMs),
    badMs: Math.round(badMs),
    ready: quantileFields(ready),
    meanLoadPct: round(meanLoadPct),
    mostLoadPct: round(mostLoadPct),
  };
}

function calmFields(calm: Calm | undefined) {
  if (calm === undefined) return null;
  return { readyPct: calm.readyPct === undefined ? null : round(calm.readyPct), spread: round(calm.spread) };
}

function episodeFields({ fromMs, toMs, changes, before, after }: Episode) {
  return {
    ...stretchFields({ fromMs, toMs }),
    changes,
    before: calmFields(before),
    after: calmFields(after),
  };
}
