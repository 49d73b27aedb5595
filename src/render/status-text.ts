import { isTooLittle, tooLittleText } from '../model/coverage.ts';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { DomainRef } from '../model/domain.ts';
import { demandPct, type HostLoad, type VcpuLoad } from '../model/host-load.ts';
import { loadByPcpu, type PcpuLoad } from '../model/pcpu-load.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { counted, percent } from './figures.ts';
import { byName, loadLine, readyLine, readyPct } from './host-figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { pausedText } from './pause-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { type Column, tableWithBars } from './table.ts';
import { wrap } from './wrap.ts';

/** What of a host is shown. */
export type StatusView = {
  /** the connection, as libvirt names it */
  readonly uri: string;
  /** whether the vCPUs of a domain have rows */
  readonly isShown: (domain: DomainRef) => boolean;
  /** the pCPUs that have rows; undefined: all */
  readonly pcpu: readonly number[] | undefined;
  readonly sort: 'pcpu' | 'load' | 'ready' | 'demand';
  /** one row for each pCPU, and none for its vCPUs */
  readonly isSummary: boolean;
};

/**
 * The pCPUs with their load as bars and figures, and below each the vCPUs on it and what is the host's own; then the
 * figures of the whole host. A load counts all vCPUs, also those without a row.
 */
export function statusText(
  {
    measured: { load, leftAlone, coverage },
    snapshot,
    windowMs,
    paused,
  }: Pick<CycleReport, 'measured' | 'windowMs'> & {
    readonly snapshot: Pick<Snapshot, 'online'>;
    readonly paused?: CycleReport['paused'];
  },
  view: StatusView,
  look: Style,
): string {
  const all = [...loadByPcpu({ ...load, pcpus: [] }, snapshot.online)];
  const loads = all.map(([, carried]) => carried);
  const fullPct = Math.max(100, ...loads.map(({ loadPct }) => loadPct));
  const shown = sorted(all, view);
  const sheet = view.isSummary ? pcpuTable(shown, fullPct, look) : vcpuTable(shown, fullPct, look);
  return [
    sheet,
    '\n',
    totals(load, loads, view.uri, windowMs, look),
    threads(load),
    notes(load),
    paused === undefined ? '' : `Balancing is stopped: ${pausedText(paused)}\n`,
    isTooLittle(coverage) ? `${safeText(tooLittleText(coverage))}\n` : '',
    leftAloneText(
      leftAlone.filter(({ domain }) => view.isShown(domain)),
      look,
    ),
  ].join('');
}

type Shown = readonly (readonly [number, PcpuLoad])[];

/** The pCPUs of a view with those of their vCPUs that it shows, in its order. */
function sorted(all: Shown, { pcpu, isShown, sort }: StatusView): Shown {
  const figure = sort === 'ready' ? readyPct : sort === 'demand' ? wantedPct : () => 0;
  const weight = ({ loadPct, vcpus }: PcpuLoad) =>
    sort === 'load' ? loadPct : Math.max(-1, ...vcpus.map(figure));
  return all
    .filter(([id]) => pcpu === undefined || pcpu.includes(id))
    .map(([id, carried]) => {
      const vcpus = carried.vcpus.filter(({ domain }) => isShown(domain));
      const inOrder = vcpus.toSorted((a, b) => figure(b) - figure(a) || byName(a, b));
      return [id, { ...carried, vcpus: inOrder }] as const;
    })
    .toSorted(([a, one], [b, other]) => (sort === 'pcpu' ? 0 : weight(other) - weight(one)) || a - b);
}

const pcpuColumns: readonly Column[] = [
  { head: 'pCPU', align: 'right' },
  { head: 'load' },
  { head: '', align: 'right' },
];

function pcpuCells(
  pcpu: number,
  carried: PcpuLoad,
  fullPct: number,
  barWidth: number,
  look: Style,
): string[] {
  const { guestPct, backgroundPct, loadPct } = carried;
  return [
    look.bold(`${pcpu}`),
    look.load(loadPct, look.barOfTwo(guestPct, backgroundPct, fullPct, barWidth)),
    look.load(loadPct, percent(loadPct)),
  ];
}

/** A terminal that is narrower has no room for the usage, which is the demand without the ready time. */
const columnsForUsage = 72;

function vcpuTable(shown: Shown, fullPct: number, look: Style): string {
  const hasUsage = look.columns >= columnsForUsage;
  const columns: readonly Column[] = [
    ...pcpuColumns,
    { head: 'domain', least: 8 },
    { head: 'vCPU', align: 'right' },
    ...(hasUsage ? [{ head: 'usage', align: 'right' } as const] : []),
    { head: 'demand', align: 'right' },
    { head: 'ready', align: 'right' },
    { head: 'affinity', least: 8 },
  ];
  const rowsOf = ([pcpu, carried]: Shown[number], barWidth: number) => {
    const { backgroundPct, vcpus } = carried;
    const own = backgroundPct > 0 ? [[`host ${percent(backgroundPct)}`]] : [];
    const [first = [], ...rest] = [...vcpus.map((each) => vcpuCells(each, hasUsage)), ...own];
    return [
      [...pcpuCells(pcpu, carried, fullPct, barWidth, look), ...first],
      ...rest.map((cells) => ['', '', '', ...cells]),
    ];
  };
  return tableWithBars(columns, (barWidth) => shown.flatMap((each) => rowsOf(each, barWidth)), look);
}

function pcpuTable(shown: Shown, fullPct: number, look: Style): string {
  const columns: readonly Column[] = [
    ...pcpuColumns,
    { head: 'vCPUs', align: 'right' },
    { head: 'ready', align: 'right' },
    { head: 'host', align: 'right' },
  ];
  const rowOf = ([pcpu, carried]: Shown[number], barWidth: number) => {
    const { backgroundPct, vcpus } = carried;
    const ready = Math.max(-1, ...vcpus.map(readyPct));
    return [
      ...pcpuCells(pcpu, carried, fullPct, barWidth, look),
      `${vcpus.length}`,
      ready < 0 ? '' : percent(ready),
      backgroundPct > 0 ? percent(backgroundPct) : '',
    ];
  };
  return tableWithBars(columns, (barWidth) => shown.map((each) => rowOf(each, barWidth)), look);
}

/** Below zero where it is not known. */
function wantedPct({ reading }: VcpuLoad): number {
  return reading.kind === 'measured' ? demandPct(reading) : -1;
}

/** The host as a whole: what was measured, its load, and the vCPU that waits longest. A line each. */
function totals(
  { vcpus }: HostLoad,
  loads: readonly PcpuLoad[],
  uri: string,
  windowMs: number,
  look: Style,
): string {
  const domains = new Set(vcpus.map(({ domain }) => domain.uuid)).size;
  const counts = [counted(loads.length, 'pCPU'), counted(domains, 'domain'), counted(vcpus.length, 'vCPU')];
  const lines = [
    `${safeText(uri)}: ${counts.join(', ')}, measured over ${(windowMs / 1000).toFixed(1)} s`,
    ...(loads.length === 0 ? [] : [loadLine(loads)]),
    ...readyLine(vcpus),
  ];
  return lines.map((line) => `${wrap(line, look.columns, '  ')}\n`).join('');
}

/** Who burns outside of vCPUs: a part of what is the host's own, or was, where vCPUs left room for it. */
function threads({ overheads }: HostLoad): string {
  if (overheads.length === 0) return '';
  const shown = overheads
    .slice(0, 3)
    .map(({ domain, overheadPct }) => `${safeText(domain.name)} ${percent(overheadPct)}`);
  return `Emulator and I/O threads: ${shown.join(', ')} of a pCPU\n`;
}

function vcpuCells({ domain, vcpu, reading, placement }: VcpuLoad, hasUsage: boolean): readonly string[] {
  const figures =
    reading.kind === 'measured'
      ? [
          ...(hasUsage ? [percent(reading.usagePct)] : []),
          `${isThrottled(reading) ? 'cap ' : ''}${percent(demandPct(reading))}`,
          reading.delayPct === undefined ? '-' : percent(reading.delayPct),
        ]
      : [...(hasUsage ? ['?'] : []), '?', '?'];
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
