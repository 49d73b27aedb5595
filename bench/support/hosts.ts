import { drawFrom } from './draw.ts';

// Hosts for the tables of docs/evidence.md, made by chance that can be repeated.

const pcpuCount = 4;

export type RandomHost = {
  readonly vcpus: readonly { readonly demand: number; readonly on: number }[];
  readonly toml: string;
};

/** Eight vCPUs on four pCPUs each, in any order, wanting anything up to 75 or 100 %. */
export function randomHosts(count: number): readonly RandomHost[] {
  const draw = drawFrom(1);
  return Array.from({ length: count }, (_, host) => {
    const vcpus = Array.from({ length: 8 }, () => ({
      demand: host % 2 ? draw(1, 75) : Math.round(draw(1, 100)),
      on: Math.floor(draw(0, pcpuCount)),
    }));
    const toml = vcpus.map(({ demand, on }, i) => domain(`guest-${i}`, on, demand));
    return { vcpus, toml: `pcpus = ${pcpuCount}\n${toml.join('')}` };
  });
}

/** The fewest moves by which any placement gets as even as that, tried one by one. */
export function fewestMoves({ vcpus }: RandomHost, sd: number): number {
  const loads = new Float64Array(pcpuCount);
  let fewest = vcpus.length;
  const place = (i: number, moves: number): void => {
    if (moves >= fewest) return;
    const vcpu = vcpus[i];
    if (vcpu === undefined) {
      if (deviation(loads) <= sd + 1e-6) fewest = moves;
      return;
    }
    for (let pcpu = 0; pcpu < pcpuCount; pcpu++) {
      loads[pcpu] = (loads[pcpu] ?? 0) + vcpu.demand;
      place(i + 1, moves + Number(pcpu !== vcpu.on));
      loads[pcpu] = (loads[pcpu] ?? 0) - vcpu.demand;
    }
  };
  place(0, 0);
  return fewest;
}

/** How the guests of a host take their work: all paced by the clock, all work then sleep, or every second one. */
export type Pace = 'clock' | 'sleep' | 'both';

/**
 * Many that want little and a few that want much (Pareto, at most a pCPU), dealt out in turn, with noise; `fullness` per
 * cent of the host in all.
 */
export function heavyTailed(
  vcpus: number,
  pcpus: number,
  seed: number,
  { pace = 'clock', fullness = 60 }: { readonly pace?: Pace; readonly fullness?: number } = {},
): string {
  const draw = drawFrom(seed);
  const raw = Array.from({ length: vcpus }, () => draw(0.001, 1) ** (-1 / 1.3));
  const scaled = (factor: number) => raw.map((each) => Math.min(95, each * factor));
  let factor = 1;
  while (scaled(factor).reduce((sum, each) => sum + each, 0) < fullness * pcpus) factor *= 1.01;
  const demands = scaled(factor);
  if (pace === 'clock') {
    const list = demands.map((each) => each.toFixed(2));
    return `pcpus = ${pcpus}\n[[domains]]\nname = "guest-%d"\ncount = ${vcpus}\naffinity = "in-turn"\ndemand = [${list}]\njitter = 0.05\nnoise = 1\n`;
  }
  const domains = demands.map((demand, i) => {
    const sleeps = pace === 'sleep' || i % 2 === 1;
    const cycle = sleeps ? `cycle = ${draw(0.02, 0.5).toFixed(3)}\n` : '';
    return `${domain(`guest-${i}`, i % pcpus, demand.toFixed(2))}jitter = 0.05\nnoise = 1\n${cycle}`;
  });
  return `pcpus = ${pcpus}\n${domains.join('')}`;
}

/** Sixteen vCPUs on eight pCPUs, two on each, that go up and down every 5 to 60 s, each with a rhythm of its own. */
export function squareWaves(seed: number): string {
  const draw = drawFrom(seed);
  const wave = () =>
    `{ high = ${draw(70, 100).toFixed(1)}, low = ${draw(0, 20).toFixed(1)}, period = ${draw(10, 120).toFixed(1)}, phase = ${draw(0, 1).toFixed(3)} }`;
  const domains = Array.from({ length: 16 }, (_, i) => domain(`guest-${i}`, i % 8, wave()));
  return `pcpus = 8\nduration = 3600\n${domains.join('')}`;
}

/** vCPUs that want 1 to 40 % each for 1,000 cycles and more, anywhere, with noise of so many points. */
export function constantDemand(vcpus: number, pcpus: number, noise: number, seed: number): string {
  const draw = drawFrom(seed);
  const domains = Array.from({ length: vcpus }, (_, i) =>
    domain(`guest-${i}`, Math.floor(draw(0, pcpus)), draw(1, 40).toFixed(1)),
  );
  const noisy = domains.map((each) => `${each}noise = ${noise}\n`);
  return `pcpus = ${pcpus}\nduration = 2010\nseed = ${seed}\n${noisy.join('')}`;
}

/**
 * Twelve domains of two or four vCPUs anywhere on two NUMA cells of four cores with two threads; at second 60 half of
 * them come to want something else.
 */
export function cellsAndThreads(seed: number): string {
  const draw = drawFrom(seed);
  const domains = Array.from({ length: 12 }, (_, i) => {
    const vcpus = i % 3 === 0 ? 4 : 2;
    const affinity = Array.from({ length: vcpus }, () => Math.floor(draw(0, 16)));
    const [first, then] = [draw(2, 60).toFixed(1), draw(2, 60).toFixed(1)];
    const demand = i % 2 === 0 ? first : `{ steps = [[0, ${first}], [60, ${then}]] }`;
    return `[[domains]]\nname = "guest-${i}"\nvcpus = ${vcpus}\naffinity = [${affinity}]\ndemand = ${demand}\nnoise = 1\n`;
  });
  return `seed = ${seed}\nduration = 250\n[topology]\ncells = 2\ncores = 4\nthreads = 2\n${domains.join('')}`;
}

function domain(name: string, on: number, demand: number | string): string {
  return `[[domains]]\nname = "${name}"\naffinity = ${on}\ndemand = ${demand}\n`;
}

function deviation(loads: Float64Array): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length);
}
