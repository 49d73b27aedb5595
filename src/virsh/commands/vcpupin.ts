import { type CpuSet, formatCpuSet } from '../../model/cpu-set.ts';
import type { Command } from '../command.ts';

/** The words that pin one vCPU, live only: without --live the effect differs by hypervisor. */
export function vcpupinWords(uuid: string, vcpu: number, cpus: CpuSet): readonly string[] {
  return ['vcpupin', '--domain', uuid, '--vcpu', `${vcpu}`, '--cpulist', formatCpuSet(cpus), '--live'];
}

/** Pins one vCPU. It may wait 30 s and then fail while the domain is migrating or being saved. */
export function vcpupin(uuid: string, vcpu: number, cpus: CpuSet): Command<void> {
  return { words: vcpupinWords(uuid, vcpu, cpus), parse: () => undefined };
}
