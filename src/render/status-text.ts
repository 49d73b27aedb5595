import { type Carried, carriedByPcpu } from '../model/carried.ts';
import { isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import { demandPct, type HostLoad, type VcpuLoad } from '../model/load.ts';
import type { Snapshot } from '../model/snapshot.ts';
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
  { head: 'ready', align: 'right' },
  { head: 'affinity' },
];

/** The pCPUs with their load as bars and figures, and below each the vCPUs on it and what is the host's own. */
export function statusText(
  {
    measured: { load, leftAlone, coverage },
    snapshot,
    windowMs,
  }: Pick<CycleReport, 'measured' | 'windowMs'> & { readonly snapshot: Pick<Snapshot, 'online'> },
  look: Style,
): string {
  const carried = carriedByPcpu({ ...load, pcpus: [] }, snapshot.online);
  const fullPct = Math.max(100, ...[...carried.values()].map(({ loadPct }) => loadPct));
  const rows = [...carried].flatMap(([pcpu, { guestPct, backgroundPct, loadPct, vcpus }]) => {
    const head = [
      look.bold(`${pcpu}`),
      look.load(loadPct, look.barOfTwo(guestPct, backgroundPct, fullPct, 20)),
      look.load(loadPct, percent(loadPct)),
    ];
    const own = backgroundPct > 0 ? [[`host ${percent(backgroundPct)}`]] : [];
    const [first = [], ...rest] = [...[...vcpus].sort(byName).map(vcpuCells), ...own];
    return [[...head, ...first], ...rest.map((cells) => ['', '', '', ...cells])];
  });
  return [
    table(columns, rows),
    '\n',
    `${totals(load, [...carried.values()], windowMs)}\n`,
    threads(load),
    notes(load),
    isTooLittle(coverage) ? `${safeText(tooLittleText(coverage))}\n` : '',
    leftAloneText(leftAlone, look),
  ].join('');
}

/** As people count: guest-2 before guest-10. */
function byName(a: VcpuLoad, b: VcpuLoad): number {
  return a.domain.name.localeCompare(b.domain.name, 'en', { numeric: true }) || a.vcpu - b.vcpu;
}

function totals({ vcpus }: HostLoad, loads: readonly Carried[], windowMs: number): string {
  const domains = new Set(vcpus.map(({ domain }) => domain.uuid)).size;
  const mean = (of: (each: Carried) => number) =>
    loads.reduce((total, each) => total + of(each), 0) / Math.max(1, loads.length);
  const counts = [counted(loads.length, 'pCPU'), counted(domains, 'domain'), counted(vcpus.length, 'vCPU')];
  const ownPct = mean(({ backgroundPct }) => backgroundPct);
  const own = ownPct > 0 ? ` (host ${percent(ownPct)})` : '';
  return `${counts.join(', ')}; mean load ${percent(mean(({ loadPct }) => loadPct))}${own}, measured over ${(windowMs / 1000).toFixed(1)} s`;
}

/** Who burns outside of vCPUs: a part of what is the host's own, or was, where vCPUs left room for it. */
function threads({ overheads }: HostLoad): string {
  if (overheads.length === 0) return '';
  const shown = overheads
    .slice(0, 3)
    .map(({ domain, overheadPct }) => `${safeText(domain.name)} ${percent(overheadPct)}`);
  return `Emulator and I/O threads: ${shown.join(', ')} of a pCPU\n`;
}

function vcpuCells({ domain, vcpu, reading, placement }: VcpuLoad): readonly string[] {
  const figures =
    reading.kind === 'measured'
      ? [
          percent(reading.usagePct),
          `${isThrottled(reading) ? 'cap ' : ''}${percent(demandPct(reading))}`,
          reading.delayPct === undefined ? '-' : percent(reading.delayPct),
        ]
      : ['?', '?', '?'];
  return [safeText(domain.name), `${vcpu}`, ...figures, formatCpuSet(placement.affinity)];
}

/** Whether a quota keeps it from what it wants: less than a point is no more than rounding. */
function isThrottled({ throttledPct = 0 }: Extract<VcpuLoad['reading'], { kind: 'measured' }>): boolean {
  return throttledPct >= 1;
}

/** What the figures do not say by themselves. */
function notes({ vcpus }: HostLoad): string {
  const unknown = vcpus.filter(({ reading }) => reading.kind !== 'measured');
  const measured = vcpus.flatMap(({ reading }) => (reading.kind === 'measured' ? [reading] : []));
  const delayless = measured.length > 0 && measured.every(({ delayPct }) => delayPct === undefined);
  return [
    delayless
      ? 'This libvirt does not report how long vCPUs wait (7.2 and later do): demand is usage, and a starved vCPU looks idle.\n'
      : '',
    unknown.length > 0
      ? `${counted(unknown.length, 'vCPU')} could not be measured and count for nothing above.\n`
      : '',
  ].join('');
}
