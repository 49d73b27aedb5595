/** CPU numbers, ascending and without repeats. */
export type CpuSet = readonly number[];

/** The most pCPUs that libvirt knows of a host, VIR_DOMAIN_CPUMASK_LEN: no number reaches it. */
export const maxCpus = 16_384;

/** The longest CPU list that is read, in characters: what names every second one of so many CPUs is longer than any. */
const maxListLength = 65_536;

/**
 * Reads a CPU list such as virsh takes: `0-3,8,^2`. Unlike there, `^` takes away wherever it stands. It costs time for
 * what it holds, not for the numbers that it names again and again.
 * @throws {RangeError} naming the part that is no number, range or exclusion, or that no host has
 * @source virBitmapParse in libvirt; `man virsh`, vcpupin
 */
export function parseCpuList(text: string): CpuSet {
  if (text.length > maxListLength)
    throw new RangeError(`the list is longer than ${maxListLength} characters`);
  const wanted: Range[] = [];
  const unwanted: Range[] = [];
  for (const part of text.split(',')) {
    const trimmed = part.trim();
    const match = /^(\^?)(\d{1,9})(?:-(\d{1,9}))?$/.exec(trimmed);
    if (!match) throw new RangeError(`'${start(trimmed)}' is not a CPU number or a range such as 0-3`);
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first) throw new RangeError(`the range '${trimmed}' runs backwards`);
    if (last >= maxCpus)
      throw new RangeError(`'${trimmed}' is beyond the last pCPU that a host can have, ${maxCpus - 1}`);
    (match[1] === '^' ? unwanted : wanted).push([first, last]);
  }
  return numbersIn(wanted, unwanted);
}

/**
 * Reads a CPU list as the kernel prints and takes it: a comma may end it, `0-6:2` is each second one and `0-9:2/5` the
 * first two of each five; what stands for none (`(null)`, nothing at all) is the empty set.
 * @returns undefined for what is none
 * @source bitmap_parselist in the kernel; cpulist_parse of irqbalance
 */
export function parseKernelCpuList(text: string): CpuSet | undefined {
  const list = text.trim();
  if (list === '' || list === '(null)') return [];
  if (list.length > maxListLength) return undefined;
  const ranges: Range[] = [];
  for (const part of list.replace(/,$/, '').split(',')) {
    const [, first = '', last = first, used = '1', group = ''] =
      /^(\d{1,9})(?:-(\d{1,9})(?::(\d{1,5})(?:\/(\d{1,5}))?)?)?$/.exec(part.trim()) ?? [];
    if (first === '' || Number(last) < Number(first) || Number(last) >= maxCpus) return undefined;
    const [width, step] = group === '' ? [1, Number(used)] : [Number(used), Number(group)];
    if (width === 0 || step === 0 || ranges.length > maxCpus) return undefined;
    if (width >= step) ranges.push([Number(first), Number(last)]);
    else
      for (let at = Number(first); at <= Number(last); at += step)
        ranges.push([at, Math.min(at + width - 1, Number(last))]);
  }
  return numbersIn(ranges, []);
}

/** The first and the last number. */
type Range = readonly [number, number];

/** What lies in one of the ranges wanted and in none of the others, ascending. */
function numbersIn(wanted: readonly Range[], unwanted: readonly Range[]): CpuSet {
  const out = [...unwanted].sort((a, b) => a[0] - b[0]);
  const found: number[] = [];
  let next = 0;
  let gap = 0;
  for (const [first, last] of [...wanted].sort((a, b) => a[0] - b[0])) {
    for (let cpu = Math.max(first, next); cpu <= last; cpu++) {
      for (let range = out[gap]; range !== undefined && range[1] < cpu; range = out[gap]) gap++;
      const range = out[gap];
      if (range !== undefined && range[0] <= cpu) cpu = range[1];
      else found.push(cpu);
    }
    next = Math.max(next, last + 1);
  }
  return found;
}

/** Enough of a text to know it by. */
function start(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** Writes a set as the shortest list that virsh takes, `0-3,8`; the empty set is ''. */
export function formatCpuSet(set: CpuSet): string {
  const parts: string[] = [];
  for (let i = 0; i < set.length; i++) {
    const first = set[i];
    while (i + 1 < set.length && set[i + 1] === (set[i] ?? 0) + 1) i++;
    const last = set[i];
    parts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return parts.join(',');
}

/** Sorts and removes repeats. */
export function cpuSet(cpus: Iterable<number>): CpuSet {
  return [...new Set(cpus)].sort((a, b) => a - b);
}

export function intersect(a: CpuSet, b: CpuSet): CpuSet {
  const inB = new Set(b);
  return a.filter((cpu) => inB.has(cpu));
}

export function without(a: CpuSet, b: CpuSet): CpuSet {
  const inB = new Set(b);
  return a.filter((cpu) => !inB.has(cpu));
}

export function isSubset(a: CpuSet, b: CpuSet): boolean {
  let i = 0;
  return a.every((cpu) => {
    while ((b[i] ?? cpu) < cpu) i++;
    return b[i] === cpu;
  });
}

export function sameCpus(a: CpuSet, b: CpuSet): boolean {
  return a.length === b.length && a.every((cpu, i) => cpu === b[i]);
}

/** Whether both are there and the same, or neither is there. */
export function sameCpusOrNone(a: CpuSet | undefined, b: CpuSet | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameCpus(a, b));
}
