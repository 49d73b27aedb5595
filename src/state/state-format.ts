import { createHash } from 'node:crypto';
import { formatCpuSet } from '../model/cpu-set.ts';
import type { SavedState, SavedVcpu } from './saved-state.ts';

export const formatName = 'vcpusched-state';
export const formatVersion = 1;

/**
 * Writes a state as JSON, with each entry on a line of its own that carries its checksum, and the checksum of all
 * before it at the end: what is damaged costs the line that it is in.
 */
export function formatState({ boot, vcpus, moves, sample, refused }: SavedState): string {
  const body = [
    `{"format":"${formatName}","formatVersion":${formatVersion},`,
    ...(boot === undefined ? [] : [`"boot":${JSON.stringify(boot)},`]),
    ...list('vcpus', vcpus.map(vcpuEntry)),
    ...list(
      'moves',
      moves.map(({ from, to, ...rest }) => ({ ...rest, from: formatCpuSet(from), to: formatCpuSet(to) })),
    ),
    ...(refused === undefined ? [] : list('refused', refused.map(refusedEntry))),
    ...(sample === undefined ? [] : [`"sample":${json(sampleEntry(sample))},`]),
    '',
  ].join('\n');
  return `${body}"sum":"${checksum(body)}"}\n`;
}

/** The lines of a list in a state file. */
function list(name: string, entries: readonly object[]): readonly string[] {
  const lines = entries.map((entry, i) => {
    const text = json(entry);
    return `${text.slice(0, -1)},"sum":"${checksum(text)}"}${i < entries.length - 1 ? ',' : ''}`;
  });
  return [`"${name}":[`, ...lines, '],'];
}

function vcpuEntry({ domain, cpuTimeNs, original, set, ...rest }: SavedVcpu): object {
  return {
    ...domain,
    ...rest,
    cpuTimeNs: cpuTimeNs?.toString(),
    original: formatCpuSet(original),
    set: set.map(formatCpuSet),
  };
}

function refusedEntry({ pcpus, online, granted, partition }: NonNullable<SavedState['refused']>[number]) {
  return {
    partition,
    pcpus: formatCpuSet(pcpus),
    online: formatCpuSet(online),
    granted: granted === undefined ? undefined : formatCpuSet(granted),
  };
}

/** Affinities are lists, which are a hundredth of the numbers on a large host. */
function sampleEntry({ domains, ...sample }: NonNullable<SavedState['sample']>): object {
  return {
    ...sample,
    domains: domains.map(({ vcpus, ...domain }) => ({
      ...domain,
      vcpus: vcpus.map(({ affinity, ...vcpu }) => ({
        ...vcpu,
        affinity: affinity && formatCpuSet(affinity),
      })),
    })),
  };
}

/** A number of nanoseconds can be larger than a JSON number may be, and is written as text. */
function json(value: object): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
}

/** Not against an attacker, who could write another one, but against a disk and a hand. */
export function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
