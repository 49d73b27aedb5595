import { type CpuSet, formatCpuSet, intersect, parseKernelCpuList, without } from '../../model/cpu-set.ts';
import { type Finding, ok, unknown, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/**
 * Interrupts on a pCPU make its vCPUs wait. Somewhere they have to be: it is worth a word only where some pCPUs
 * are kept from the guests, and could take them.
 */
export function irqbalance({ machine, connection, cpus }: Facts): Finding {
  if (!connection.ok) return unknown('no connection');
  if (!machine.ok) return unknown(machine.message);
  const { processes, irqbalance: settings, isolated } = machine.value;
  const pid = processes.get('irqbalance');
  if (pid === undefined) return ok('does not run');
  const { online } = connection.value.snapshot;
  const used = intersect(online, cpus ?? online);
  const shared = without(used, bannedIn(settings ?? '') ?? isolated);
  if (shared.length === 0) return ok('keeps interrupts off the pCPUs of the guests');
  if (used.length === online.length) return ok('spreads interrupts over all pCPUs, which guests use too');
  return warning(
    `irqbalance (pid ${pid}) puts interrupts on pCPUs ${formatCpuSet(shared)}, which guests use: vCPUs wait for them`,
    `set IRQBALANCE_BANNED_CPULIST=${formatCpuSet(used)} in its settings, and start it anew`,
  );
}

/**
 * The pCPUs that its settings keep free; undefined where they say nothing: then it keeps off isolated ones.
 * @source irqbalance(1); a mask in hexadecimal, with commas, or since 1.8 a list
 */
function bannedIn(settings: string): CpuSet | undefined {
  const value = (name: string) =>
    new RegExp(`^\\s*(?:export\\s+)?${name}=["']?([^"'\\s]+)`, 'm').exec(settings)?.[1];
  const list = value('IRQBALANCE_BANNED_CPULIST');
  const listed = list === undefined ? undefined : parseKernelCpuList(list);
  if (listed !== undefined) return listed;
  const mask = value('IRQBALANCE_BANNED_CPUS')?.replaceAll(',', '').replace(/^0x/i, '');
  if (mask === undefined || !/^[0-9a-f]+$/i.test(mask)) return undefined;
  const bits = [...BigInt(`0x${mask}`).toString(2)].reverse();
  return bits.flatMap((bit, cpu) => (bit === '1' ? [cpu] : []));
}
