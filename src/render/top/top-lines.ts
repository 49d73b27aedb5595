import { clockTime, percent } from '../figures.ts';
import { readyPct } from '../host-figures.ts';
import { cell } from './cell.ts';
import type { TopModel } from './top-model.ts';

/** The columns of `topLine`, by their names. */
export function topHead(): string {
  return line(columns.map(([name]) => name));
}

/** A cycle in one line, for what is no terminal. */
export function topLine({ report, pcpuGroups, made }: TopModel): string {
  const { vcpus } = report.measured.load;
  const loads = pcpuGroups.flatMap(({ pcpus }) => pcpus.map(({ loadPct }) => loadPct));
  const mean = loads.reduce((sum, pct) => sum + pct, 0) / loads.length;
  const ready = vcpus.reduce((most, vcpu) => Math.max(most, readyPct(vcpu)), -1);
  return line([
    clockTime(report.decidedAtMs),
    `${loads.length}`,
    `${new Set(vcpus.map(({ domain }) => domain.uuid)).size}`,
    `${vcpus.length}`,
    loads.length === 0 ? '-' : percent(mean),
    loads.length === 0 ? '-' : percent(Math.max(...loads)),
    `${loads.filter((pct) => pct > 100).length}`,
    ready < 0 ? '-' : percent(ready),
    `${report.plan.moves.length}`,
    `${made.length}`,
  ]);
}

const columns = [
  ['time', 8],
  ['pCPUs', 5],
  ['domains', 7],
  ['vCPUs', 5],
  ['mean', 6],
  ['busiest', 7],
  ['>100 %', 6],
  ['ready', 6],
  ['plan', 4],
  ['moved', 5],
] as const;

function line(texts: readonly string[]): string {
  return columns.map(([, width], i) => cell(texts[i] ?? '', width, 'right')).join('  ');
}
