import { type CpuSet, cpuSet } from '../../model/cpu-set.ts';

/**
 * Reads a CPU list as libvirt does: part by part, so that `^1` takes away only what came before it, and only
 * a single CPU. Undefined where libvirt cannot read it.
 * @source virBitmapParseInternal in libvirt's src/util/virbitmap.c; checked with virsh 9.0.0
 */
export function parseBitmap(text: string): CpuSet | undefined {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(?:\^(?<out>\d{1,5})|(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?)\s*$/.exec(part);
    if (!match?.groups) return undefined;
    const { out, first, last = first } = match.groups;
    if (out !== undefined) cpus.delete(Number(out));
    if (Number(last) < Number(first)) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return cpuSet(cpus);
}
