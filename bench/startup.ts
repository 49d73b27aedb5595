// What a start of vcpusched costs, and how much memory a long watch takes, as docs/performance.md has them.
//
//   npm run build && node bench/run.js startup [--write] [startup resident churn]
//
//   --write          puts the tables into docs/performance.md
//   ROUNDS=20        runs of each command line, in turn (default 20)
//   SECONDS=120      how long the memory of watch is looked at (default 120)
//   CYCLES=100000    cycles of the long watch (default 100,000)
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from './support/bundle.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import { median } from './support/median.ts';
import { residentMb } from './support/resident-mb.ts';
import { root } from './support/root.ts';

const rounds = Number(process.env['ROUNDS'] ?? 20);
const seconds = Number(process.env['SECONDS'] ?? 120);
const cycles = Number(process.env['CYCLES'] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'vcpusched-startup-'));
const bin = join(root, 'bin/vcpusched.js');
const virshSim = join(root, 'bin/virsh-sim.js');
const node = process.execPath;

try {
  await printTables('docs/performance.md', { startup, resident, churn }, process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true });
}

type Run = { readonly wallMs: number; readonly cpuMs: number };

/** The command lines in turn: a machine that gets slower does so for all. */
function startup(): readonly string[] {
  const env = newHost();
  const windowMs = 2000;
  const window = ['--window', `${windowMs / 1000}`];
  const lines = [
    { name: 'node -e 0', words: ['-e', '0'] },
    { name: '--version', words: [bin, '--version'], most: 1.15 },
    { name: '--help', words: [bin, '--help'], most: 1.15 },
    { name: 'status', words: [bin, 'status', ...window], calls: [], most: 1.3 },
    { name: 'once', words: [bin, 'once', ...window], calls: [], most: 1.3 },
  ].map((line) => ({
    ...line,
    calls: 'calls' in line ? callsOf(line.words, env) : undefined,
    runs: [] as Run[],
    virshMs: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { words, calls, runs, virshMs } of lines) {
      runs.push(metered(words, env));
      if (calls !== undefined)
        virshMs.push(calls.reduce((sum, call) => sum + wallMs(virshSim, call, env), 0));
    }
  }
  const [bare] = lines;
  const rows = lines.map(({ name, runs, calls, virshMs, most }) => {
    const cpu = median(runs.map(({ cpuMs }) => cpuMs));
    const wall = median(runs.map(({ wallMs }) => wallMs));
    const least = median(bare?.runs.map((each) => each.wallMs) ?? []) + median(virshMs) + windowMs;
    // In pairs: the machine was as busy for both.
    const ratio = median(runs.map(({ cpuMs }, i) => cpuMs / (bare?.runs[i]?.cpuMs ?? 0)));
    const wanted = calls === undefined ? ratio : wall / least;
    return { name, cpu, ratio, wall, least, calls, most, isMet: most === undefined || wanted <= most };
  });
  return [
    markdown(
      [
        '',
        'CPU ms',
        'to bare Node',
        'ms',
        'virsh processes',
        'Node, virsh and window, ms',
        'ratio',
        'wanted',
      ],
      rows.map(({ name, cpu, ratio, wall, least, calls, most, isMet }) => [
        name,
        cpu.toFixed(0),
        ratio.toFixed(2),
        wall.toFixed(0),
        ...(calls === undefined ? ['', '', ''] : [calls.length, least.toFixed(0), (wall / least).toFixed(2)]),
        most === undefined ? '' : `${most}${isMet ? '' : ' !'}`,
      ]),
    ),
    verdict(
      'CPU time of `--version` and `--help` at most 1.15 times that of bare Node; `status` and `once` at most 1.3 times as long as Node, virsh and the window',
      rows.every(({ isMet }) => isMet),
    ),
  ];
}

/** A host of eight domains, made anew; what the environment says of it. */
function newHost(): NodeJS.ProcessEnv {
  const place = mkdtempSync(join(folder, 'h'));
  const host = join(place, 'host');
  execFileSync(virshSim, ['init', host, join(root, 'fixtures/scenarios/demo.toml')]);
  return {
    ...process.env,
    VCPUSCHED_VIRSH: virshSim,
    LIBVIRT_DEFAULT_URI: `sim://${host}`,
    VCPUSCHED_STATE_DIR: join(place, 'state'),
  };
}

/** The words of each virsh process of a run, once nothing is left to be moved. */
function callsOf(words: readonly string[], env: NodeJS.ProcessEnv): readonly (readonly string[])[] {
  execFileSync(node, [bin, 'once'], { env, stdio: 'ignore' });
  const log = join(folder, 'calls');
  const wrapper = join(folder, 'virsh');
  writeFileSync(log, '');
  writeFileSync(wrapper, `#!/bin/sh\nprintf '%s\\0' "$@" '' >>'${log}'\nexec '${virshSim}' "$@"\n`, {
    mode: 0o755,
  });
  execFileSync(node, words, { env: { ...env, VCPUSCHED_VIRSH: wrapper }, stdio: 'ignore' });
  return readFileSync(log, 'utf8')
    .split('\0\0')
    .slice(0, -1)
    .map((call) => call.split('\0'));
}

/** Runs Node with these words. Its own CPU time is what it says itself at its end; that of its virsh is not in it. */
function metered(words: readonly string[], env: NodeJS.ProcessEnv): Run {
  const file = join(folder, 'cpu');
  const meter = join(folder, 'meter.cjs');
  writeFileSync(
    meter,
    `process.on('exit',()=>{const{user,system}=process.cpuUsage();require('node:fs').writeFileSync(${JSON.stringify(file)},String(user+system))})`,
  );
  const ms = wallMs(node, ['--require', meter, ...words], env);
  return { wallMs: ms, cpuMs: Number(readFileSync(file, 'utf8')) / 1000 };
}

function wallMs(program: string, words: readonly string[], env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  execFileSync(program, words, { env, stdio: 'ignore' });
  return performance.now() - start;
}

/** The resident memory of `watch` beside that of a Node that does nothing. */
async function resident(): Promise<readonly string[]> {
  const idle = spawn(node, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  const watch = spawn(node, [bin, 'watch', '1'], { env: newHost(), stdio: 'ignore' });
  const parts = 6;
  const samples: number[] = [];
  for (let i = 0; i < parts; i++) {
    await sleep((seconds / parts) * 1000);
    samples.push(residentMb(watch.pid));
  }
  const bareMb = residentMb(idle.pid);
  idle.kill();
  const ended = new Promise((resolve) => watch.on('exit', resolve));
  watch.kill();
  await ended;
  const times = samples.map((_, i) => `${((i + 1) * seconds) / parts} s`);
  return [
    markdown(
      ['', 'bare Node', ...times.map((time) => `after ${time}`)],
      [
        ['MB', bareMb.toFixed(1), ...samples.map((mb) => mb.toFixed(1))],
        ['to bare Node', '1.00', ...samples.map((mb) => (mb / bareMb).toFixed(2))],
      ],
    ),
    verdict('below 1.4 times bare Node', Math.max(...samples) < 1.4 * bareMb),
  ];
}

/** The heap of one process over a long watch. */
async function churn(): Promise<readonly string[]> {
  const program = await bundle('support/churn-trial.ts', 'churn-trial');
  const place = join(folder, 'churn');
  mkdirSync(place);
  const words = ['--expose-gc', program, `${cycles}`, `${cycles / 10}`, place];
  const output = execFileSync(node, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const heap = output
    .trim()
    .split('\n')
    .map((line): readonly [number, number] => JSON.parse(line));
  const mbs = heap.map(([, mb]) => mb);
  const [early, late] = [median(mbs.slice(0, mbs.length / 2)), median(mbs.slice(mbs.length / 2))];
  return [
    markdown(
      ['cycles', ...heap.map(([cycle]) => cycle.toLocaleString('en'))],
      [['heap after a collection, MB', ...mbs.map((mb) => mb.toFixed(1))]],
    ),
    verdict('the second half takes no more than 1.05 times the first', late <= 1.05 * early),
  ];
}
