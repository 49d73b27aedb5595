import type { Counters } from '../../model/domain.ts';
import { type Command, ParseError } from '../command.ts';

/** What domstats tells of one running domain. It prints names only; `name` joins it with `list`. */
export type DomainStats = {
  /** as it is, spaces at its end too; where it ends on another line, its first line and a line break */
  readonly name: string;
  /** nanoseconds that all its threads have run; undefined where libvirt does not report */
  readonly cpuTimeNs: bigint | undefined;
  /**
   * whether QEMU was asked: not where a job of the domain was under way, since --nowait waits for none. Only newer
   * libvirts ask QEMU at all (8.10 with QEMU 7.1).
   */
  readonly isQueried: boolean;
  /** by vCPU number; undefined where a field is missing or odd, as `--nowait` leaves it for a busy domain */
  readonly vcpus: ReadonlyMap<number, Counters | undefined>;
  /** the block as it was printed */
  readonly text: string;
};

/**
 * Cumulative times of all running domains, in one call. `vcpu.N.time` is nanoseconds (the manual of 9.0 says
 * microseconds and is wrong), `vcpu.N.delay` exists since 7.2, `vcpu.N.halt_poll_*_ns.sum` since 8.10 with KVM; N can
 * be sparse, and an offline vCPU has a state other than 1 or none at all.
 * @source qemuDomainGetStatsVcpu, qemuDomainGetStatsCpu and qemuDomainGetStatsCpuHaltPollTime in libvirt
 */
export const domstats: Command<readonly DomainStats[]> = {
  words: ['domstats', '--state', '--vcpu', '--cpu-total', '--list-running', '--nowait'],
  parse,
};

/** The fields of one vCPU that are read; from libvirt 8.10 on it has some forty others, which are passed over. */
type VcpuFields = {
  state?: string;
  time?: string;
  delay?: string;
  halt_poll_success_ns?: string;
  halt_poll_fail_ns?: string;
};

type Block = {
  readonly name: string;
  text: string;
  cpuTime: string | undefined;
  isQueried: boolean;
  readonly vcpus: Map<number, VcpuFields>;
};

/**
 * A block begins with `Domain: 'NAME'`, the name as it is, quotes and all. A name that holds a newline ends on
 * another line: it keeps a name that no row of `list` can have, and its fields away from the block before.
 * U+2028 and a carriage return end no line here, whatever a regular expression holds of them.
 */
function parse(stdout: string): readonly DomainStats[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let begin = 0;
  for (let from = 0; from < stdout.length; ) {
    const newline = stdout.indexOf('\n', from);
    const end = newline < 0 ? stdout.length : newline;
    if (stdout.startsWith(head, from)) {
      if (block !== undefined) block.text = stdout.slice(begin, from);
      begin = from;
      block = {
        name: nameIn(stdout.slice(from + head.length, end)),
        text: '',
        cpuTime: undefined,
        isQueried: false,
        vcpus: new Map(),
      };
      blocks.push(block);
    } else if (block !== undefined && stdout.startsWith('  vcpu.', from)) {
      addVcpuField(block.vcpus, stdout.slice(from + '  vcpu.'.length, Math.min(end, from + longestField)));
    } else if (block !== undefined && stdout.startsWith('  cpu.time=', from)) {
      block.cpuTime = stdout.slice(from + '  cpu.time='.length, Math.min(end, from + longestField));
    } else if (block !== undefined && stdout.startsWith('  cpu.haltpoll.', from)) {
      // It is read by query-stats of QEMU, for which libvirt needs a job of its own.
      block.isQueried = true;
    }
    from = end + 1;
  }
  if (block !== undefined) block.text = stdout.slice(begin);
  if (blocks.length === 0 && stdout.trim() !== '') throw new ParseError('domstats', 'domain', stdout.trim());
  return blocks.map(domain);
}

const head = "Domain: '";

/** No field that is read is longer: `  vcpu.4095.halt_poll_success_ns.sum=` and the 20 digits of a 64-bit number. */
const longestField = 80;

function nameIn(text: string): string {
  return text.endsWith("'") ? text.slice(0, -1) : `${text}\n`;
}

/** What is printed above the statistics of a domain with this name; the name can make it look like several blocks. */
export function headOfBlock(name: string): string {
  return `${head}${name}'\n`;
}

/** `0.time=20`, without what precedes it on its line. */
function addVcpuField(vcpus: Map<number, VcpuFields>, text: string): void {
  const [, number, name, value] = /^(\d{1,6})\.([a-z_]{1,24}(?:\.sum)?)=(.*)$/s.exec(text) ?? [];
  if (number === undefined || name === undefined || value === undefined) return;
  const fields = vcpus.get(Number(number)) ?? {};
  vcpus.set(Number(number), fields);
  if (name === 'state' || name === 'time' || name === 'delay') fields[name] = value;
  else if (name === 'halt_poll_success_ns.sum') fields.halt_poll_success_ns = value;
  else if (name === 'halt_poll_fail_ns.sum') fields.halt_poll_fail_ns = value;
}

function domain({ name, text, cpuTime, isQueried, vcpus }: Block): DomainStats {
  const online = [...vcpus].filter(([, { state }]) => isOnline(state));
  return {
    name,
    cpuTimeNs: nanoseconds(cpuTime),
    isQueried,
    vcpus: new Map(online.map(([number, fields]) => [number, counters(fields)])),
    text,
  };
}

/** VIR_VCPU_OFFLINE is 0; 1 is running and 2 blocked, and the QEMU driver says 1 for both. */
function isOnline(state: string | undefined): boolean {
  return state !== '0';
}

function counters(fields: VcpuFields): Counters | undefined {
  const cpuTimeNs = nanoseconds(fields.time);
  const delayNs = nanoseconds(fields.delay);
  if (cpuTimeNs === undefined) return undefined;
  const polled = [nanoseconds(fields.halt_poll_success_ns), nanoseconds(fields.halt_poll_fail_ns)];
  if (polled.every((ns) => ns === undefined)) return { cpuTimeNs, delayNs };
  return { cpuTimeNs, delayNs, polledNs: (polled[0] ?? 0n) + (polled[1] ?? 0n) };
}

/** Exact: a counter outgrows a double after 104 days. */
function nanoseconds(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
