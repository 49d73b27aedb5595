import { type CpuSet, intersect, sameCpus, without } from '../model/cpu-set.ts';
import type { Capabilities } from '../virsh/commands/capabilities.ts';
import type { OnlineCpus } from '../virsh/commands/nodecpumap.ts';

/** Those who say which pCPUs are online. */
export type Witnesses = {
  readonly told: OnlineCpus;
  /** what libvirt knew when its map was the same; undefined where it could not be asked */
  readonly capabilities: Capabilities | undefined;
  /** what the kernel of this machine says; undefined where the host is another one */
  readonly local: CpuSet | undefined;
};

/**
 * The pCPUs that are online by all witnesses. One about which they disagree is not used: a pin to it would fail, or
 * take a vCPU to where nothing runs.
 * @returns with a remark where they disagree
 */
export function onlineCpus({ told, capabilities, local }: Witnesses): {
  readonly online: CpuSet;
  readonly remark: string | undefined;
} {
  const { map, count } = told;
  const known = without(local === undefined ? map : intersect(map, local), capabilities?.offline ?? []);
  // What stands in the map beyond the pCPUs that are online comes last.
  const online = count !== undefined && known.length > count ? known.slice(0, count) : known;
  if (sameCpus(online, map)) return { online, remark: undefined };
  // It names no pCPU: the map may have others each time.
  const number = count === undefined ? '' : `, of which there are ${count}`;
  const remark = `'virsh nodecpumap' shows pCPUs as online that are not, by others${number}; they are not used`;
  return { online, remark };
}
