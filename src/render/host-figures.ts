import type { VcpuLoad } from '../model/host-load.ts';
import type { PcpuLoad } from '../model/pcpu-load.ts';
import { counted, percent } from './figures.ts';
import { safeText } from './safe-text.ts';

/** The loads of a host in one line. */
export function loadLine(loads: readonly Pick<PcpuLoad, 'loadPct' | 'backgroundPct'>[]): string {
  const mean = (of: (each: (typeof loads)[number]) => number) =>
    loads.reduce((total, each) => total + of(each), 0) / loads.length;
  const all = loads.map(({ loadPct }) => loadPct);
  const [least, most] = [Math.round(Math.min(...all)), Math.round(Math.max(...all))];
  const ownPct = mean(({ backgroundPct }) => backgroundPct);
  const figures = [
    `mean ${percent(mean(({ loadPct }) => loadPct))}`,
    `range ${least}-${most} %`,
    ...(ownPct > 0 ? [`host ${percent(ownPct)}`] : []),
  ];
  const over = all.filter((loadPct) => loadPct > 100).length;
  return `Load: ${figures.join(', ')}; ${over === 0 ? 'no pCPU' : counted(over, 'pCPU')} above 100 %`;
}

/** The vCPU that waits longest, in one line; none where it is not known. */
export function readyLine(vcpus: readonly VcpuLoad[]): readonly string[] {
  const first = vcpus.reduce<VcpuLoad | undefined>((most, vcpu) => {
    const order = most === undefined ? -1 : readyPct(most) - readyPct(vcpu) || byName(vcpu, most);
    return order < 0 ? vcpu : most;
  }, undefined);
  if (first === undefined || readyPct(first) < 0) return [];
  return [`Ready: at most ${percent(readyPct(first))} (${safeText(first.domain.name)} vCPU ${first.vcpu})`];
}

/** Below zero where it is not known. */
export function readyPct({ reading }: VcpuLoad): number {
  return reading.kind === 'measured' ? (reading.delayPct ?? -1) : -1;
}

/** As people count: guest-2 before guest-10. */
export function byName(a: VcpuLoad, b: VcpuLoad): number {
  return collator.compare(a.domain.name, b.domain.name) || a.vcpu - b.vcpu;
}

const collator = new Intl.Collator('en', { numeric: true });
