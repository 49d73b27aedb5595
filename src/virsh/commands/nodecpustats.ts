import type { PcpuTimes } from '../../model/snapshot.ts';
import { type Command, ParseError } from '../command.ts';

/**
 * How long one pCPU was busy and how long there was, since the host booted: nanoseconds in steps of 10 ms, the time of
 * guests included. It fails for a pCPU that is offline, and where the driver has no such thing.
 * @throws {ParseError}
 * @source cmdNodeCpuStats in virsh; virHostCPUGetStatsLinux in libvirt: user is user and nice, system is system, irq
 *   and softirq; what a host that is a guest itself was denied (steal) is left out; what guests ran, which is told beside
 *   it since some version up to 12.8, is a part of user
 */
export function nodecpustats(pcpu: number): Command<PcpuTimes> {
  return { words: ['nodecpustats', '--cpu', `${pcpu}`], parse: pcpuTimes };
}

function pcpuTimes(stdout: string): PcpuTimes {
  const times = new Map<string, bigint>();
  for (const line of stdout.split('\n')) {
    const [, name, value] = /^([a-z]{1,20}): {1,40}(\d{1,20})$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) times.set(name, BigInt(value));
  }
  const needed = (name: string): bigint => {
    const time = times.get(name);
    if (time === undefined) throw new ParseError('nodecpustats', `${name} time`, stdout.trim());
    return time;
  };
  const busyNs = needed('user') + needed('system') + (times.get('intr') ?? 0n);
  return { busyNs, totalNs: busyNs + needed('idle') + (times.get('iowait') ?? 0n) };
}
