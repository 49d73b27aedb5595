import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/**
 * `vcpu.N.delay` in domstats: without it demand is what a vCPU ran, and one that starves looks idle. On a kernel
 * that keeps no account of waiting libvirt says 0.
 * @source qemuGetSchedstatDelay in libvirt; proc_pid_schedstat in the kernel, which needs CONFIG_SCHED_INFO
 */
export function delay({ connection, machine }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  if (machine.ok && /^(0 0 0)?$/.test(machine.value.schedstat?.trim() ?? '')) {
    return warning(
      'this kernel keeps no account of waiting (CONFIG_SCHED_INFO): vCPUs that starve look idle',
      'run one that does, as those of the distributions do',
    );
  }
  const vcpus = connection.value.snapshot.domains.flatMap((domain) => domain.vcpus);
  const counters = vcpus.flatMap((vcpu) => vcpu.counters ?? []);
  if (vcpus.length === 0) return unknown('no domain is running', 'start one, and look again');
  if (counters.length === 0) return unknown('libvirt does not report what vCPUs run');
  if (counters.some(({ delayNs }) => delayNs !== undefined)) return ok('libvirt reports how long vCPUs wait');
  return warning(
    'libvirt does not report how long vCPUs wait: those that starve look idle',
    'update to libvirt 7.2 or later',
  );
}
