import { formatCpuSet } from '../model/cpu-set.ts';
import type { CycleReport } from '../model/cycle-report.ts';
import type { ExplainedDomain, ExplainedVcpu } from '../model/explained.ts';
import { demandPct } from '../model/host-load.ts';
import { counted, elapsed, percent } from './figures.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/**
 * All about the vCPUs of some domains, for people: what each may use, what it wants, and why it goes or stays.
 * @param report of the cycle that they were seen in, which has pinned nothing
 */
export function explainText(
  domains: readonly ExplainedDomain[],
  { plan, windowMs, decidedAtMs }: ExplainedCycle,
  look: Style,
): string {
  const parts = domains.flatMap(({ domain, vcpus, unknown }) => [
    `${look.bold(safeText(domain.name))} (${domain.uuid})\n`,
    ...unknown.map(({ vcpu, reason }) => entry(vcpu === undefined ? 'all of it' : `vCPU ${vcpu}`, reason)),
    ...vcpus.map((each) => vcpuText(each, windowMs, decidedAtMs, look)),
    '\n',
  ]);
  return `${parts.join('')}${look.bold('Plan:')} ${wrap(safeText(plan.summary), width, '      ')}\n`;
}

type ExplainedCycle = Pick<CycleReport, 'windowMs' | 'decidedAtMs'> & {
  readonly plan: Pick<CycleReport['plan'], 'summary'>;
};

/** Of a terminal. */
const width = 80;
/** What stands before the text of an entry: four spaces, a label of eight, two spaces. */
const indent = ' '.repeat(14);

function vcpuText(
  { load, pcpu, carried, moves, maxRate, cooldown, decision }: ExplainedVcpu,
  windowMs: number,
  nowMs: number,
  look: Style,
): string {
  const { allowed, limits, placement } = load;
  const { loadPct, guestPct, backgroundPct } = carried;
  const what = backgroundPct > 0 ? `: guests ${percent(guestPct)}, host ${percent(backgroundPct)}` : '';
  const recent = moves.slice(-shownMoves).map(({ atMs, from, to }) => {
    return `${elapsed(Math.max(0, nowMs - atMs))} ago from ${formatCpuSet(from)} to ${formatCpuSet(to)}`;
  });
  const rest = counted(cooldown.seconds, 'second');
  const left = cooldown.leftMs > 0 ? `, ${counted(Math.ceil(cooldown.leftMs / 1000), 'second')} left` : '';
  const verdict =
    decision.kind === 'stays'
      ? `stays: ${decision.reason}`
      : `goes to ${formatCpuSet(decision.to)}: ${decision.kind}: ${decision.reason}`;
  return [
    `\n  ${look.bold(`vCPU ${load.vcpu}`)}, affinity ${formatCpuSet(placement.affinity)}, last ran on ${placement.lastPcpu}\n`,
    entry('may use', allowed.length === 0 ? 'no pCPU' : formatCpuSet(allowed)),
    ...(limits.length === 0
      ? [more('nothing but --cpus and the host restricts it')]
      : limits.map(({ set, by }) => more(`${set.length === 0 ? 'none' : formatCpuSet(set)} by ${by}`))),
    ...readingText(load.reading, windowMs),
    entry(`pCPU ${pcpu}`, `at ${percent(loadPct)}${what}`),
    entry('moves', `${moves.length} within the last hour, of ${maxRate} at most (--max-rate)`),
    ...recent.map(more),
    entry(
      'cooldown',
      cooldown.seconds === 0 ? `none (${cooldown.by})` : `${rest} after a move (${cooldown.by})${left}`,
    ),
    entry('decision', verdict),
  ].join('');
}

/** Of the last hour: the older ones tell nothing more. */
const shownMoves = 5;

function readingText(reading: ExplainedVcpu['load']['reading'], windowMs: number): readonly string[] {
  if (reading.kind !== 'measured') return [entry('demand', `not known: ${reading.reason}`)];
  const { usagePct, delayPct, capPct, throttledPct = 0, polledPct = 0 } = reading;
  const ready =
    delayPct === undefined ? 'ready is not reported (before libvirt 7.2)' : `ready ${percent(delayPct)}`;
  const seconds = `measured over ${(windowMs / 1000).toFixed(1)} s`;
  const throttled = throttledPct >= 1 ? `, throttled ${percent(throttledPct)}` : '';
  return [
    entry('demand', `${percent(demandPct(reading))}: usage ${percent(usagePct)}, ${ready}; ${seconds}`),
    ...(capPct === undefined ? [] : [more(`its quota lets it use ${percent(capPct)}${throttled}`)]),
    ...(polledPct < 1 ? [] : [more(`KVM polled for ${percent(polledPct)}, which is no demand`)]),
  ];
}

function entry(label: string, text: string): string {
  return `    ${label.padEnd(8)}  ${body(text)}`;
}

function more(text: string): string {
  return `${indent}${body(text)}`;
}

function body(text: string): string {
  return `${wrap(safeText(text), width, indent)}\n`;
}
