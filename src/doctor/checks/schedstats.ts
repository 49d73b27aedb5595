import { type Finding, ok, unknown } from '../check.ts';
import type { Facts } from '../facts.ts';

/**
 * `vcpu.N.wait` is 0 without them; `vcpu.N.delay`, which vcpusched reads, needs no more than the kernel's
 * CONFIG_SCHED_INFO.
 * @source qemuGetSchedInfo and qemuGetSchedstatDelay in libvirt
 */
export function schedstats({ machine }: Facts): Finding {
  if (!machine.ok) return unknown(machine.message);
  const text = machine.value.schedstats?.trim();
  const what = text === undefined ? 'not in this kernel' : text === '0' ? 'off' : 'on';
  return ok(`${what}; nothing here depends on it: vcpusched reads the delay of a vCPU, and not its wait`);
}
