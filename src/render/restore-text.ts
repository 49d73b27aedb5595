import { formatCpuSet } from '../model/cpu-set.ts';
import type { Pin, PinResult } from '../model/pin.ts';
import type { LeftAlone } from '../model/plan.ts';
import { counted } from './figures.ts';
import { leftAloneText } from './left-alone-text.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** What restore would put back, and what it would leave, for people. */
export function restoreText(
  {
    pins,
    foreign,
    stuck,
  }: {
    readonly pins: readonly Pin[];
    readonly foreign: readonly LeftAlone[];
    readonly stuck: readonly LeftAlone[];
  },
  look: Style,
): string {
  const columns = [
    { head: 'domain', least: 12 },
    { head: 'vCPU', align: 'right' },
    { head: 'from', align: 'right' },
    { head: 'back to', align: 'right' },
  ] as const;
  const rows = pins.map(({ domain, vcpu, from, to }) => [
    safeText(domain.name),
    `${vcpu}`,
    formatCpuSet(from),
    formatCpuSet(to),
  ]);
  const shown = rows.length === 0 ? 'Nothing to restore\n' : table(columns, rows, look);
  const left = leftAloneText([...stuck, ...foreign], look);
  return [shown, left].filter((part) => part !== '').join('\n');
}

/** What restoring came to. */
type Restored = {
  readonly applied: readonly PinResult[];
  readonly foreign: readonly LeftAlone[];
  readonly stuck: readonly LeftAlone[];
  readonly unnoted: string | undefined;
  readonly damage: string | undefined;
};

/** One line that sums up what was restored. */
export function restoredText({ applied }: Pick<Restored, 'applied'>): string {
  const failed = applied.filter(({ error }) => error !== undefined).length;
  if (applied.length === 0) return 'nothing to restore';
  return `restored ${counted(applied.length - failed, 'vCPU')}${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** For stderr: what was not put back and, with --verbose, what was. */
export function restoredStory(
  { applied, foreign, stuck, unnoted, damage }: Restored,
  { verbose, quiet }: { readonly verbose: boolean; readonly quiet: boolean },
): string {
  const pins = applied.flatMap(({ move, error }) => {
    const what = `${named(move)}, pCPU ${formatCpuSet(move.from)} to ${formatCpuSet(move.to)}`;
    if (error !== undefined) return `vcpusched: not restored: ${what}: ${safeText(error)}`;
    return verbose ? `${what}: restored` : [];
  });
  const next = 'a second restore finds where vCPUs are and does what is left';
  const lines = [
    ...pins,
    ...stuck.map((each) => `vcpusched: not restored: ${named(each)}: ${each.reason}`),
    ...(quiet ? [] : foreign).map((each) => `vcpusched: left alone: ${named(each)}: ${each.reason}`),
    ...(damage === undefined
      ? []
      : [`vcpusched: not restored, because its saved affinity is damaged: ${safeText(damage)}`]),
    ...(unnoted === undefined
      ? []
      : [`vcpusched: what was restored could not be noted in ${safeText(unnoted)}; ${next}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function named({ domain, vcpu }: Pick<LeftAlone, 'domain' | 'vcpu'>): string {
  return `${safeText(domain.name)} vCPU ${vcpu}`;
}
