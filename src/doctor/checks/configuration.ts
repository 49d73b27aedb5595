import { formatCpuSet, intersect, without } from '../../model/cpu-set.ts';
import { type Finding, fault, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** Whether it fits this host. A fault in the file itself would have ended the program before. */
export function configuration({ config: { file, isOpen, ruleCpus }, connection, cpus }: Facts): Finding {
  if (connection.ok) {
    const { online } = connection.value.snapshot;
    const absent = without(cpus ?? [], online);
    if (absent.length > 0) {
      return fault(
        `cpus names pCPU ${formatCpuSet(absent)}, which is not online: nothing can be balanced`,
        `name some of ${formatCpuSet(online)}`,
      );
    }
    const idle = ruleCpus.find(({ set }) => intersect(set, cpus ?? online).length === 0);
    if (idle !== undefined) {
      return warning(
        `the pCPUs of a rule (${formatCpuSet(idle.set)}, ${idle.by}) are none of those in use: its domains are left alone`,
        `name some of ${formatCpuSet(cpus ?? online)}`,
      );
    }
  }
  if (file === undefined) return ok('no file: all settings have their defaults');
  if (!isOpen) return ok(`${file}: no fault found`);
  return warning(`${file}: everybody may write it, and root will not trust it`, `chmod o-w '${file}'`);
}
