import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CpuSet, parseCpuList } from '../../../src/model/cpu-set.ts';

/** What the kernel knows of one vCPU thread; libvirt is not asked. */
export type VcpuTruth = {
  readonly uuid: string;
  readonly vcpu: number;
  readonly affinity: CpuSet;
  readonly lastPcpu: number;
  readonly runNs: bigint;
  readonly waitNs: bigint;
};

export type VcpuShares = VcpuTruth & { readonly usagePct: number; readonly waitPct: number };

/** Every vCPU thread of every QEMU guest on this machine, by UUID and number. */
export async function truth(): Promise<readonly VcpuTruth[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const guests = await Promise.all(pids.map(guestTruth));
  return guests.flat().sort((a, b) => a.uuid.localeCompare(b.uuid) || a.vcpu - b.vcpu);
}

/** What each vCPU ran and waited over a while, in per cent of one pCPU. */
export async function measure(windowMs: number): Promise<readonly VcpuShares[]> {
  const before = await truth();
  const start = process.hrtime.bigint();
  await sleep(windowMs);
  const after = await truth();
  const pct = (part: bigint): number => (100 * Number(part)) / Number(process.hrtime.bigint() - start);
  return after.flatMap((now) => {
    const then = before.find(({ uuid, vcpu }) => uuid === now.uuid && vcpu === now.vcpu);
    if (!then) return [];
    return { ...now, usagePct: pct(now.runNs - then.runNs), waitPct: pct(now.waitNs - then.waitNs) };
  });
}

/** How many vCPUs may run on each set of pCPUs: `{ '0': 4, '0,1': 2 }`. */
export function pinned(vcpus: readonly VcpuTruth[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { affinity } of vcpus) counts[affinity.join()] = (counts[affinity.join()] ?? 0) + 1;
  return counts;
}

/** A process that ends while it is read counts as not there. */
async function guestTruth(pid: string): Promise<readonly VcpuTruth[]> {
  try {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    const uuid = argv[argv.indexOf('-uuid') + 1];
    if (!argv[0]?.includes('qemu-system-') || uuid === undefined) return [];
    const threads = await readdir(`/proc/${pid}/task`);
    const read = threads.map((tid) => threadTruth(uuid, `/proc/${pid}/task/${tid}`).catch(() => []));
    return (await Promise.all(read)).flat();
  } catch {
    return [];
  }
}

/** Rejects if the thread has ended: QEMU's worker threads do, after ten idle seconds, and its vCPUs go on. */
async function threadTruth(uuid: string, task: string): Promise<readonly VcpuTruth[]> {
  const name = await readFile(`${task}/comm`, 'utf8');
  const vcpu = /^CPU (\d+)\/(?:TCG|KVM)$/.exec(name.trim())?.[1];
  if (vcpu === undefined) return [];
  const [run = '', wait = ''] = (await readFile(`${task}/schedstat`, 'utf8')).split(' ');
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(`${task}/status`, 'utf8'))?.[1];
  const lastPcpu = (await readFile(`${task}/stat`, 'utf8')).split(') ')[1]?.split(' ')[36];
  if (allowed === undefined || lastPcpu === undefined) return [];
  const affinity = parseCpuList(allowed);
  return [
    {
      uuid,
      vcpu: Number(vcpu),
      affinity,
      lastPcpu: Number(lastPcpu),
      runNs: BigInt(run),
      waitNs: BigInt(wait),
    },
  ];
}
