import { type CpuSet, formatCpuSet } from '../model/cpu-set.ts';
import { groupBy } from '../model/group-by.ts';
import { demandPct, type HostLoad, type VcpuLoad, whereItCounts } from '../model/load.ts';
import type { LeftAlone } from '../model/plan.ts';
import { counted, percent } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

const columns: readonly Column[] = [
  { head: 'pCPU', align: 'right' },
  { head: 'load' },
  { head: '', align: 'right' },
  { head: 'domain' },
  { head: 'vCPU', align: 'right' },
  { head: 'usage', align: 'right' },
  { head: 'demand', align: 'right' },
  { head: 'steal', align: 'right' },
  { head: 'affinity' },
];

/** The pCPUs with their load as bars and figures, and below each the vCPUs on it. */
export function statusText(
  load: HostLoad,
  online: CpuSet,
  leftAlone: readonly LeftAlone[],
  windowMs: number,
  look: Style,
): string {
  const onPcpu = groupBy(load.vcpus, whereItCounts);
  const pcpus = [...new Set([...online, ...onPcpu.keys()])].sort((a, b) => a - b);
  const loads = new Map(pcpus.map((pcpu) => [pcpu, sum(onPcpu.get(pcpu) ?? [])]));
  const fullPct = Math.max(100, ...loads.values());
  const rows = pcpus.flatMap((pcpu) => {
    const loadPct = loads.get(pcpu) ?? 0;
    const head = [
      look.bold(`${pcpu}`),
      look.load(loadPct, look.bar(loadPct, fullPct, 20)),
      look.load(loadPct, percent(loadPct)),
    ];
    const [first, ...rest] = [...(onPcpu.get(pcpu) ?? [])].sort(byName).map(vcpuCells);
    return [[...head, ...(first ?? [])], ...rest.map((cells) => ['', '', '', ...cells])];
  });
  return [
    table(columns, rows),
    '\n',
    `${totals(load, [...loads.values()], windowMs)}\n`,
    notes(load),
    leftAloneText(leftAlone, look),
  ].join('');
}

/** As people count: guest-2 before guest-10. */
function byName(a: VcpuLoad, b: VcpuLoad): number {
  return a.domain.name.localeCompare(b.domain.name, 'en', { numeric: true }) || a.vcpu - b.vcpu;
}

function totals({ vcpus }: HostLoad, loads: readonly number[], windowMs: number): string {
  const domains = new Set(vcpus.map(({ domain }) => domain.uuid)).size;
  const meanPct = loads.reduce((total, pct) => total + pct, 0) / Math.max(1, loads.length);
  const counts = [counted(loads.length, 'pCPU'), counted(domains, 'domain'), counted(vcpus.length, 'vCPU')];
  return `${counts.join(', ')}; mean load ${percent(meanPct)}, measured over ${(windowMs / 1000).toFixed(1)} s`;
}

function sum(vcpus: readonly VcpuLoad[]): number {
  return vcpus.reduce(
    (total, { reading }) => total + (reading.kind === 'measured' ? demandPct(reading) : 0),
    0,
  );
}

function vcpuCells({ domain, vcpu, reading, placement }: VcpuLoad): readonly string[] {
  const figures =
    reading.kind === 'measured'
      ? [
          percent(reading.usagePct),
          percent(demandPct(reading)),
          reading.delayPct === undefined ? '-' : percent(reading.delayPct),
        ]
      : ['?', '?', '?'];
  return [safeText(domain.name), `${vcpu}`, ...figures, formatCpuSet(placement.affinity)];
}

/** What the figures do not say by themselves. */
function notes({ vcpus }: HostLoad): string {
  const unknown = vcpus.filter(({ reading }) => reading.kind !== 'measured');
  const measured = vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading] : []));
  const delayless = measured.length > 0 && measured.every(({ delayPct }) => delayPct === undefined);
  return [
    delayless
      ? 'This libvirt tells no delay (7.2 and later do): demand is usage, and a starved vCPU looks idle.\n'
      : '',
    unknown.length > 0
      ? `${counted(unknown.length, 'vCPU')} could not be measured and count for nothing above.\n`
      : '',
  ].join('');
}
