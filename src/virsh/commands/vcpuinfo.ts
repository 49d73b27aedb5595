import type { Placement } from '../../model/domain.ts';
import { type Command, ParseError, wholeNumber } from '../command.ts';

/**
 * Where a domain's vCPUs are: by vCPU number, the pCPU it last ran on and its real affinity. Of a domain that
 * is not running it prints `N/A` and this throws.
 * @throws {ParseError}
 * @source cmdVcpuinfo in virsh: a block a vCPU, a `y` or `-` for each pCPU
 */
export function vcpuinfo(uuid: string): Command<ReadonlyMap<number, Placement>> {
  return { words: ['vcpuinfo', uuid], parse: placements };
}

function placements(stdout: string): ReadonlyMap<number, Placement> {
  const found = new Map<number, Placement>();
  for (const block of stdout.split(/^(?=VCPU:)/m)) {
    if (block.trim() === '') continue;
    const number = wholeNumber('vcpuinfo', 'VCPU', field(block, 'VCPU'));
    const mask = field(block, 'CPU Affinity') ?? '';
    if (!/^[y-]*y[y-]*$/.test(mask)) throw new ParseError('vcpuinfo', `CPU Affinity of vCPU ${number}`, mask);
    found.set(number, {
      affinity: cpusOf(mask),
      lastPcpu: wholeNumber('vcpuinfo', `CPU of vCPU ${number}`, field(block, 'CPU')),
    });
  }
  if (found.size === 0) throw new ParseError('vcpuinfo', 'VCPU', stdout);
  return found;
}

function field(block: string, name: string): string | undefined {
  return new RegExp(`^${name}: +(.*?) *$`, 'm').exec(block)?.[1];
}

/** The CPUs that a `yy-y` mask names. */
export function cpusOf(mask: string): readonly number[] {
  return [...mask].flatMap((flag, cpu) => (flag === 'y' ? [cpu] : []));
}
