import { type Finding, fault, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** libvirt answers, and it is QEMU that it speaks for. */
export function connection({ virsh, connection: told }: Facts): Finding {
  if (!virsh.ok) return unknown('no virsh');
  if (!told.ok) return fault(told.message, told.remedy);
  const { uri } = told.value;
  if (/^(qemu|kvm|sim)(\+|:)/.test(uri)) return ok(uri);
  return warning(uri, 'vcpusched is made for QEMU and KVM: name their connection with --connect');
}
