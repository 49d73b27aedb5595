import { formatCpuSet, intersect, without } from '../../model/cpu-set.ts';
import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** A cgroup above the guests that has fewer pCPUs than are online: a pin outside of it fails. */
export function cgroup({ machine, connection }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  if (!machine.ok) return unknown(machine.message);
  const { granted } = machine.value;
  const { online } = connection.value.snapshot;
  if (granted === undefined) return ok('no cgroup of the guests limits their pCPUs');
  const missing = without(online, granted);
  if (missing.length === 0) return ok('the cgroup of the guests has all pCPUs');
  return warning(
    `the cgroup of the guests has pCPUs ${formatCpuSet(intersect(online, granted))}, and not ${formatCpuSet(missing)}: those are not used`,
    "see AllowedCPUs= of machine.slice ('systemctl show machine.slice -p AllowedCPUs')",
  );
}
