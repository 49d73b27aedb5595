import * as v from 'valibot';
import { formatCpuSet, isSubset } from '../../model/cpu-set.ts';
import type { PcpuTimes, Snapshot } from '../../model/snapshot.ts';
import { cpuListSchema, cpus } from './bounds.ts';

/**
 * What pCPUs did. Not each sample has it, and not of all: it is told whole (`busyNs`, `totalNs`), or as the difference
 * in milliseconds from what was told last since the header (`busyGrewMs`, `totalGrewMs`) where that is there of each of `pcpus`.
 */
const differences = v.array(v.pipe(v.number(), v.finite()));
const wholes = v.array(v.pipe(v.string(), v.regex(/^\d{1,20}$/, 'Expected nanoseconds as text')));
export const pcpuTimesSchema = v.object({
  pcpus: cpuListSchema,
  busyNs: v.optional(wholes),
  totalNs: v.optional(wholes),
  busyGrewMs: v.optional(differences),
  totalGrewMs: v.optional(differences),
});

export type PcpuTimesLine = v.InferOutput<typeof pcpuTimesSchema>;
type TimesByPcpu = Snapshot['pcpuTimes'];

/** Nanoseconds in units of so many: most are whole then, and short. Undefined where they could not be told back. */
export function inUnits(ns: number, unitNs: number): number | undefined {
  const units = ns / unitNs;
  return Number.isSafeInteger(ns) && Math.round(units * unitNs) === ns ? units : undefined;
}

/** @throws {RangeError} where they are more than there can be */
export function nsOfUnits(units: number, unitNs: number): bigint {
  return BigInt(Math.round(units * unitNs));
}

/** @param known what was told since the header; undefined: nothing */
export function pcpuTimesLine(known: TimesByPcpu, times: TimesByPcpu): PcpuTimesLine | undefined {
  if (times.size === 0) return undefined;
  const ids = [...times.keys()].sort((a, b) => a - b);
  const pcpus = formatCpuSet(ids);
  const grew = (of: (each: PcpuTimes) => bigint): number[] | undefined => {
    const differences = ids.flatMap((id) => {
      const [before, now] = [known.get(id), times.get(id)];
      return before === undefined || now === undefined ? [] : [Number(of(now) - of(before))];
    });
    const inMs = differences.map((ns) => inUnits(ns, 1e6));
    return inMs.length === ids.length && inMs.every((ms) => ms !== undefined) ? inMs : undefined;
  };
  const busyGrewMs = grew(({ busyNs }) => busyNs);
  const totalGrewMs = grew(({ totalNs }) => totalNs);
  if (busyGrewMs !== undefined && totalGrewMs !== undefined) return { pcpus, busyGrewMs, totalGrewMs };
  const all = (of: (each: PcpuTimes) => bigint): string[] =>
    ids.map((id) => `${of(times.get(id) ?? { busyNs: 0n, totalNs: 0n })}`);
  return { pcpus, busyNs: all(({ busyNs }) => busyNs), totalNs: all(({ totalNs }) => totalNs) };
}

/**
 * What a line tells, of the pCPUs that it names.
 * @throws {RangeError} where it does not fit together
 */
export function pcpuTimesOfLine(known: TimesByPcpu, line: PcpuTimesLine | undefined): TimesByPcpu {
  if (line === undefined) return new Map();
  const ids = cpus(line.pcpus);
  const { busyNs, totalNs, busyGrewMs, totalGrewMs } = line;
  const [busy, total] = busyGrewMs && totalGrewMs ? [busyGrewMs, totalGrewMs] : [busyNs, totalNs];
  if (busy?.length !== ids.length || total?.length !== ids.length)
    throw new RangeError(`pcpuTimes: has other than ${ids.length} entries for ${ids.length} pCPUs`);
  const nsOf = (value: string | number | undefined): bigint =>
    typeof value === 'number' ? nsOfUnits(value, 1e6) : BigInt(value ?? 0);
  const isGrown = busyGrewMs !== undefined && totalGrewMs !== undefined;
  if (
    isGrown &&
    !isSubset(
      ids,
      [...known.keys()].sort((a, b) => a - b),
    )
  )
    throw new RangeError('pcpuTimes: a difference from what was not told');
  return new Map(
    ids.map((id, i) => {
      const { busyNs: busyBefore, totalNs: totalBefore } = (isGrown ? known.get(id) : undefined) ?? {
        busyNs: 0n,
        totalNs: 0n,
      };
      return [id, { busyNs: busyBefore + nsOf(busy[i]), totalNs: totalBefore + nsOf(total[i]) }];
    }),
  );
}
