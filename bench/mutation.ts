// Which changes of the code no test notices, as CONTRIBUTING.md has it.
//
//   npm run mutation [-- [--write] [FOLDER ...]]     of src/; without a name, all of the table
//
//   --write          puts the rows into CONTRIBUTING.md
//
// Stryker changes the code: each mutant is one change, and all of them are in one copy of the project, switched off.
// One run of vitest tries them: each test of the folder runs again with each mutant that it meets, until one test fails.
// So the tests are loaded once, and not for each mutant.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { addOutcome, current, type Outcome, readOutcomes } from './mutation/outcomes.ts';
import { root } from './support/root.ts';

type Mutant = {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Place; readonly end: Place };
};

type Place = { readonly line: number; readonly column: number };

const head = ['folder', 'mutants', 'killed', 'timeout', 'survived', 'no test', 'at load', 'score'];
const page = join(root, 'CONTRIBUTING.md');
/** A test that has not come to its end by then never does. */
const mostStuckMs = 120_000;

const words = process.argv.slice(2);
const names = words.filter((word) => word !== '--write');
for (const folder of names.length > 0 ? names : ['apply', 'state', 'virsh', 'balance']) {
  const { alive, figures } = await tryFolder(folder);
  const line = row([folder, ...figures]);
  process.stdout.write(`${[...alive, '', row(head), line].join('\n')}\n\n`);
  if (words.includes('--write')) writeRow(folder, line);
}

/** Tries all mutants of a folder of src/, in a copy of the project. */
async function tryFolder(folder: string): Promise<Summary> {
  const copy = mkdtempSync(join(tmpdir(), 'vcpusched-mutation-'));
  try {
    const left = ['.git', 'node_modules', 'dist', 'packages'];
    cpSync(root, copy, { recursive: true, filter: (path) => !left.includes(relative(root, path)) });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const mutants = await mutate(copy, folder);
    while (!(await runTests(copy, folder)));
    return summaryOf(mutants, readOutcomes(copy));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Writes all mutants into the files of a folder of the copy. */
async function mutate(copy: string, folder: string): Promise<readonly Mutant[]> {
  // npx puts the folder of its programs first.
  const [programs = ''] = process.env['PATH']?.split(delimiter) ?? [];
  const { resolve } = createRequire(join(programs, '../x.js'));
  const { createInstrumenter } = await import(resolve('@stryker-mutator/instrumenter'));
  const { createInjector } = await import(resolve('typed-inject'));
  const logger = { debug: () => {}, info: () => {}, isDebugEnabled: () => false };
  const instrumenter = createInjector().provideValue('logger', logger).injectFunction(createInstrumenter);
  const files = readdirSync(join(copy, 'src', folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(copy, 'src', folder, path))
    .map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }));
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const mutated = await instrumenter.instrument(files, options);
  for (const { name, content } of mutated.files) writeFileSync(name, content);
  return mutated.mutants;
}

/** @returns false where a mutant made a test endless: all others are still to be tried */
function runTests(copy: string, folder: string): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--config', 'bench/mutation/vitest.config.ts'], {
    cwd: copy,
    env: { ...process.env, MUTATED: folder, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const file = join(copy, current);
  return new Promise((resolve, reject) => {
    let last = '';
    let sinceMs = performance.now();
    const timer = setInterval(() => {
      const mutant = existsSync(file) ? readFileSync(file, 'utf8') : '';
      if (mutant !== last) sinceMs = performance.now();
      last = mutant;
      if (mutant === '' || performance.now() - sinceMs < mostStuckMs) return;
      addOutcome(copy, mutant, 'timeout');
      process.kill(-Number(child.pid), 'SIGKILL');
    }, 1000);
    child.once('close', (status) => {
      clearInterval(timer);
      if (status === null) resolve(false);
      else if (status === 0) resolve(true);
      else reject(new Error(`the tests of ${folder} fail without a mutant`));
    });
  });
}

type Summary = { readonly alive: readonly string[]; readonly figures: readonly (string | number)[] };

function summaryOf(mutants: readonly Mutant[], outcomes: ReadonlyMap<string, Outcome>): Summary {
  const count = (outcome: Outcome | undefined) =>
    mutants.filter(({ id }) => outcomes.get(id) === outcome).length;
  const [killed, timeout, loaded] = [count('killed'), count('timeout'), count('loaded')];
  const share = (killed + timeout) / (mutants.length - loaded);
  const score = `${(100 * share).toFixed(1)} %`;
  return {
    alive: mutants.flatMap((mutant) => {
      const outcome = outcomes.get(mutant.id) ?? 'no test';
      return outcome === 'killed' || outcome === 'timeout' ? [] : [`${textOf(mutant)} (${outcome})`];
    }),
    figures: [mutants.length, killed, timeout, count('survived'), count(undefined), loaded, score],
  };
}

/** Where it is, what it changes and into what. */
function textOf({ fileName, mutatorName, replacement, location: { start, end } }: Mutant): string {
  const path = fileName.slice(fileName.indexOf('/src/') + 1);
  const lines = readFileSync(join(root, path), 'utf8')
    .split('\n')
    .slice(start.line, end.line + 1);
  const last = lines.length - 1;
  const text = lines
    .map((line, i) => line.slice(i === 0 ? start.column : 0, i === last ? end.column : undefined))
    .join(' ');
  const short = (code: string) => code.replaceAll(/\s+/g, ' ').slice(0, 100);
  return `${path}:${start.line + 1} ${mutatorName}: ${short(text)} => ${short(replacement)}`;
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function writeRow(folder: string, line: string): void {
  const text = readFileSync(page, 'utf8');
  const place = new RegExp(`^\\| ${folder} \\|.*$`, 'm');
  if (!place.test(text)) throw new Error(`${page} has no row of ${folder}`);
  writeFileSync(page, text.replace(place, line));
}
