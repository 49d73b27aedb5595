import { type CpuSet, maxCpus } from '../model/cpu-set.ts';
import { ParseError } from './command.ts';

/** Reads a number of virsh's that is a whole one and not below zero. */
export function wholeNumber(command: string, field: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new ParseError(command, field, text ?? '');
  return Number(text);
}

/**
 * The line of an answer that has one: the first that is like it, whatever a wrapper of virsh says before. Undefined
 * where there is none, or where more follows.
 */
export function onlyLine(stdout: string, pattern: RegExp): string | undefined {
  const lines = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const at = lines.findIndex((line) => pattern.test(line));
  return at === lines.length - 1 ? lines[at] : undefined;
}

/**
 * Whether an answer has its end: after each command virsh prints an empty line.
 * @source vshCommandRun in libvirt
 */
export function isWhole(stdout: string): boolean {
  return stdout === '\n' || stdout.endsWith('\n\n');
}

/** The lines of the form `NAME: value`, in order; one that has lost its end is none. */
export function fieldLines(stdout: string): readonly (readonly [name: string, value: string])[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    });
}

/**
 * The CPUs that a mask such as `yy-y` names; undefined where it names none, or more than a host has, or is no mask. Masks
 * that are equal come to the same set, so that thousands of vCPUs take the room of one, and can be compared at once.
 */
export function cpusOf(mask: string): CpuSet | undefined {
  if (mask.length > maxCpus) return undefined;
  const known = knownMasks.get(mask);
  if (known !== undefined) return known;
  const cpus = numbersIn(mask);
  if (knownMasks.size >= mostMasks) knownMasks.clear();
  if (cpus !== undefined) knownMasks.set(mask, cpus);
  return cpus;
}

const knownMasks = new Map<string, CpuSet>();

/** A host has a mask for each of its pCPUs that something is pinned to, and some others. */
const mostMasks = 4096;

function numbersIn(mask: string): CpuSet | undefined {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < mask.length; cpu++) {
    if (mask[cpu] === 'y') cpus.push(cpu);
    else if (mask[cpu] !== '-') return undefined;
  }
  return cpus.length > 0 ? cpus : undefined;
}
