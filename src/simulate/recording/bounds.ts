import * as v from 'valibot';
import { type Bounds, unbounded } from '../../model/bounds.ts';
import { type CpuSet, formatCpuSet, parseCpuList } from '../../model/cpu-set.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const share = v.pipe(v.number(), v.finite(), v.minValue(0));

export const cpuListSchema = v.pipe(
  v.string(),
  v.maxLength(65_536),
  v.regex(/^$|^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/, 'Expected a CPU list'),
);

/** What binds a domain, as a recording has it: of what says nothing there is no member. */
export const boundsSchema = v.object({
  cpuset: v.optional(cpuListSchema),
  pins: v.optional(v.array(v.object({ vcpu: whole, cpus: cpuListSchema }))),
  memoryCells: v.optional(cpuListSchema),
  memnodes: v.optional(v.array(v.object({ vcpus: cpuListSchema, cells: cpuListSchema }))),
  isAuto: v.optional(v.boolean()),
  partition: v.optional(v.string()),
  vcpuPct: v.optional(share),
  domainPct: v.optional(share),
  realtime: v.optional(v.array(v.object({ vcpus: cpuListSchema, scheduler: v.string() }))),
  emulator: v.optional(v.array(cpuListSchema)),
  guestThreads: v.optional(v.pipe(whole, v.minValue(1))),
  deviceCells: v.optional(v.array(whole)),
  granted: v.optional(cpuListSchema),
  priority: v.optional(v.pipe(v.number(), v.safeInteger())),
  cpus: v.optional(v.object({ set: cpuListSchema, by: v.string() })),
  leave: v.optional(v.string()),
});

export type BoundsLine = v.InferOutput<typeof boundsSchema>;

/**
 * What of a domain's bounds a replay needs; undefined where nothing binds it. The live masks are in the vCPUs'
 * affinities.
 */
export function boundsLine(bounds: Bounds): BoundsLine | undefined {
  if (bounds === unbounded) return undefined;
  const { quota, word } = bounds;
  const line: BoundsLine = {
    ...(bounds.cpuset && { cpuset: formatCpuSet(bounds.cpuset) }),
    ...some(
      'pins',
      bounds.pins.map(({ vcpu, cpus }) => ({ vcpu, cpus: formatCpuSet(cpus) })),
    ),
    ...(bounds.memoryCells && { memoryCells: formatCpuSet(bounds.memoryCells) }),
    ...some(
      'memnodes',
      bounds.memnodes.map(({ vcpus, cells }) => ({
        vcpus: formatCpuSet(vcpus),
        cells: formatCpuSet(cells),
      })),
    ),
    ...(bounds.isAuto === true && { isAuto: true }),
    ...(bounds.partition !== undefined && { partition: bounds.partition }),
    ...(quota.vcpuPct !== undefined && { vcpuPct: quota.vcpuPct }),
    ...(quota.domainPct !== undefined && { domainPct: quota.domainPct }),
    ...some(
      'realtime',
      bounds.realtime.map(({ vcpus, scheduler }) => ({ vcpus: formatCpuSet(vcpus), scheduler })),
    ),
    ...some('emulator', bounds.emulator.map(formatCpuSet)),
    ...(bounds.guestThreads > 1 && { guestThreads: bounds.guestThreads }),
    ...some('deviceCells', bounds.deviceCells),
    ...(bounds.granted && { granted: formatCpuSet(bounds.granted) }),
    ...(word.priority !== undefined && { priority: word.priority }),
    ...(word.cpus && { cpus: { set: formatCpuSet(word.cpus.set), by: word.cpus.by } }),
    // Why it could not be read this time, or not yet, binds nothing.
    ...(bounds.unmanaged === true && bounds.leave !== undefined && { leave: bounds.leave }),
  };
  return Object.keys(line).length === 0 ? undefined : line;
}

function some<K extends string, T>(
  key: K,
  values: readonly T[],
): { readonly [key in K]?: T[] } | Record<never, never> {
  return values.length === 0 ? {} : { [key]: [...values] };
}

export function boundsOfLine(line: BoundsLine | undefined): Bounds {
  if (line === undefined) return unbounded;
  const { vcpuPct, domainPct, priority, cpus: word } = line;
  return {
    ...unbounded,
    cpuset: maybeCpus(line.cpuset),
    pins: (line.pins ?? []).map(({ vcpu, cpus: set }) => ({ vcpu, cpus: cpus(set) })),
    memoryCells: maybeCpus(line.memoryCells),
    memnodes: (line.memnodes ?? []).map(({ vcpus, cells }) => ({ vcpus: cpus(vcpus), cells: cpus(cells) })),
    ...(line.isAuto === true && { isAuto: true }),
    partition: line.partition,
    quota: { vcpuPct, domainPct },
    realtime: (line.realtime ?? []).map(({ vcpus, scheduler }) => ({ vcpus: cpus(vcpus), scheduler })),
    emulator: (line.emulator ?? []).map(cpus),
    guestThreads: line.guestThreads ?? 1,
    deviceCells: line.deviceCells ?? [],
    granted: maybeCpus(line.granted),
    word: {
      ...(word && { cpus: { set: cpus(word.set), by: word.by } }),
      ...(priority !== undefined && { priority }),
    },
    leave: line.leave,
    ...(line.leave !== undefined && { unmanaged: true }),
  };
}

/** The empty set is no list to parseCpuList. */
export function cpus(list: string): CpuSet {
  return list === '' ? [] : parseCpuList(list);
}

function maybeCpus(list: string | undefined): CpuSet | undefined {
  return list === undefined ? undefined : cpus(list);
}
