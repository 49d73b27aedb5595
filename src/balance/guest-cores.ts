import { groupBy } from '../model/group-by.ts';
import type { VcpuLoad } from '../model/load.ts';
import { tuning } from './constants.ts';
import { type Layout, put } from './layout.ts';
import type { Scale } from './objective.ts';
import { NOWHERE, type Problem, together } from './problem.ts';
import { gainOf, isCautiousLoss, pinsToGo } from './steps.ts';

/** vCPUs that are the threads of one guest core. They stay on the threads of one host core: moved together, or not. */
export type GuestCore = readonly number[];

/** The guest cores of which every vCPU may be moved. One of which a part may not be is not moved at all. */
export function guestCoresOf({ vcpus, movable }: Problem): readonly GuestCore[] {
  const paired = [...vcpus.keys()].filter((v) => movable[v] === together);
  const keyOf = ({ domain, guestCore }: VcpuLoad) => `${domain.uuid}/${guestCore}`;
  return [...groupBy(paired, (v) => keyOf(vcpus[v] as VcpuLoad)).values()];
}

/**
 * Marks the vCPUs that are only moved together, where host cores have threads, and holds those of guest cores of which
 * a part has to stay.
 */
export function bindGuestCores({ vcpus, movable, unplaced, heldReasons, groups, threads }: Problem): void {
  const hasThreads = groups.some(({ cpus }, group) => cpus.length > 1 || (threads[group] ?? []).length > 0);
  if (!hasThreads || vcpus.every(({ guestCore }) => guestCore === undefined)) return;
  const known = [...vcpus.keys()].filter((v) => vcpus[v]?.guestCore !== undefined);
  for (const core of groupBy(known, (v) => `${vcpus[v]?.domain.uuid}/${vcpus[v]?.guestCore}`).values()) {
    if (core.length === 1) continue;
    const staying = core.find((v) => movable[v] === 0);
    for (const v of core) {
      if (staying === undefined) movable[v] = together;
      else if (movable[v] === 1 && unplaced[v] === 0) {
        movable[v] = 0;
        heldReasons[v] = `vCPU ${vcpus[staying]?.vcpu} of its guest core stays: ${heldReasons[staying]}`;
      }
    }
  }
}

/** Gives guest cores of which a vCPU has no group the host core that carries least, a thread for each vCPU. */
export function placeGuestCores(layout: Layout, going: readonly number[]): void {
  const isGoing = new Set(going);
  for (const core of guestCoresOf(layout.problem)) {
    if (!core.some((v) => isGoing.has(v))) continue;
    const [slots] = hostCores(layout.problem, core)
      .map((each) => ({ each, weight: weightOf(layout, each) }))
      .sort((a, b) => a.weight - b.weight)
      .map(({ each }) => each);
    if (slots !== undefined) settle(layout, core, slots);
  }
}

/**
 * Moves guest cores from the fullest host cores to one of the emptiest, or exchanges them with one that is there, for as
 * long as that gains.
 * @returns how many pins that takes
 */
export function moveGuestCores(layout: Layout, scale: Scale, pinBudget: number): number {
  const guestCores = guestCoresOf(layout.problem);
  let pinsLeft = pinBudget;
  for (let hasMoved = guestCores.length > 0; hasMoved; ) {
    hasMoved = false;
    const byWeight = guestCores
      .map((core) => ({ core, weight: weightOf(layout, placesOf(layout, core)) }))
      .sort((a, b) => b.weight - a.weight);
    for (const { core, weight } of byWeight) {
      if (weight <= 2 * scale.meanLoad) break;
      const pins = moveOne(layout, scale, core, guestCores, pinsLeft);
      if (pins === undefined) continue;
      pinsLeft -= pins;
      hasMoved = true;
    }
  }
  return pinBudget - pinsLeft;
}

/** Moves one to where that gains most; undefined where it gains nothing. */
function moveOne(
  layout: Layout,
  scale: Scale,
  core: GuestCore,
  guestCores: readonly GuestCore[],
  pinsLeft: number,
): number | undefined {
  const origin = placesOf(layout, core);
  const emptiest = hostCores(layout.problem, core)
    .map((slots) => ({ slots, weight: weightOf(layout, slots) }))
    .sort((a, b) => a.weight - b.weight)
    .slice(0, tuning.searchBreadth);
  let best:
    | { readonly slots: readonly number[]; readonly other: GuestCore | undefined; readonly gain: number }
    | undefined;
  for (const { slots } of emptiest) {
    if (slots.some((group) => origin.includes(group))) continue;
    const there = guestCores.filter((other) =>
      placesOf(layout, other).every((group) => slots.includes(group)),
    );
    for (const other of [undefined, ...there]) {
      const tried = tryMove(layout, scale, core, slots, other, origin);
      if (tried.pins <= pinsLeft && tried.gain > (best?.gain ?? 1e-6))
        best = { slots, other, gain: tried.gain };
    }
  }
  if (best === undefined) return undefined;
  const { slots, other } = best;
  const before = layout.place.slice();
  settle(layout, core, slots);
  if (other !== undefined) settle(layout, other, origin);
  return [...core, ...(other ?? [])].reduce(
    (sum, v) => sum + pinsToGo(layout.problem, v, before[v] as number, layout.place[v] as number),
    0,
  );
}

/** What a move would gain and take; all is as before then. */
function tryMove(
  layout: Layout,
  scale: Scale,
  core: GuestCore,
  slots: readonly number[],
  other: GuestCore | undefined,
  origin: readonly number[],
): { readonly gain: number; readonly pins: number } {
  let gain = 0;
  let pins = 0;
  const undone: (readonly [v: number, from: number])[] = [];
  const go = (vcpus: GuestCore, to: readonly number[]) => {
    const order = assign(layout, vcpus, to);
    for (const [v, group] of order) {
      const from = layout.place[v] as number;
      if (layout.problem.allowedGroups[v]?.[group] !== 1) gain = Number.NEGATIVE_INFINITY;
      if (from === group) continue;
      if (isCautiousLoss(layout, v, NOWHERE, from, group) && other === undefined)
        gain = Number.NEGATIVE_INFINITY;
      gain += gainOf(layout, scale, v, NOWHERE, from, group);
      pins += pinsToGo(layout.problem, v, from, group);
      undone.push([v, from]);
      put(layout, v, group);
    }
  };
  go(core, slots);
  if (other !== undefined) go(other, origin);
  for (const [v, from] of undone.reverse()) put(layout, v, from);
  return { gain, pins };
}

function settle(layout: Layout, core: GuestCore, slots: readonly number[]): void {
  for (const [v, group] of assign(layout, core, slots)) put(layout, v, group);
}

/** The largest to the emptiest thread. */
function assign({ problem, weighted }: Layout, core: GuestCore, slots: readonly number[]) {
  const { demand } = problem;
  const order = core.toSorted((a, b) => (demand[b] as number) - (demand[a] as number) || a - b);
  const emptiest = slots.toSorted((a, b) => (weighted[a] as number) - (weighted[b] as number) || a - b);
  return order.map((v, i) => [v, emptiest[i] ?? NOWHERE] as const);
}

/** Of each host core that has room for a guest core, and that it may use, a group for each of its vCPUs. */
function hostCores(
  { groups, threads, allowedGroups }: Problem,
  core: GuestCore,
): readonly (readonly number[])[] {
  const mayAll = (group: number) => core.every((v) => allowedGroups[v]?.[group] === 1);
  return [...groups.keys()].flatMap((group) => {
    const own = [group, ...(threads[group] ?? [])].sort((a, b) => a - b);
    if (own[0] !== group) return [];
    const slots = own.filter(mayAll).flatMap((each) => (groups[each]?.cpus ?? []).map(() => each));
    return slots.length >= core.length ? [slots.slice(0, core.length)] : [];
  });
}

function placesOf({ place }: Layout, core: GuestCore): readonly number[] {
  return core.map((v) => place[v] as number);
}

function weightOf({ weighted }: Layout, slots: readonly number[]): number {
  return slots.reduce((sum, group) => sum + (weighted[group] ?? 0), 0);
}
