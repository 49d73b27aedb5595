import type { CpuSet } from '../model/cpu-set.ts';
import { mix } from './hash.ts';
import type { Machine, Seat } from './machine.ts';
import { refreshWant } from './runner.ts';

/**
 * Does what the kernel's load balancing does for those that may run on several pCPUs: whoever is without a
 * place gets the least loaded one, and whoever finds less company elsewhere goes there. Returns whether
 * another round would still move something.
 */
export function placeAsKernel({ seats, byPcpu }: Machine, nowNs: number): boolean {
  for (const seat of seats) refreshWant(seat, nowNs);
  const loads = new Map([...byPcpu].map(([pcpu, there]) => [pcpu, sum(there)]));
  const loadOf = (pcpu: number): number => loads.get(pcpu) ?? Number.POSITIVE_INFINITY;
  let least = Math.min(...loads.values());
  let moved = false;

  for (const seat of seats) {
    const here = byPcpu.get(seat.pcpu);
    const placed = here !== undefined && seat.allowed.includes(seat.pcpu);
    if (placed && (seat.allowed.length === 1 || !gains(loadOf(seat.pcpu), least, seat.want))) continue;
    const target = leastLoaded(seat, loadOf);
    if (placed && !gains(loadOf(seat.pcpu), loadOf(target), seat.want)) continue;
    if (placed) {
      here.splice(here.indexOf(seat), 1);
      loads.set(seat.pcpu, loadOf(seat.pcpu) - seat.want);
    }
    byPcpu.get(target)?.push(seat);
    loads.set(target, loadOf(target) + seat.want);
    seat.pcpu = target;
    least = Math.min(...loads.values());
    moved = true;
  }
  return moved;
}

/** The kernel does not move a task for the last per cent. */
const worthwhile = 0.01;

function gains(here: number, there: number, want: number): boolean {
  return want > 0 && there + want < here - worthwhile;
}

function leastLoaded(seat: Seat, loadOf: (pcpu: number) => number): number {
  const best = (a: number, b: number): number => {
    const difference = loadOf(a) - loadOf(b) || tieBreak(seat, a) - tieBreak(seat, b);
    return difference <= 0 ? a : b;
  };
  return seat.allowed.reduce(best);
}

function tieBreak(seat: Seat, pcpu: CpuSet[number]): number {
  return mix(seat.seed, pcpu);
}

function sum(seats: readonly Seat[]): number {
  return seats.reduce((total, seat) => total + seat.want, 0);
}
