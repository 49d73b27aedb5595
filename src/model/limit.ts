import { type CpuSet, formatCpuSet } from './cpu-set.ts';

/** The pCPUs that a vCPU has to keep to, and who says so, for people: `its <vcpupin>`, `its cgroup`. */
export type Limit = { readonly set: CpuSet; readonly by: string };

/** `2-3 (its <vcpupin>), 0-3 (its cgroup)`; undefined where there are none. */
export function limitsText(limits: readonly Limit[]): string | undefined {
  if (limits.length === 0) return undefined;
  return limits.map(({ set, by }) => `${set.length === 0 ? 'none' : formatCpuSet(set)} (${by})`).join(', ');
}

/** Who says so where pins have shown that libvirt does not grant a pCPU. */
export const byRefusal = 'libvirt, which has refused others';
