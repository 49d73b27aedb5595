// What each constant of src/balance/tuning.ts is worth: leaves it out (0, or what stands below), halves and
// doubles it, and prints what that costs beside the constants as they are.
//
//   TRACES=A.csv,B.csv node bench/run.js ablate [OPTION ...]
//     --only NAME,...      these constants alone
//     --set NAME=V,V,...   these values of a constant alone; may be repeated, and V may be Infinity
//     --hosts NAME,...     of 64-on-8-at-30, 64-on-8-at-300, 256-on-24-at-30, heavy-tailed, sleepers, mixed, random,
//                          restless, cells, readings (default: all)
//     --seeds 1,2          the noise of the traces
//     --cycles N           of a trace, at most (default: a sixth of a day of rows at 300 s, all else whole)
//     --jobs N             runs at a time (default 1)
//     --timeout S          for one run of a host, seconds (default 300)
//
// Each cell: what starved above the oracle, in per cent of the demand, and moves per vCPU-hour. In the first row the
// mean over all traces and seeds, and the deviation between seeds; in the others the mean difference to the
// first row, trace by trace and seed by seed, and its standard error. A difference below two of these is noise.
// Of the other hosts (heavy-tailed to cells): moves, late ones, the mean of the deviations above the best, and what
// starved above the oracle. `readings`: windows for which nothing was moved, and after which not half of the guests are on each of two pCPUs.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { tuning } from '../src/balance/tuning.ts';
import { bundle, type Constants } from './support/bundle.ts';
import type { Looked, Replayed, TrialResult } from './support/decide-trial.ts';
import { cellsAndThreads, constantDemand, heavyTailed, type Pace, randomHosts } from './support/hosts.ts';
import { root } from './support/root.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    hosts: { type: 'string' },
    seeds: { type: 'string', default: '1,2' },
    cycles: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    timeout: { type: 'string', default: '300' },
  },
});

/** What leaves a constant out where 0 does not. */
const leftOut: Constants = {
  searchBreadth: Number.POSITIVE_INFINITY,
  stepWindowCycles: 1,
  idlePoints: 0,
};

type TraceHost = { readonly settings: Readonly<Record<string, string>>; readonly cycles: number };

const traceHosts: Readonly<Record<string, TraceHost>> = {
  '64-on-8-at-30': { settings: { vms: '64', pcpus: '8', period: '30' }, cycles: Number.POSITIVE_INFINITY },
  '64-on-8-at-300': { settings: { vms: '64', pcpus: '8', period: '300' }, cycles: 7200 },
  '256-on-24-at-30': {
    settings: { pcpus: '24', period: '30', scale: '0.6' },
    cycles: Number.POSITIVE_INFINITY,
  },
};

/** Scenarios, with the cycles that each is run for. */
const scenarioHosts: Readonly<
  Record<string, () => { readonly cycles: number; readonly tomls: readonly string[] }>
> = {
  'heavy-tailed': () => tails('clock'),
  sleepers: () => tails('sleep'),
  mixed: () => tails('both'),
  random: () => ({ cycles: 11, tomls: randomHosts(200).map(({ toml }) => toml) }),
  restless: () => ({
    cycles: 1001,
    tomls: [1, 2, 3].flatMap((noise) => [1, 2].map((seed) => constantDemand(24, 8, noise, seed))),
  }),
  cells: () => ({ cycles: 121, tomls: [1, 2, 3, 4, 5, 6, 7, 8].map(cellsAndThreads) }),
};

function tails(pace: Pace) {
  const seeds = [1, 2, 3, 4, 5, 6];
  const tomls = [
    ...seeds.map((seed) => heavyTailed(128, 32, seed, { pace })),
    ...seeds.map((seed) => heavyTailed(1024, 128, seed, { pace })),
  ];
  return { cycles: 61, tomls };
}

const run = promisify(execFile);
const cache = join(root, 'node_modules/.cache/vcpusched-bench');
const seeds = list(options.seeds);
const traces = list(process.env['TRACES'] ?? '');
const allHosts = [...Object.keys(traceHosts), ...Object.keys(scenarioHosts), 'readings'];
const hosts = options.hosts === undefined ? allHosts : list(options.hosts);

/** The inputs of each host: a file for each trace and seed, or for each recording. */
const inputs = await prepareAll();
const base = await tryAll({}, 'base');
print(['constant', 'value', ...hosts]);
print(['---', '---', ...hosts.map(() => '---')]);
print(['as it is', '', ...hosts.map((host) => cellOf(host, base.get(host), undefined))]);
for (const { name, value } of variants()) {
  const results = await tryAll({ [name]: value }, `${name}-${value}`);
  const cells = hosts.map((host) => cellOf(host, results.get(host), base.get(host)));
  print([name, `${value}`, ...cells]);
}

function variants(): readonly { readonly name: string; readonly value: number }[] {
  const constants = new Map<string, number>(Object.entries(tuning));
  if (options.set.length > 0) {
    return options.set.flatMap((text) => {
      const [name = '', values = ''] = text.split('=');
      if (!constants.has(name)) throw new Error(`--set: there is no constant ${name}`);
      return list(values).map((value) => ({ name, value: Number(value) }));
    });
  }
  const only = options.only === undefined ? [...constants.keys()] : list(options.only);
  return only.flatMap((name) => {
    const value = constants.get(name);
    if (value === undefined) throw new Error(`--only: there is no constant ${name}`);
    const tried = [leftOut[name] ?? 0, value / 2, value * 2];
    return [...new Set(tried)].filter((each) => each !== value).map((each) => ({ name, value: each }));
  });
}

async function prepareAll(): Promise<ReadonlyMap<string, readonly string[]>> {
  const program = await bundle('support/prepare-trial.ts', 'prepare-trial');
  const version = readFileSync(program);
  const all = new Map<string, readonly string[]>();
  for (const host of hosts) {
    if (host === 'readings') {
      const folder = join(root, 'bench/readings');
      all.set(
        host,
        readdirSync(folder).map((name) => join(folder, name)),
      );
      continue;
    }
    const scenarios = scenarioHosts[host]?.();
    if (scenarios !== undefined) {
      const files = scenarios.tomls.map((toml, i) => {
        const input = join(cache, `${host}-${i}.toml`);
        writeFileSync(input, toml);
        return input;
      });
      all.set(host, await prepared(program, version, {}, scenarios.cycles, files));
      continue;
    }
    const { settings, cycles } = traceHosts[host] ?? fail(`--hosts: there is no ${host}`);
    if (traces.length === 0) fail('TRACES is needed: the CSV files of the traces, with commas between');
    const most = options.cycles === undefined ? cycles : Number(options.cycles);
    const files = await inParallel(
      traces.flatMap((trace) => seeds.map((seed) => ({ trace, seed }))),
      ({ trace, seed }) => prepared(program, version, { ...settings, jitter: '0.1', seed }, most, [trace]),
    );
    all.set(host, files.flat());
  }
  return all;
}

/** Prepares inputs, but for those that the same program has prepared before. */
async function prepared(
  program: string,
  version: Buffer,
  settings: Readonly<Record<string, string>>,
  cycles: number,
  inputs: readonly string[],
): Promise<readonly string[]> {
  const words = [JSON.stringify(settings), `${cycles}`];
  const pairs = inputs.map((input) => {
    const hash = createHash('sha256').update(version).update(readFileSync(input)).update(words.join('\0'));
    const output = `${basename(input, extname(input))}-${hash.digest('hex').slice(0, 16)}.v8`;
    return { input, output: join(cache, output) };
  });
  const missing = pairs.filter(({ output }) => !existsSync(output));
  if (missing.length > 0) {
    await run(process.execPath, [
      program,
      ...words,
      ...missing.flatMap(({ input, output }) => [input, output]),
    ]);
  }
  return pairs.map(({ output }) => output);
}

/** The results by host, in the order of its inputs; undefined for those that failed or took too long. */
async function tryAll(
  constants: Constants,
  name: string,
): Promise<ReadonlyMap<string, readonly (TrialResult | undefined)[]>> {
  const program = await bundle('support/decide-trial.ts', `decide-trial-${name}`, constants);
  const work = hosts.flatMap((host) => {
    const files = inputs.get(host) ?? [];
    // Those of a trace take long enough for a process each.
    return host in traceHosts ? files.map((file) => ({ host, files: [file] })) : [{ host, files }];
  });
  const results = await inParallel(work, ({ files }) => tryFiles(program, files));
  const byHost = new Map<string, (TrialResult | undefined)[]>(hosts.map((host) => [host, []]));
  for (const [i, { host }] of work.entries()) byHost.get(host)?.push(...(results[i] ?? []));
  return byHost;
}

async function tryFiles(
  program: string,
  files: readonly string[],
): Promise<readonly (TrialResult | undefined)[]> {
  try {
    const { stdout } = await run(process.execPath, [program, '{}', ...files], {
      timeout: Number(options.timeout) * 1000,
    });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  } catch (error) {
    process.stderr.write(`${basename(program)} ${files[0]}: ${String(error).slice(0, 300)}\n`);
    return files.map(() => undefined);
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, item] = next;
      results[i] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
  return results;
}

type Results = readonly (TrialResult | undefined)[] | undefined;

/** @param compared what it is compared with; undefined where it stands for itself */
function cellOf(host: string, results: Results, compared: Results): string {
  if (host === 'readings') return looked(results);
  if (host in scenarioHosts) return settled(results);
  return compared === undefined ? absolute(results) : difference(results, compared);
}

function settled(results: Results): string {
  const all = replays(results).filter((each) => each !== undefined);
  if (all.length < (results ?? []).length) return 'failed';
  const sum = (figure: (each: Replayed) => number) => all.reduce((total, each) => total + figure(each), 0);
  const above = sum(({ finalSd, bestSd }) => finalSd - bestSd) / all.length;
  const starved = sum(({ excessPct }) => excessPct) / all.length;
  const late = sum(({ lateMoves }) => lateMoves);
  return `${sum(({ moves }) => moves)}, ${late} late, ${above.toFixed(2)}, ${starved.toFixed(3)} %`;
}

function looked(results: Results): string {
  const all = (results ?? []).filter((each): each is Looked => each !== undefined && 'windows' in each);
  const sum = (key: keyof Looked) => all.reduce((total, each) => total + each[key], 0);
  return `${sum('declined')} declined, ${sum('uneven')} uneven of ${sum('windows')}`;
}

function replays(results: Results): readonly (Replayed | undefined)[] {
  return (results ?? []).map((each) => (each !== undefined && 'excessPct' in each ? each : undefined));
}

function absolute(results: Results): string {
  const all = replays(results);
  if (all.includes(undefined)) return 'failed';
  const figure = (key: keyof Replayed, digits: number) => {
    const values = all.flatMap((each) => (each === undefined ? [] : [each[key]]));
    // The seeds of one trace stand beside one another.
    const bySeed = traces.map((_, t) => values.slice(t * seeds.length, (t + 1) * seeds.length));
    const variance = mean(bySeed.map((each) => mean(each.map((value) => (value - mean(each)) ** 2))));
    const spread = Math.sqrt((variance * seeds.length) / Math.max(1, seeds.length - 1));
    return `${mean(values).toFixed(digits)} ±${spread.toFixed(digits)}`;
  };
  return `${figure('excessPct', 3)} / ${figure('movesPerVcpuHour', 1)}`;
}

function difference(results: Results, compared: Results): string {
  const [all, others] = [replays(results), replays(compared)];
  if (all.includes(undefined)) return 'failed';
  const figure = (key: keyof Replayed, digits: number) => {
    const values = all.map((each, i) => (each?.[key] ?? 0) - (others[i]?.[key] ?? 0));
    const variance = mean(values.map((value) => (value - mean(values)) ** 2));
    const error = Math.sqrt(variance / Math.max(1, values.length - 1));
    return `${mean(values) < 0 ? '' : '+'}${mean(values).toFixed(digits)} ±${error.toFixed(digits)}`;
  };
  return `${figure('excessPct', 3)} / ${figure('movesPerVcpuHour', 1)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function list(text: string): readonly string[] {
  return text.split(',').filter((word) => word !== '');
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function fail(message: string): never {
  throw new Error(message);
}
