// Time, memory and processes, as docs/performance.md has them.
//
//   npm run build && node bench/run.js decision [--write] [decision memory calls]
//
//   --write          puts the tables into docs/performance.md
//   PROCESSES=7      processes that each decision is measured in (default 5)
//   MEMORY_CYCLES    cycles that the memory of `simulate` is watched for (default 1000)
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './support/bundle.ts';
import { type Decided, type Size, starts } from './support/decided.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import { median } from './support/median.ts';
import { residentMb } from './support/resident-mb.ts';
import { root } from './support/root.ts';

const processes = Number(process.env['PROCESSES'] ?? 5);
const memoryCycles = Number(process.env['MEMORY_CYCLES'] ?? 1000);
const bin = join(root, 'bin/vcpusched.js');
const folder = mkdtempSync(join(tmpdir(), 'vcpusched-performance-'));

/** What a decision may take, ms; nearly even for the largest. */
const sizes = [
  { vcpus: 1024, pcpus: 128, mostMs: 10 },
  { vcpus: 4096, pcpus: 512, mostMs: 40 },
  { vcpus: 10_000, pcpus: 1024, mostMs: 100 },
];
const mostMsNearlyEven = 10;

try {
  await printTables('docs/performance.md', { decision, memory, calls }, process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true });
}

async function decision(): Promise<readonly string[]> {
  const program = await bundle('support/decision-trial.ts', 'decision-trial');
  const results = sizes.flatMap(({ vcpus, pcpus, mostMs }) =>
    starts.map((start) => {
      const limitMs = start.endsWith('even') ? Math.min(mostMs, mostMsNearlyEven) : mostMs;
      const flat = decideSeveral(program, { vcpus, pcpus, start, topology: 'flat' });
      const cells = decideSeveral(program, { vcpus, pcpus, start, topology: 'cells' });
      const name = `${vcpus.toLocaleString('en')} on ${pcpus.toLocaleString('en')}, ${start}`;
      return { name, limitMs, flat, cells, isMet: flat.ms < limitMs && cells.ms <= 2 * limitMs };
    }),
  );
  const figures = ['ms', 'sorts', 'moves', 'spread after'];
  const head = [
    '',
    'wanted, ms',
    ...figures.map((each) => `flat: ${each}`),
    ...figures.map((each) => `cells: ${each}`),
  ];
  const rows = results.map(({ name, limitMs, flat, cells, isMet }) => [
    name,
    `${limitMs}${isMet ? '' : ' !'}`,
    ...columns(flat),
    ...columns(cells),
  ]);
  return [
    markdown(head, rows),
    verdict(
      'flat under the time wanted, cells at most twice that (`!` where not)',
      results.every(({ isMet }) => isMet),
    ),
  ];
}

type Several = {
  readonly ms: number;
  readonly sorts: number;
  readonly moves: number;
  readonly spread: number;
};

/** Medians of several processes, each with demands of its own. */
function decideSeveral(program: string, size: Size): Several {
  const runs: Decided[] = [];
  for (let seed = 1; seed <= processes; seed++) {
    runs.push(
      JSON.parse(
        execFileSync(process.execPath, [program, JSON.stringify(size), `${seed}`], { encoding: 'utf8' }),
      ),
    );
    // A decision of seconds needs no median.
    if (runs.some(({ decideMs }) => decideMs > 5000)) break;
  }
  const of = (figure: (run: Decided) => number) => median(runs.map(figure));
  return {
    ms: of(({ decideMs }) => decideMs),
    sorts: of(({ decideMs, sortMs }) => decideMs / sortMs),
    moves: of(({ moves }) => moves),
    spread: of(({ deviationAfter }) => deviationAfter),
  };
}

function columns({ ms, sorts, moves, spread }: Several): readonly string[] {
  return [ms.toFixed(ms < 100 ? 1 : 0), sorts.toFixed(1), moves.toFixed(0), spread.toFixed(1)];
}

/** The resident set of one `simulate` over its run, read from /proc once a second. */
async function memory(): Promise<readonly string[]> {
  const file = join(folder, 'host.toml');
  const groups = Array.from(
    { length: 10 },
    (_, i) =>
      `[[domains]]\nname = "guest-${i}-%d"\ncount = 1000\naffinity = "in-turn"\ndemand = [2, 4, 6, 8, 10, 3, 5, 7, 9, 14, 1]\nnoise = 1\n`,
  );
  writeFileSync(file, `pcpus = 1024\nduration = ${2 * memoryCycles + 2}\n${groups.join('')}`);
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [bin, 'simulate', file, '--cycles', `${memoryCycles}`, '--jobs', '1', '--quiet'],
    { stdio: 'ignore' },
  );
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentMb(child.pid)), 1000);
  const status = await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(timer);
  if (status !== 0) throw new Error(`simulate ended with ${status}`);
  const seconds = (performance.now() - started) / 1000;
  const known = samples.filter((mb) => mb > 0);
  /** The highest of a tenth of the run. */
  const tenth = (i: number) =>
    Math.max(...known.slice(Math.floor((i * known.length) / 10), Math.floor(((i + 1) * known.length) / 10)));
  const [early, late] = [Math.max(tenth(1), tenth(2), tenth(3)), Math.max(tenth(7), tenth(8), tenth(9))];
  const parts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  return [
    markdown(
      ['tenth of the run', ...parts.map((i) => i + 1)],
      [['most memory in it, MB', ...parts.map((i) => tenth(i).toFixed(0))]],
    ),
    `${memoryCycles.toLocaleString('en')} cycles in ${seconds.toFixed(0)} s.`,
    verdict('in the last three tenths at most 1.1 times what the second to fourth took', late <= 1.1 * early),
  ];
}

function calls(): readonly string[] {
  const rows = [8, 128, 512].map((vcpus) => {
    const once = cost(vcpus, ['once', '--window', '1']);
    const plan = cost(vcpus, ['plan', '--window', '1']);
    const [few, many] = [2, 32].map((cycles) => cost(vcpus, ['watch', '0.5', '--cycles', `${cycles}`]));
    const cycle = {
      calls: ((many?.calls ?? 0) - (few?.calls ?? 0)) / 30,
      seconds: ((many?.seconds ?? 0) - (few?.seconds ?? 0)) / 30,
    };
    const told = [once, plan, cycle].flatMap(({ calls, seconds }) => [
      Number(calls.toFixed(1)),
      seconds.toFixed(3),
    ]);
    return [vcpus, ...told];
  });
  const head = ['once', 'plan', 'a cycle of watch'].flatMap((what) => [`${what}: virsh processes`, 'CPU s']);
  return [markdown(['domains of one vCPU', ...head], rows)];
}

/** What one run on a fresh simulated host takes: virsh processes, and CPU seconds of vcpusched without them. */
function cost(vcpus: number, words: readonly string[]): { readonly calls: number; readonly seconds: number } {
  const pcpus = vcpus / 4;
  const scenario = join(folder, `${vcpus}.toml`);
  writeFileSync(
    scenario,
    `pcpus = ${pcpus}\n[[domains]]\nname = "guest-%d"\ncount = ${vcpus}\naffinity = "in-turn"\ndemand = [10, 20, 5, 30, 15]\nnoise = 1\n`,
  );
  const host = join(folder, 'host');
  const sim = join(root, 'bin/virsh-sim.js');
  rmSync(host, { recursive: true, force: true });
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  execFileSync(sim, ['init', host, scenario]);
  const log = join(folder, 'calls');
  const wrapper = join(folder, 'virsh');
  writeFileSync(log, '');
  writeFileSync(wrapper, `#!/bin/sh\necho >>'${log}'\nexec '${sim}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const used = join(folder, 'used');
  const hook = `import{writeFileSync}from'node:fs';process.on('exit',()=>{const{user,system}=process.cpuUsage();writeFileSync(${JSON.stringify(used)},String(user+system))})`;
  execFileSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      bin,
      ...words,
      '--quiet',
      '-c',
      `sim://${host}`,
      '--virsh',
      wrapper,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, VCPUSCHED_STATE_DIR: join(folder, 'state') },
    },
  );
  return {
    calls: readFileSync(log, 'utf8').length,
    seconds: Number(readFileSync(used, 'utf8')) / 1e6,
  };
}
