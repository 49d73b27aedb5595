import { type Finding, fault, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** virsh is there, and is one that vcpusched was tried with. */
export function virsh({ virsh: version }: Facts): Finding {
  if (!version.ok) return fault(version.message, version.remedy);
  const [major = 0] = version.value.split('.').map(Number);
  const message = `virsh ${version.value}`;
  return major >= 7 ? ok(message) : warning(message, 'vcpusched is made for 7.0 and later: update libvirt');
}
