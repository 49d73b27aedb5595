import { type Finding, fault, ok, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** The oldest libvirt whose recorded output is in the tests, and over which every command was run. */
export const oldestLibvirt = '7.0.0';

/** virsh is there, and it and the libvirt that answers are of versions that vcpusched was tried with. */
export function virsh({ virsh: version, libvirt }: Facts): Finding {
  if (!version.ok) return fault(version.message, version.remedy);
  const daemon = libvirt.ok ? libvirt.value : undefined;
  const message = `virsh ${version.value}${daemon === undefined ? '' : `, libvirt ${daemon}`}`;
  if (![version.value, daemon].some((each) => each !== undefined && isTooOld(each))) return ok(message);
  return warning(message, `vcpusched was tried with ${oldestLibvirt} and later only: update libvirt`);
}

function isTooOld(version: string): boolean {
  return version.localeCompare(oldestLibvirt, 'en', { numeric: true }) < 0;
}
