/** CPU numbers, ascending and without repeats. */
export type CpuSet = readonly number[];

/**
 * Reads a CPU list such as virsh takes: `0-3,8,^2`. Unlike there, `^` takes away wherever it stands.
 * @throws {RangeError} naming the part that is no number, range or exclusion
 * @source virBitmapParse in libvirt; `man virsh`, vcpupin
 */
export function parseCpuList(text: string): CpuSet {
  const wanted = new Set<number>();
  const unwanted = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\^?)(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    if (!match) throw new RangeError(`'${part.trim()}' is not a CPU number or a range such as 0-3`);
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first) throw new RangeError(`the range '${part.trim()}' runs backwards`);
    const side = match[1] === '^' ? unwanted : wanted;
    for (let cpu = first; cpu <= last; cpu++) side.add(cpu);
  }
  return cpuSet([...wanted].filter((cpu) => !unwanted.has(cpu)));
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
