import { mix } from './hash.ts';
import { type Machine, type Seat, takeSeats } from './machine.ts';
import { refreshDemand, wantOf } from './runner.ts';

/**
 * Does what the kernel's load balancing does for those that may run on several pCPUs: whoever is without a
 * place gets the least loaded one, and whoever finds less company elsewhere goes there. Returns whether
 * it moved anything, so that another round might move more.
 */
export function placeAsKernel(machine: Machine, nowNs: number): boolean {
  const { seats, byPcpu } = machine;
  for (const seat of seats) {
    refreshDemand(seat, nowNs);
    seat.want = wantOf(seat, 1, nowNs);
  }
  const loads = loadsOf(byPcpu);
  let least = smallest(loads);
  let moved = false;

  for (const seat of seats) {
    const here = byPcpu.get(seat.pcpu);
    const placed = here !== undefined && seat.allowed.includes(seat.pcpu);
    if (placed && (seat.allowed.length === 1 || !gains(loads[seat.pcpu], least, seat.want))) continue;
    const target = leastLoaded(seat, loads);
    const there = byPcpu.get(target);
    const wantThere = seat.want / (there?.capacity ?? 1);
    if (placed && !gains(loads[seat.pcpu], loads[target] ?? 0, wantThere)) continue;
    if (placed) loads[seat.pcpu] = (loads[seat.pcpu] ?? 0) - seat.want / here.capacity;
    loads[target] = (loads[target] ?? 0) + wantThere;
    seat.pcpu = target;
    least = smallest(loads);
    moved = true;
  }
  if (moved) takeSeats(machine);
  return moved;
}

/** The kernel does not move a task for the last per cent. */
const worthwhile = 0.01;

function gains(here: number | undefined, there: number, want: number): boolean {
  return want > 0 && there + want < (here ?? 0) - worthwhile;
}

/** What is wanted of each pCPU, as a share of what it can do, by its number; infinite where it is offline. */
function loadsOf(byPcpu: Machine['byPcpu']): number[] {
  const loads: number[] = [];
  for (const [pcpu, { seats, capacity }] of byPcpu) {
    while (loads.length <= pcpu) loads.push(Number.POSITIVE_INFINITY);
    loads[pcpu] = seats.reduce((sum, seat) => sum + seat.want, 0) / capacity;
  }
  return loads;
}

function smallest(loads: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const load of loads) if (load < least) least = load;
  return least;
}

/** Of equals, a choice of the seat's own. */
function leastLoaded({ allowed, seed }: Seat, loads: readonly number[]): number {
  let best = allowed[0] ?? 0;
  let bestLoad = loads[best] ?? Number.POSITIVE_INFINITY;
  for (const pcpu of allowed) {
    const load = loads[pcpu] ?? Number.POSITIVE_INFINITY;
    if (load > bestLoad || (load === bestLoad && mix(seed, pcpu) >= mix(seed, best))) continue;
    best = pcpu;
    bestLoad = load;
  }
  return best;
}
