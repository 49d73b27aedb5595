import { policies } from '../../src/balance/policies/index.ts';
import { readSettings } from '../../src/config/settings.ts';
import type { HostLoad, VcpuLoad } from '../../src/model/host-load.ts';
import type { Topology } from '../../src/model/topology.ts';
import type { Decided, Size } from './decided.ts';
import { drawFrom } from './draw.ts';
import { undisturbedMs } from './undisturbed-ms.ts';

//   node decision-trial.mjs 'SIZE AS JSON' SEED       one cold decision: nothing has run before it
const [size = '', seed = '1'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(decideOnce(JSON.parse(size), Number(seed)))}\n`);

function decideOnce(wanted: Size, seed: number): Decided {
  const draw = drawFrom(seed);
  const host = hostOf(wanted, draw);
  const settings = {
    ...readSettings({}),
    maxMoves: undefined,
    urgency: 'now' as const,
    movedLately: new Set<string>(),
  };
  const decide = policies.threshold();
  const begun = undisturbedMs();
  const plan = decide(host, settings);
  const decideMs = undisturbedMs() - begun;
  const numbers = Array.from({ length: wanted.vcpus }, () => draw(0, 100));
  const sorting = undisturbedMs();
  numbers.sort((a, b) => a - b);
  const sortMs = undisturbedMs() - sorting;
  const loads = (of: typeof plan.before) => deviation(of.map(({ loadPct }) => loadPct));
  return {
    decideMs,
    sortMs,
    moves: plan.moves.length,
    deviationBefore: loads(plan.before),
    deviationAfter: loads(plan.after),
  };
}

function hostOf(
  { vcpus, pcpus, start, topology }: Size,
  draw: (least: number, most: number) => number,
): HostLoad {
  const demands = Array.from({ length: vcpus }, () => draw(1, 15));
  const places = placesOf(start, demands, pcpus, draw);
  const loads = new Float64Array(pcpus);
  for (const [i, place] of places.entries()) loads[place] = (loads[place] ?? 0) + (demands[i] ?? 0);
  const all = Array.from({ length: pcpus }, (_, pcpu) => pcpu);
  const perDomain = topology === 'flat' ? 1 : 4;
  const load = demands.map((demand, i): VcpuLoad => {
    const number = Math.floor(i / perDomain);
    const place = places[i] ?? 0;
    // What a pCPU cannot serve its vCPUs wait for, in proportion.
    const usagePct = demand * Math.min(1, 100 / (loads[place] ?? 0));
    return {
      domain: { uuid: uuid(number), name: `guest-${number}` },
      vcpu: i % perDomain,
      placement: { affinity: [place], lastPcpu: place },
      allowed: all,
      limits: [],
      reading: { kind: 'measured', usagePct, delayPct: demand - usagePct },
      fixed: undefined,
      priority: 0,
      guestCore: undefined,
      deviceCells: [],
    };
  });
  return {
    pcpus: all,
    topology: topology === 'flat' ? [] : cellsOf(pcpus),
    background: new Map(),
    capacity: new Map(),
    floating: new Map(),
    overheads: [],
    vcpus: load,
  };
}

function placesOf(
  start: Size['start'],
  demands: readonly number[],
  pcpus: number,
  draw: (least: number, most: number) => number,
): readonly number[] {
  if (start === 'all on one') return demands.map(() => 0);
  if (start === 'on a quarter of the pCPUs') return demands.map((_, i) => i % Math.floor(pcpus / 4));
  const even = dealt(demands, pcpus);
  if (start === 'even') return even;
  // One in a hundred stands elsewhere.
  return even.map((place) => (draw(0, 1) < 0.01 ? Math.floor(draw(0, pcpus)) : place));
}

/** The largest first, in turn there and back: one of the largest with one of the smallest. */
function dealt(demands: readonly number[], pcpus: number): readonly number[] {
  const order = demands.map((_, i) => i).sort((a, b) => (demands[b] ?? 0) - (demands[a] ?? 0));
  const places: number[] = [];
  for (const [rank, i] of order.entries()) {
    const at = rank % (2 * pcpus);
    places[i] = at < pcpus ? at : 2 * pcpus - 1 - at;
  }
  return places;
}

function cellsOf(pcpus: number): Topology {
  return Array.from({ length: pcpus }, (_, id) => {
    const coreId = id >> 1;
    const cellId = Math.floor((2 * id) / pcpus);
    return {
      id,
      cellId,
      socketId: cellId,
      dieId: 0,
      coreId,
      siblings: [2 * coreId, 2 * coreId + 1],
      l3Id: id >> 4,
    };
  });
}

function uuid(number: number): string {
  const digits = number.toString(16).padStart(12, '0');
  return `5eed0000-0000-4000-8000-${digits}`;
}

function deviation(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length);
}
