import { type CpuSet, sameCpus } from '../model/cpu-set.ts';
import type { Domain, Vcpu } from '../model/domain.ts';
import type { HostLoad } from '../model/host-load.ts';
import type { PcpuTimes, Snapshot } from '../model/snapshot.ts';
import { type BusyPcpu, backgroundWithin, type RanVcpu } from './background-window.ts';
import { floatingPctBetween, stepMs } from './overheads.ts';

/** What is kept from one window to the next to tell the background of pCPUs: what they run besides vCPUs. */
export type BackgroundMemory = {
  readonly last: Seen;
  /** for each pCPU, what was seen when its next window began: the times of pCPUs may be read seldom */
  readonly begun: ReadonlyMap<number, Seen>;
  readonly levels: ReadonlyMap<number, Level>;
  /** what the emulator and I/O threads run that float, all together */
  readonly floating: Level | undefined;
};

/** What pCPUs carry besides vCPUs, as HostLoad has it. */
export type Background = Pick<HostLoad, 'background' | 'floating'>;

/**
 * Takes in what two snapshots that follow one another show. A pCPU whose window cannot be told from its vCPUs is left
 * out of it: a vCPU there was pinned elsewhere or hither, has ended, or could not be read.
 * @param memory of the snapshots before; undefined at the first window
 */
export function observeBackground(
  memory: BackgroundMemory | undefined,
  before: Snapshot,
  after: Snapshot,
): BackgroundMemory {
  const isNext = memory !== undefined && memory.last.takenAtMs === before.takenAtMs;
  const last = isNext ? memory.last : see(before, undefined);
  const now = see(after, last);
  const begun = new Map(isNext ? memory.begun : [...last.times.keys()].map((pcpu) => [pcpu, last]));
  for (const pcpu of disturbed(last, now)) begun.delete(pcpu);
  const levels = new Map([...(memory?.levels ?? [])].filter(([pcpu, level]) => isOfUse(pcpu, level, now)));
  const measured = new Set<number>();
  for (const first of new Set(begun.values())) {
    const windowMs = now.takenAtMs - first.takenAtMs;
    const busy = busyWithin(first, now, (pcpu) => begun.get(pcpu) === first);
    if (busy.size === 0 || windowMs <= 0) continue;
    const background = backgroundWithin(busy, ranWithin(first, now), now.online, windowMs);
    for (const [pcpu, pct] of background) {
      levels.set(pcpu, smoothed(levels.get(pcpu), pct, windowMs, now.takenAtMs));
      measured.add(pcpu);
    }
  }
  for (const [pcpu, times] of now.times) {
    const first = begun.get(pcpu)?.times.get(pcpu);
    // A window of which a vCPU could not be read is told with the next one, unless the clock of the pCPU is another.
    if (measured.has(pcpu) || first === undefined || isAnew(first, times)) begun.set(pcpu, now);
  }
  const windowMs = after.takenAtMs - before.takenAtMs;
  const floating =
    windowMs > 0
      ? smoothed(memory?.floating, floatingPctBetween(before, after), windowMs, after.takenAtMs)
      : memory?.floating;
  return { last: now, begun, levels, floating };
}

/**
 * The background of each pCPU that has one worth counting, in per cent of its time.
 *
 * The kernel looks at each tick (250 a second) who runs, while what a vCPU ran is exact but for steps of 10 ms. Over
 * 2 s that was off by 2.9 points (standard deviation) on a pCPU of 33 %, by 4.2 on one of 70 %, where it once was off
 * by 16, and by 0.3 points on one above 90 %, since the time of the idle is exact; over 10 s by about half of that
 * (kernel 6.18, against cpuacct.usage_percpu). So windows are averaged, and after a short time only what is plain counts.
 */
export function backgroundOf({ last, levels, floating }: BackgroundMemory): Background {
  const pinnedTo = pinnedVcpus(last);
  const isPlain = (pct: number, pcpu: number, { observedMs }: Level) => {
    // Of a sum over the times of n vCPUs, √n steps are two standard deviations and a half.
    const steps = (100 * stepMs * Math.sqrt(pinnedTo.get(pcpu) ?? 0)) / observedMs;
    return observedMs < shortMs ? pct > plainPct + steps : pct >= leastPct;
  };
  const plain = [...levels].filter(([pcpu, level]) => isPlain(level.pct, pcpu, level));
  const floatingAt = new Map<number, number>();
  let left = kernelFactor * (floating?.pct ?? 0);
  const each = left / levels.size;
  // Threads that float are where there is least else; and where they leave no more than noise, that floats too.
  for (const [pcpu, level] of left === 0 ? [] : [...levels].sort(([, a], [, b]) => a.pct - b.pct)) {
    const pct = level.pct + each > 100 ? 0 : Math.min(left, level.pct);
    left -= pct;
    floatingAt.set(pcpu, pct > 0 && !isPlain(level.pct - pct, pcpu, level) ? level.pct : pct);
  }
  return {
    background: new Map(plain.map(([pcpu, { pct }]) => [pcpu, pct])),
    floating: new Map(plain.map(([pcpu]) => [pcpu, floatingAt.get(pcpu) ?? 0])),
  };
}

/** Per cent of a pCPU: less than that is noise. */
const leastPct = 5;
/** Per cent of a pCPU: more than that is no noise even where it was observed for less than `shortMs`. */
const plainPct = 10;
const shortMs = 10_000;

/** What threads that float take in all, by what they run: waking them takes the kernel and a hypervisor below time, too. */
const kernelFactor = 1.5;

/** How long a time is averaged over: longer than noise needs, shorter than what the host's own processes take. */
const memoryMs = 30_000;

/**
 * Two windows in a row that are off by so many points to the same side are a change, and not noise: more than three
 * standard deviations of a window of 2 s. Shorter ones are noisier.
 */
const changePoints = 15;
const changeWindowMs = 2000;

/** What has not been told anew for so long tells of the past. */
const staleMs = 5 * 60_000;

/** The mean background of a pCPU of late. */
type Level = {
  readonly pct: number;
  /** the time that it is the mean of */
  readonly observedMs: number;
  /** when it was last told */
  readonly atMs: number;
  /** the last window, where it was far off the mean */
  readonly odd?: { readonly pct: number; readonly windowMs: number };
};

function smoothed(level: Level | undefined, pct: number, windowMs: number, atMs: number): Level {
  if (level === undefined) return { pct, observedMs: windowMs, atMs };
  const off = pct - level.pct;
  const isOdd = Math.abs(off) > changePoints * Math.sqrt(Math.max(1, changeWindowMs / windowMs));
  const { odd } = level;
  if (isOdd && odd !== undefined && Math.sign(odd.pct - level.pct) === Math.sign(off)) {
    const observedMs = odd.windowMs + windowMs;
    return { pct: (odd.pct * odd.windowMs + pct * windowMs) / observedMs, observedMs, atMs };
  }
  const observedMs = Math.min(level.observedMs + windowMs, memoryMs);
  const mean = level.pct + off * Math.min(1, windowMs / observedMs);
  return { pct: mean, observedMs, atMs, ...(isOdd ? { odd: { pct, windowMs } } : {}) };
}

function isOfUse(pcpu: number, { atMs }: Level, { online, takenAtMs }: Seen): boolean {
  return takenAtMs - atMs < staleMs && online.includes(pcpu);
}

/** What of a snapshot the background is told from. */
type Seen = {
  readonly takenAtMs: number;
  readonly online: CpuSet;
  readonly times: ReadonlyMap<number, PcpuTimes>;
  readonly domains: ReadonlyMap<string, SeenDomain>;
  /** those that are there but not looked at, such as paused ones, which run nothing */
  readonly paused: ReadonlySet<string>;
};

type SeenDomain = { readonly id: number | undefined; readonly vcpus: ReadonlyMap<number, SeenVcpu> };

type SeenVcpu = {
  /** the online pCPUs that it may run on, as they were last known; undefined where they never were */
  readonly mask: CpuSet | undefined;
  readonly cpuTimeNs: bigint | undefined;
  readonly delayNs: bigint | undefined;
};

function see({ takenAtMs, online, pcpuTimes, domains, leftAlone }: Snapshot, before: Seen | undefined): Seen {
  const maskOf = masksOn(online);
  const vcpusOf = ({ uuid, vcpus }: Domain): ReadonlyMap<number, SeenVcpu> => {
    const earlier = before?.domains.get(uuid)?.vcpus ?? new Map<number, SeenVcpu>();
    // A domain that libvirt is busy with can show no vCPU at all, which says nothing of them.
    if (vcpus.length === 0)
      return new Map(
        [...earlier].map(([number, vcpu]) => [number, { ...vcpu, cpuTimeNs: undefined, delayNs: undefined }]),
      );
    return new Map(
      vcpus.map(({ number, placement, counters }: Vcpu) => {
        const mask = placement === undefined ? earlier.get(number)?.mask : placement.affinity;
        const { cpuTimeNs, delayNs } = counters ?? {};
        return [number, { mask: mask && maskOf(mask), cpuTimeNs, delayNs }];
      }),
    );
  };
  return {
    takenAtMs,
    online,
    times: pcpuTimes,
    domains: new Map(domains.map((domain) => [domain.uuid, { id: domain.id, vcpus: vcpusOf(domain) }])),
    paused: new Set(leftAlone.filter(({ vcpu }) => vcpu === undefined).map(({ domain }) => domain.uuid)),
  };
}

/** How many vCPUs are pinned to each pCPU alone. */
function pinnedVcpus({ domains }: Seen): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { vcpus } of domains.values())
    for (const { mask } of vcpus.values()) {
      const [pcpu, other] = mask ?? [];
      if (pcpu !== undefined && other === undefined) counts.set(pcpu, (counts.get(pcpu) ?? 0) + 1);
    }
  return counts;
}

/** Cuts masks to the online pCPUs, and gives the same object for the same pCPUs. */
function masksOn(online: CpuSet): (mask: CpuSet) => CpuSet {
  const isOnline = new Set(online);
  const known = new Map<string, { readonly mask: CpuSet; readonly cut: CpuSet }[]>();
  return (mask) => {
    // Most masks of a large host are those of vCPUs that may run anywhere.
    if (sameCpus(mask, online)) return online;
    const key = `${mask.length} ${mask[0]} ${mask.at(-1)}`;
    const alike = known.get(key) ?? [];
    const found = alike.find((each) => sameCpus(each.mask, mask));
    if (found !== undefined) return found.cut;
    const on = mask.filter((cpu) => isOnline.has(cpu));
    // The kernel lets a vCPU none of whose pCPUs is online run anywhere.
    const cut = on.length === 0 || on.length === online.length ? online : on;
    known.set(key, [...alike, { mask, cut }]);
    return cut;
  };
}

/** The pCPUs of vCPUs that were pinned, have ended or were started anew between two looks. */
function disturbed(last: Seen, now: Seen): ReadonlySet<number> {
  const pcpus = new Set<number>();
  const all = (vcpu: SeenVcpu | undefined) => {
    // Where one ran that has ended is not known if its mask never was.
    for (const pcpu of vcpu === undefined ? [] : (vcpu.mask ?? last.online)) pcpus.add(pcpu);
  };
  for (const [uuid, domain] of last.domains) {
    const then = now.domains.get(uuid);
    const isSame = then !== undefined && isSameStart(domain, then);
    for (const [number, vcpu] of domain.vcpus) {
      const other = isSame ? then.vcpus.get(number) : undefined;
      if (other === undefined || isStartedAnew(vcpu, other)) all(vcpu);
      else if (vcpu.mask !== undefined && other.mask !== undefined && !sameCpus(vcpu.mask, other.mask)) {
        all(vcpu);
        all(other);
      }
    }
  }
  // What one has run before it was paused is not of this window.
  for (const [uuid, { vcpus }] of now.domains)
    if (last.paused.has(uuid)) for (const vcpu of vcpus.values()) all(vcpu);
  return pcpus;
}

function isStartedAnew({ cpuTimeNs: before }: SeenVcpu, { cpuTimeNs: now }: SeenVcpu): boolean {
  return before !== undefined && now !== undefined && now < before;
}

/**
 * The kernel counts busy time by who runs at its ticks, which a program that wakes in step with them puts in the wrong;
 * the time of the idle is exact. But what is neither may have been taken by a hypervisor below. So the lesser of both.
 */
function busyWithin(
  first: Seen,
  now: Seen,
  isWanted: (pcpu: number) => boolean,
): ReadonlyMap<number, BusyPcpu> {
  const busy = new Map<number, BusyPcpu>();
  const windowMs = now.takenAtMs - first.takenAtMs;
  for (const [pcpu, then] of now.times) {
    const since = first.times.get(pcpu);
    if (!isWanted(pcpu) || since === undefined || isAnew(since, then)) continue;
    const clockNs = Number(then.totalNs - since.totalNs);
    const busyNs = Number(then.busyNs - since.busyNs);
    const notIdlePct = 100 - (clockNs - busyNs) / 1e4 / windowMs;
    const busyPct = Math.max(0, Math.min(100, (100 * busyNs) / clockNs, notIdlePct));
    busy.set(pcpu, { busyPct, clockMs: clockNs / 1e6 });
  }
  return busy;
}

/** Counters that went back, or a clock that stands, are those of a pCPU that was offline in between. */
function isAnew(first: PcpuTimes, now: PcpuTimes): boolean {
  return now.totalNs <= first.totalNs || now.busyNs < first.busyNs;
}

/**
 * What each vCPU ran since. One that has started since ran no more than it shows now; one that is nowhere known to
 * run is one that may run anywhere.
 */
function ranWithin(first: Seen, now: Seen): readonly RanVcpu[] {
  return [...now.domains].flatMap(([uuid, domain]) => {
    const earlier = first.domains.get(uuid);
    const then = earlier !== undefined && isSameStart(earlier, domain) ? earlier.vcpus : undefined;
    return [...domain.vcpus].flatMap(([number, vcpu]): readonly RanVcpu[] => {
      const ranMs = ranSince(then?.get(number), vcpu);
      // What is known neither of its place nor of its time is in no other sum, and is background here.
      if (vcpu.mask === undefined && ranMs === undefined) return [];
      const waitedMs = waitedSince(then?.get(number), vcpu);
      return [{ mask: vcpu.mask ?? now.online, ranMs, waitedMs }];
    });
  });
}

function ranSince(before: SeenVcpu | undefined, now: SeenVcpu): number | undefined {
  if (now.cpuTimeNs === undefined || (before !== undefined && before.cpuTimeNs === undefined))
    return undefined;
  const sinceNs = before?.cpuTimeNs ?? 0n;
  return Number(now.cpuTimeNs - (sinceNs > now.cpuTimeNs ? 0n : sinceNs)) / 1e6;
}

function waitedSince(before: SeenVcpu | undefined, now: SeenVcpu): number | undefined {
  if (now.delayNs === undefined || before?.delayNs === undefined || now.delayNs < before.delayNs)
    return undefined;
  return Number(now.delayNs - before.delayNs) / 1e6;
}

function isSameStart(domain: SeenDomain, then: SeenDomain): boolean {
  return domain.id === undefined || then.id === undefined || domain.id === then.id;
}
