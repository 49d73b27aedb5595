import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** `vcpu.N.delay` in domstats: without it demand is what a vCPU ran, and one that starves looks idle. */
export function delay({ connection }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  const vcpus = connection.value.snapshot.domains.flatMap((domain) => domain.vcpus);
  const counters = vcpus.flatMap((vcpu) => vcpu.counters ?? []);
  if (counters.length === 0) return unknown('no domain is running', 'start one, and look again');
  if (counters.some(({ delayNs }) => delayNs !== undefined)) return ok('libvirt tells how long vCPUs wait');
  return warning(
    'libvirt does not tell how long vCPUs wait: those that starve look idle',
    'update to libvirt 7.2 or later',
  );
}
