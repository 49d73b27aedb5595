import type { VcpuLoad } from '../model/load.ts';

/** Ascending by UUID, then number: the order that breaks every tie. */
export function inOrder(vcpus: readonly VcpuLoad[]): readonly VcpuLoad[] {
  return vcpus.toSorted((a, b) => compare(a.domain.uuid, b.domain.uuid) || a.vcpu - b.vcpu);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
