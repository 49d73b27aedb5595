import { type CpuSet, sameCpus } from './cpu-set.ts';

/** A set of pCPUs: `has` by pCPU, `mask` by group, `only` where it lies in one group, or -1. */
export type CpuSetView = {
  readonly cpus: CpuSet;
  readonly has: Uint8Array;
  readonly mask: Uint8Array;
  readonly only: number;
};

/**
 * Looks at sets of pCPUs. Most vCPUs of a host have one of few sets: each set is looked at once.
 * @param groupOf of each pCPU its group, or -1
 */
export function cpuSetViews(groupCount: number, groupOf: Int32Array): (set: CpuSet) => CpuSetView {
  const byIdentity = new Map<CpuSet, CpuSetView>();
  const bySample = new Map<string, CpuSetView[]>();
  return (set) => {
    const known = byIdentity.get(set);
    if (known !== undefined) return known;
    const sample = `${set.length}/${set[0]}/${set[set.length >> 1]}/${set.at(-1)}`;
    const alike = bySample.get(sample) ?? [];
    bySample.set(sample, alike);
    const found = alike.find(({ cpus }) => sameCpus(cpus, set));
    const view = found ?? viewOf(set, groupCount, groupOf);
    if (found === undefined) alike.push(view);
    byIdentity.set(set, view);
    return view;
  };
}

function viewOf(cpus: CpuSet, groupCount: number, groupOf: Int32Array): CpuSetView {
  const has = new Uint8Array(Math.max(...cpus, -1) + 1);
  const mask = new Uint8Array(groupCount);
  let only = groupOf[cpus[0] ?? -1] ?? -1;
  for (const cpu of cpus) {
    const group = groupOf[cpu] ?? -1;
    has[cpu] = 1;
    if (group !== -1) mask[group] = 1;
    if (group !== only) only = -1;
  }
  return { cpus, has, mask, only };
}

export function isWithin(inner: CpuSetView, outer: CpuSetView): boolean {
  return inner === outer || inner.cpus.every((cpu) => outer.has[cpu] === 1);
}
