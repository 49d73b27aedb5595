/** The pCPUs that a demand may be put on, by position, ascending and at least one; undefined: all. */
export type Places = readonly number[] | undefined;

/** Demands that are to be divided over pCPUs. */
export type Task = {
  readonly demands: readonly number[];
  /** what each pCPU carries already, in per cent of what it can do */
  readonly base: readonly number[];
  /** what each pCPU can do, as a share of what the fastest can; undefined: all the same */
  readonly capacity?: readonly number[] | undefined;
  /** where each demand may be put; one that is not named may be put anywhere */
  readonly allowed: readonly Places[];
};

/** A part of a task that can be done for itself: which demands and pCPUs of the whole are its own, in order. */
export type Part = Task & { readonly items: readonly number[]; readonly pcpus: readonly number[] };

/** The parts a task falls into: no demand of one may be put on a pCPU of another. */
export function partsOf(task: Task): readonly Part[] {
  const { demands, base, allowed } = task;
  const items = [...demands.keys()];
  const pcpus = [...base.keys()];
  const isWhole = allowed.length === 0 || items.some((i) => allowed[i] === undefined);
  const parts = isWhole ? base.map(() => 0) : linked(base.length, new Set(allowed));
  const names = [...new Set(parts)];
  if (names.length <= 1) return [{ ...task, items, pcpus }];
  return names.map((name) =>
    separate(
      task,
      items.filter((i) => parts[allowed[i]?.[0] ?? 0] === name),
      pcpus.filter((pcpu) => parts[pcpu] === name),
    ),
  );
}

/** @returns for each pCPU the least one that is linked with it, by sets that share one */
function linked(count: number, sets: Iterable<Places>): readonly number[] {
  let parts = Array.from({ length: count }, (_, pcpu) => pcpu);
  for (const set of sets) {
    const joined = new Set(set?.map((pcpu) => parts[pcpu] ?? 0));
    const least = Math.min(...joined);
    parts = parts.map((part) => (joined.has(part) ? least : part));
  }
  return parts;
}

/** A part by itself: its pCPUs counted from 0 again. */
function separate(
  { demands, base, allowed, capacity }: Task,
  items: readonly number[],
  pcpus: readonly number[],
): Part {
  const positions = new Map(pcpus.map((pcpu, position) => [pcpu, position]));
  const own = new Map<Places, Places>();
  for (const set of new Set(items.map((i) => allowed[i]))) {
    const all = set === undefined || set.length === pcpus.length;
    own.set(set, all ? undefined : set.map((pcpu) => positions.get(pcpu) ?? 0));
  }
  return {
    demands: items.map((i) => demands[i] ?? 0),
    base: pcpus.map((pcpu) => base[pcpu] ?? 0),
    ...(capacity && { capacity: pcpus.map((pcpu) => capacity[pcpu] ?? 1) }),
    allowed: items.map((i) => own.get(allowed[i])),
    items,
    pcpus,
  };
}
