import { shownTicks } from '../../snapshot-of.ts';
import { type Arguments, type Command, type Session, VirshError } from '../command.ts';

/**
 * `nodecpustats`: what a pCPU did since the host was started, or all of them that are online.
 * @source cmdNodeCpuStats in libvirt's tools/virsh-host.c; virHostCPUGetStatsLinux
 */
export const nodecpustats: Command = {
  name: 'nodecpustats',
  options: [
    { name: 'cpu', kind: 'number' },
    { name: 'percent', kind: 'flag' },
  ],
  run: (args, session) => {
    if (args.has('percent')) throw new VirshError('virsh-sim does not look twice: leave --percent out');
    const times = chosen(args, session).map((pcpu) => shownTicks(timesOf(pcpu, session)));
    const sum = (of: (each: (typeof times)[number]) => number) =>
      times.reduce((total, each) => total + of(each), 0);
    return (
      line(
        'user',
        sum(({ userNs }) => userNs),
      ) +
      line(
        'system',
        sum(({ systemNs }) => systemNs),
      ) +
      line(
        'idle',
        sum(({ idleNs }) => idleNs),
      ) +
      line('iowait', 0)
    );
  },
};

/** -1 means all, as if none had been named. One that is offline is not in /proc/stat, as if it were not there. */
function chosen(args: Arguments, { host }: Session): readonly number[] {
  const text = args.text('cpu');
  if (text === undefined) return host.online;
  const number = Number(text);
  if (!/^\s*[+-]?\d+$/.test(text) || number > 2 ** 31 - 1 || number < -(2 ** 31))
    throw new VirshError(`Numeric value '${text}' for <cpu> option is malformed or out of range`);
  if (number === -1) return host.online;
  if (number < 0) {
    throw new VirshError(
      'Unable to get number of cpu stats',
      'cpuNum in virNodeGetCPUStats only accepts -1 as a negative value',
    );
  }
  if (host.online.includes(number)) return [number];
  throw new VirshError('Unable to get node cpu stats', 'Invalid cpuNum in virHostCPUGetStatsLinux');
}

function line(name: string, ns: number): string {
  return `${`${name}:`.padEnd(15)} ${String(ns).padStart(20)}\n`;
}

/** A host whose time has just begun has done nothing. */
function timesOf(pcpu: number, { host: { pcpuTimes = [] } }: Session) {
  return pcpuTimes.find((times) => times.pcpu === pcpu) ?? { userNs: 0, systemNs: 0, idleNs: 0 };
}
