import { type CpuSet, maxCpus } from '../../model/cpu-set.ts';
import { cpusOf, fieldLines } from '../answer-fields.ts';
import { type Command, ParseError } from '../command.ts';

/** What virsh tells of the place of one vCPU. What it does not tell is undefined, and `problem` says why. */
export type VcpuInfo = {
  /** the pCPUs it may run on */
  readonly affinity: CpuSet | undefined;
  /** the pCPU it last ran on */
  readonly lastPcpu: number | undefined;
  readonly problem: string | undefined;
};

/**
 * Where a domain's vCPUs are, by their number. Each is read for itself: one that is odd costs what is odd of it. Of a
 * domain that is not running it prints `N/A` and the affinity of its configuration, and this throws.
 * @throws {ParseError} where nothing is told of any vCPU
 * @source cmdVcpuinfo in virsh: a block a vCPU, a `y` or `-` for each pCPU; the CPU is N/A (formerly -1) where the
 *   driver does not tell it, and the state is N/A of a domain that is off
 */
export function vcpuinfo(uuid: string): Command<ReadonlyMap<number, VcpuInfo>> {
  return { words: ['vcpuinfo', uuid], parse };
}

function parse(stdout: string): ReadonlyMap<number, VcpuInfo> {
  const blocks: Map<string, string>[] = [];
  for (const [name, value] of fieldLines(stdout)) {
    if (name === 'VCPU') blocks.push(new Map());
    blocks.at(-1)?.set(name, value);
  }
  const found = new Map<number, VcpuInfo>();
  let fault: ParseError | undefined;
  for (const block of blocks) {
    const text = block.get('VCPU') ?? '';
    if (/^\d{1,6}$/.test(text)) {
      const info = vcpu(Number(text), block);
      const { affinity, lastPcpu } = info;
      found.set(Number(text), { affinity, lastPcpu, problem: info.fault?.message });
      fault ??= info.fault;
    } else fault ??= new ParseError('vcpuinfo', 'VCPU', text);
  }
  if ([...found.values()].some(({ affinity }) => affinity !== undefined)) return found;
  throw fault ?? new ParseError('vcpuinfo', 'VCPU', stdout);
}

function vcpu(
  number: number,
  block: ReadonlyMap<string, string>,
): Omit<VcpuInfo, 'problem'> & { readonly fault: ParseError | undefined } {
  const cpu = block.get('CPU') ?? '';
  const lastPcpu = /^\d{1,5}$/.test(cpu) && Number(cpu) < maxCpus ? Number(cpu) : undefined;
  const mask = block.get('CPU Affinity') ?? '';
  const affinity = block.get('State') === 'N/A' ? undefined : cpusOf(mask);
  const odd = (field: string, text: string) => new ParseError('vcpuinfo', `${field} of vCPU ${number}`, text);
  if (lastPcpu === undefined) return { affinity, lastPcpu, fault: odd('CPU', cpu) };
  return { affinity, lastPcpu, fault: affinity === undefined ? odd('CPU Affinity', mask) : undefined };
}
