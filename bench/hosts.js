// Hosts for the tables of docs/evidence.md, made by chance that can be repeated.

const pcpuCount = 4;

/** Eight vCPUs on four pCPUs each, in any order, wanting anything up to 75 or 100 %. */
export function randomHosts(count) {
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
export function fewestMoves({ vcpus }, sd) {
  const loads = Array.from({ length: pcpuCount }, () => 0);
  let fewest = vcpus.length;
  const place = (i, moves) => {
    if (moves >= fewest) return;
    if (i === vcpus.length) {
      if (deviation(loads) <= sd + 1e-6) fewest = moves;
      return;
    }
    for (let pcpu = 0; pcpu < pcpuCount; pcpu++) {
      loads[pcpu] += vcpus[i].demand;
      place(i + 1, moves + Number(pcpu !== vcpus[i].on));
      loads[pcpu] -= vcpus[i].demand;
    }
  };
  place(0, 0);
  return fewest;
}

/** Many that want little and a few that want much (Pareto, at most a pCPU), dealt out in turn, with noise; 60 % of the host in all. */
export function heavyTailed(vcpus, pcpus, seed) {
  const draw = drawFrom(seed);
  const raw = Array.from({ length: vcpus }, () => draw(0.001, 1) ** (-1 / 1.3));
  const scaled = (factor) => raw.map((each) => Math.min(95, each * factor));
  let factor = 1;
  while (scaled(factor).reduce((sum, each) => sum + each, 0) < 60 * pcpus) factor *= 1.01;
  const demands = scaled(factor).map((each) => each.toFixed(2));
  return `pcpus = ${pcpus}\n[[domains]]\nname = "guest-%d"\ncount = ${vcpus}\naffinity = "in-turn"\ndemand = [${demands}]\njitter = 0.05\nnoise = 1\n`;
}

/** Sixteen vCPUs on eight pCPUs, two on each, that go up and down every 5 to 60 s, each with a rhythm of its own. */
export function squareWaves(seed) {
  const draw = drawFrom(seed);
  const wave = () =>
    `{ high = ${draw(70, 100).toFixed(1)}, low = ${draw(0, 20).toFixed(1)}, period = ${draw(10, 120).toFixed(1)}, phase = ${draw(0, 1).toFixed(3)} }`;
  const domains = Array.from({ length: 16 }, (_, i) => domain(`guest-${i}`, i % 8, wave()));
  return `pcpus = 8\nduration = 3600\n${domains.join('')}`;
}

function domain(name, on, demand) {
  return `[[domains]]\nname = "${name}"\naffinity = ${on}\ndemand = ${demand}\n`;
}

function deviation(loads) {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return Math.sqrt(loads.reduce((sum, load) => sum + (load - mean) ** 2, 0) / loads.length);
}

function drawFrom(seed) {
  let state = seed;
  return (least, most) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return least + ((most - least) * state) / 2 ** 32;
  };
}
