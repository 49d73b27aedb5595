import { formatCpuSet } from '../../model/cpu-set.ts';
import { type Finding, ok, unknown } from '../check.ts';
import type { Facts } from '../facts.ts';

/** isolcpus and nohz_full. */
export function isolated({ machine }: Facts): Finding {
  if (!machine.ok) return unknown(machine.message);
  const { isolated: cpus } = machine.value;
  if (cpus.length === 0) return ok('no pCPU is isolated');
  return ok(
    `pCPUs ${formatCpuSet(cpus)} are isolated (isolcpus, nohz_full): only vCPUs whose configuration names them use them`,
  );
}
