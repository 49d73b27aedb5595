import { groupBy } from '../model/group-by.ts';
import { memoized } from '../model/memoized.ts';
import { type Layout, put } from './layout.ts';
import { NOWHERE, type Problem, sumOf, together } from './problem.ts';
import { evenedBy, gainOf, isCautiousLoss } from './steps.ts';
import { tuning } from './tuning.ts';

/** vCPUs that are the threads of one guest core. They stay on the threads of one host core: moved together, or not. */
type GuestCore = readonly number[];

/** A group for each vCPU of a guest core. */
type Slots = readonly number[];

/** Guest cores by the group of their first vCPU. */
type CoresByGroup = ReadonlyMap<number, readonly GuestCore[]>;

/**
 * Marks the vCPUs that are only moved together, where host cores have threads, and holds those of guest cores of which
 * a part has to stay. Where no host core that it may use holds a guest core, its vCPUs are as any.
 */
export function bindGuestCores(problem: Problem): void {
  const { vcpus, movable, unplaced, heldReasons, groups, threads } = problem;
  const hasThreads = groups.some(({ cpus }, group) => cpus.length > 1 || (threads[group] ?? []).length > 0);
  if (!hasThreads) return;
  const hostCores = hostCoresFor(problem);
  for (const core of guestCores(problem, (v) => vcpus[v]?.guestCore !== undefined)) {
    if (hostCores(core).length === 0) continue;
    const staying = core.find((v) => movable[v] === 0);
    for (const v of core) {
      if (core.length > 1 && staying === undefined) movable[v] = together;
      if (staying === undefined || movable[v] === 0 || unplaced[v] !== 0) continue;
      movable[v] = 0;
      heldReasons[v] = `vCPU ${vcpus[staying]?.vcpu} of its guest core stays: ${heldReasons[staying]}`;
    }
  }
}

function guestCores({ vcpus }: Problem, isOne: (v: number) => boolean): readonly GuestCore[] {
  const positions = [...vcpus.keys()].filter(isOne);
  return [...groupBy(positions, (v) => `${vcpus[v]?.domain.uuid}/${vcpus[v]?.guestCore}`).values()];
}

function boundCores(problem: Problem): readonly GuestCore[] {
  return guestCores(problem, (v) => problem.movable[v] === together);
}

/** Gives guest cores of which a vCPU has no group the host core that carries least, a thread for each vCPU. */
export function placeGuestCores(layout: Layout, going: ReadonlySet<number>): void {
  const { firstGroups } = layout.problem;
  const hostCores = hostCoresFor(layout.problem);
  for (const core of boundCores(layout.problem)) {
    const options = core.some((v) => going.has(v)) ? emptiestFirst(layout, hostCores(core)) : [];
    const isFirst = (groups: Slots) =>
      groups.every((group) => core.every((v) => firstGroups[v]?.[group] !== 0));
    const slots = options.find(isFirst) ?? options[0];
    if (slots !== undefined) for (const [v, group] of assigned(layout, core, slots)) put(layout, v, group);
  }
}

/**
 * Moves guest cores from the fullest host cores to one of the emptiest, or exchanges them with one that is there, for as
 * long as that gains.
 * @returns whether any was moved
 */
export function moveGuestCores(layout: Layout): boolean {
  const hostCores = hostCoresFor(layout.problem);
  const sizes = new Map(boundCores(layout.problem).map((core) => [core, sumOf(layout.problem.demand, core)]));
  const cores = [...sizes.keys()].sort((a, b) => (sizes.get(a) as number) - (sizes.get(b) as number));
  for (let rounds = 0; ; rounds++) {
    const byFirst = groupBy(cores, ([first = NOWHERE]) => layout.place[first] as number);
    const weightOf = ([core = []]: readonly GuestCore[]) =>
      weightOn(layout, placesOf(layout, core)) / core.length;
    const fullest = [...byFirst.values()].filter((own) => weightOf(own) > layout.scale.meanLoad);
    fullest.sort((a, b) => weightOf(b) - weightOf(a));
    let isAny = false;
    for (const each of fullest) {
      const own = [...each];
      while (moveOneOf(layout, own, byFirst, sizes, hostCores)) isAny = true;
    }
    if (!isAny) return rounds > 0;
  }
}

/**
 * Moves one of some guest cores that begin on a thread to where that gains most, if it does anywhere: of those with the
 * same limits and as many threads one that fits the gap best, or an exchange that does.
 * @param own ascending by size; what is moved is taken out, and what comes back is for the next round
 */
function moveOneOf(
  layout: Layout,
  own: GuestCore[],
  byFirst: CoresByGroup,
  sizes: Sizes,
  hostCores: (core: GuestCore) => readonly Slots[],
): boolean {
  const { problem, place } = layout;
  const exchanges = kindsOf(problem, own).flatMap((alike) => {
    const [first = []] = alike;
    const from = placesOf(layout, first);
    const others = emptiestFirst(layout, hostCores(first)).slice(0, tuning.searchBreadth);
    return others.flatMap((to) => {
      if (to.some((group) => from.includes(group))) return [];
      const isThere = (core: GuestCore) =>
        core.length === first.length && to.includes(place[core[0] as number] as number);
      const there = to.flatMap((group) => byFirst.get(group) ?? []).filter(isThere);
      const gap = (weightOn(layout, from) - weightOn(layout, to)) / to.length;
      return exchangesOver(gap, alike, there, to, sizes);
    });
  });
  exchanges.sort((a, b) => b.evened - a.evened);
  let best: Trial = { gain: 1e-6, steps: [] };
  let going: GuestCore = [];
  for (const { core, other, to } of exchanges.slice(0, tuning.searchBreadth)) {
    const trial = tryMove(layout, core, to, other, placesOf(layout, core));
    if (trial.gain > best.gain) [best, going] = [trial, core];
  }
  if (best.steps.length === 0) return false;
  for (const [v, group] of best.steps) put(layout, v, group);
  own.splice(own.indexOf(going), 1);
  return true;
}

/** Guest cores that have as many threads and may use the same groups, together. */
function kindsOf({ allowedGroups }: Problem, cores: readonly GuestCore[]): readonly (readonly GuestCore[])[] {
  const bySize = groupBy(cores, (core) => core.length);
  return [...bySize.values()].flatMap((own) => [
    ...groupBy(own, ([first = NOWHERE]) => allowedGroups[first]).values(),
  ]);
}

type Sizes = ReadonlyMap<GuestCore, number>;

/** One guest core goes over, and another one comes back for it: none if that is empty. */
type Exchange = {
  readonly core: GuestCore;
  readonly other: GuestCore;
  readonly to: Slots;
  /** what it evens out, were the threads of a core alike */
  readonly evened: number;
};

/** Those that come closest to even out a gap between two host cores. */
function exchangesOver(
  gap: number,
  own: readonly GuestCore[],
  there: readonly GuestCore[],
  to: Slots,
  sizes: Sizes,
): readonly Exchange[] {
  const curvature = 2 * (1 + tuning.siblingWeight * (to.length - 1));
  const fit = (to.length * gap) / curvature;
  const sizeOf = (core: GuestCore) => sizes.get(core) ?? 0;
  const isLarge = own.findIndex((core) => sizeOf(core) >= fit);
  const at = isLarge < 0 ? own.length : isLarge;
  const near = own.slice(Math.max(0, at - tuning.searchBreadth / 2), at + tuning.searchBreadth / 2);
  return near.flatMap((core) => {
    const surplus = sizeOf(core) - fit;
    const missOf = (other: GuestCore) => Math.abs(sizeOf(other) - surplus);
    const back = there.reduce<GuestCore>((a, b) => (a.length > 0 && missOf(a) <= missOf(b) ? a : b), []);
    return (back.length === 0 ? [back] : [[], back]).map((other) => ({
      core,
      other,
      to,
      evened: evenedBy(gap, (sizeOf(core) - sizeOf(other)) / to.length, curvature),
    }));
  });
}

type Assignment = readonly [v: number, group: number];
type Trial = { readonly gain: number; readonly steps: readonly Assignment[] };

/** What a move would gain, where the vCPUs of another guest core come back for it; all is as before then. */
function tryMove(layout: Layout, core: GuestCore, to: Slots, other: GuestCore, from: Slots): Trial {
  const { problem, place, pinBudget } = layout;
  const back: Assignment[] = [];
  let gain = 0;
  const steps = [core, other].flatMap((vcpus, i) => {
    const own = assigned(layout, vcpus, i === 0 ? to : from);
    for (const [v, group] of own) {
      const before = place[v] as number;
      const isLoss = other.length === 0 && isCautiousLoss(layout, v, NOWHERE, before, group);
      if (isLoss || problem.allowedGroups[v]?.[group] !== 1) gain = Number.NEGATIVE_INFINITY;
      gain += gainOf(layout, v, NOWHERE, before, group);
      back.push([v, before]);
      put(layout, v, group);
    }
    return own;
  });
  if (layout.pins > pinBudget) gain = Number.NEGATIVE_INFINITY;
  for (const [v, group] of back.reverse()) put(layout, v, group);
  return { gain, steps };
}

/** The largest to the emptiest thread. */
function assigned({ problem, weighted }: Layout, core: GuestCore, slots: Slots) {
  const { demand } = problem;
  const largest = core.toSorted((a, b) => (demand[b] as number) - (demand[a] as number) || a - b);
  const emptiest = slots.toSorted((a, b) => (weighted[a] as number) - (weighted[b] as number) || a - b);
  return largest.map((v, i) => [v, emptiest[i] ?? NOWHERE] as const);
}

/** Of each host core that has room for a guest core, the emptiest first. */
function emptiestFirst(layout: Layout, hostCores: readonly Slots[]): readonly Slots[] {
  const weighed = hostCores.map((slots) => ({ slots, weight: weightOn(layout, slots) }));
  return weighed.sort((a, b) => a.weight - b.weight).map(({ slots }) => slots);
}

/** Of each host core that has room for a guest core, and that it may use, the slots. Many guest cores may use the same. */
function hostCoresFor(problem: Problem): (core: GuestCore) => readonly Slots[] {
  const known = memoized((_mask: Uint8Array) => new Map<number, readonly Slots[]>());
  return (core) => {
    const [mask, ...others] = new Set(core.map((v) => problem.allowedGroups[v] as Uint8Array));
    if (mask === undefined || others.length > 0) return slotsFor(problem, core);
    const bySize = known(mask);
    const slots = bySize.get(core.length) ?? slotsFor(problem, core);
    bySize.set(core.length, slots);
    return slots;
  };
}

function slotsFor({ groups, threads, allowedGroups }: Problem, core: GuestCore): readonly Slots[] {
  return groups.flatMap((_, group) => {
    const own = [group, ...(threads[group] ?? [])];
    if (own.some((thread) => thread < group)) return [];
    const usable = own.filter((thread) => core.every((v) => allowedGroups[v]?.[thread] === 1));
    const slots = usable.flatMap((thread) => groups[thread]?.cpus.map(() => thread) ?? []);
    return slots.length < core.length ? [] : [slots.slice(0, core.length)];
  });
}

function placesOf({ place }: Layout, core: GuestCore): Slots {
  return core.map((v) => place[v] as number);
}

function weightOn({ weighted }: Layout, slots: Slots): number {
  return slots.reduce((sum, group) => sum + (weighted[group] ?? 0), 0);
}
