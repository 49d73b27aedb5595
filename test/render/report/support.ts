import type { Report, ReportCycle, ReportInput } from '../../../src/render/report/report.ts';

/** What a report is to tell, made up: every policy begins with a fourth of the pCPUs crowded. */
export function reportOf(...inputs: readonly ReportInput[]): Report {
  return {
    version: '1.2.3',
    time: new Date(0),
    options: ['--policy', 'threshold,none'],
    verdict: 'threshold',
    inputs,
  };
}

export function inputOf({
  name = 'host.toml',
  pcpus = 4,
  cycles = 20,
  policies = ['threshold', 'none'],
}: {
  readonly name?: string;
  readonly pcpus?: number;
  readonly cycles?: number;
  readonly policies?: readonly string[];
} = {}): ReportInput {
  const runs = policies.map((policy, i) => ({
    input: name,
    policy,
    settings: {},
    swept: {},
    score,
    cycles: cyclesOf(pcpus, cycles, i / policies.length),
  }));
  const bestSds = Array.from({ length: cycles }, () => 0.5);
  return { name, intervalSeconds: 2, domainCount: pcpus, vcpuCount: 2 * pcpus, bestSds, runs };
}

/** A move each tenth cycle, the first in the fourth. */
function cyclesOf(pcpuCount: number, count: number, skew: number): readonly ReportCycle[] {
  const pcpus = Array.from({ length: pcpuCount }, (_, i) => i);
  return Array.from({ length: count }, (_, cycle) => ({
    pcpus,
    loads: pcpus.map((pcpu) => 50 + 15 * Math.sin(cycle / 9 + pcpu) + (pcpu % 4 === 0 ? 150 * skew : 0)),
    sd: 5 + 40 * skew,
    moves: cycle % 10 === 3 ? 2 : 0,
  }));
}

const score = {
  secondsToBalance: 4,
  balancedByFirstDecision: true,
  unbalancedShare: 0.1,
  moves: 4,
  movesPerVcpuHour: 2,
  movesAfterBalance: 0,
  finalSd: 1,
  bestSd: 0.5,
  bestSdSearch: 'exact',
  stealSeconds: 3,
  oracleStealSeconds: 2,
  excessPct: 0.25,
} as const;
