import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { sim, vcpusched } from '../support/sim.ts';

const scenarios = fileURLToPath(new URL('../../fixtures/scenarios', import.meta.url));
const standard = readdirSync(join(scenarios, 'standard'))
  .filter((name) => name.endsWith('.toml'))
  .map((name) => join(scenarios, 'standard', name));

type Result = {
  readonly policy: string;
  readonly moves: number;
  readonly movesAfterBalance: number;
  readonly balancedByFirstDecision: boolean;
  readonly finalSd: number;
  readonly bestSd: number;
};

async function resultsOf(...args: readonly string[]): Promise<readonly Result[]> {
  const { status, stdout, stderr } = await vcpusched(['simulate', '--json', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly results: readonly Result[] }).results;
}

test('threshold balances the 19 standard cases by its first decision, by 36 moves at most and none after', async () => {
  const results = await resultsOf(...standard);
  expect(results).toHaveLength(19);
  for (const { balancedByFirstDecision, movesAfterBalance, finalSd, bestSd } of results) {
    expect({ balancedByFirstDecision, movesAfterBalance }).toEqual({
      balancedByFirstDecision: true,
      movesAfterBalance: 0,
    });
    expect(finalSd).toBeLessThanOrEqual(bestSd + 5);
  }
  expect(results.reduce((sum, { moves }) => sum + moves, 0)).toBeLessThanOrEqual(36);
});

test.each([
  ['sixteen-on-eight', 14],
  ['full-on-four', 6],
  ['three-on-eight', 2],
])('threshold balances %s by %i moves', async (name, moves) => {
  const [result] = await resultsOf(join(scenarios, `${name}.toml`));
  expect(result).toMatchObject({ balancedByFirstDecision: true, moves, movesAfterBalance: 0 });
});

test('every policy, in one thread and in two, with the same result', async () => {
  const [first = ''] = standard;
  const alone = await resultsOf(first, '--policy', 'all', '--jobs', '1');
  expect(alone.map(({ policy }) => policy).toSorted()).toEqual(
    ['absolute', 'busiest', 'lightest', 'none', 'spread', 'stddev', 'threshold'].toSorted(),
  );
  expect(await resultsOf(first, '--policy', 'all', '--jobs', '2')).toEqual(alone);
});

test('a sweep tries the product of its settings', async () => {
  const [first = ''] = standard;
  expect(await resultsOf(first, '--sweep', 'high=85,90', '--sweep', 'low=60,70')).toHaveLength(4);
});

test('a report is one page without scripts, with a chart for each policy', async () => {
  const file = join(temporaryDirectory(), 'report.html');
  await resultsOf(standard[0] ?? '', '--policy', 'all', '--report', file);
  const page = readFileSync(file, 'utf8');
  expect(page.match(/<figure /g)).toHaveLength(7);
  expect(page).not.toMatch(/<script|<link|src=/);
});

test('a report names the options that were not left at their defaults', async () => {
  const file = join(temporaryDirectory(), 'report.html');
  const options = ['--high', '85', '--gap', '10', '--cycles', '3', '--seed', '7', '--cpus', '0-2'];
  await resultsOf(standard[0] ?? '', ...options, '--sweep', 'sigma=4,5', '--report', file);
  expect(readFileSync(file, 'utf8')).toContain(
    '<code>--policy threshold --high 85 --cycles 3 --seed 7 --cpus 0-2 --sweep sigma=4,5</code>',
  );
});

test('a report that cannot be written: one line and status 1', async () => {
  const ended = await vcpusched(['simulate', standard[0] ?? '', '--report', '/nowhere/report.html']);
  expect(ended).toMatchObject({ status: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^vcpusched: --report: cannot write \/nowhere\/report\.html: ENOENT.*\n$/);
});

test('a report that turns out not to fit: the results are there all the same', async () => {
  const ended = await vcpusched(['simulate', standard[0] ?? '', '--report', '/dev/full']);
  expect(ended).toMatchObject({ status: 1, stdout: expect.stringContaining('Best: ') });
  expect(ended.stderr).toMatch(/^vcpusched: --report: cannot write \/dev\/full: ENOSPC.*\n$/);
});

test('a trace', async () => {
  const file = join(temporaryDirectory(), 'trace.csv');
  writeFileSync(file, 'a,b,c,d\n80,80,10,10\n80,80,10,10\n');
  const [result] = await resultsOf(file, '--pcpus', '2', '--period', '30');
  expect(result?.finalSd).toBeLessThanOrEqual(5);
});

test.each([
  ['letter.csv', 'a,b\n1,2\n3,x\n', 65, ":3: b: 'x' is no number from 0"],
  ['hex.csv', 'a,b\n1,2\n3,0x1F\n', 65, ":3: b: '0x1F' is no number from 0"],
  ['empty.csv', '', 65, ':1: a header with names and at least one row of numbers are needed'],
  ['wrong.toml', 'pcpus = "x"\n', 65, ':1: pcpus: Expected number but received "x"'],
  ['empty.ndjson', '', 65, ':1: no recording: the file is empty'],
  ['what.txt', 'a,b\n1,2\n', 65, ':1: no recording: there is no header'],
])('%s: one line that names the file and the line', async (name, text, status, message) => {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, text);
  const ended = await vcpusched(['simulate', file, '--pcpus', '2', '--period', '30']);
  expect(ended).toEqual({ status, stdout: '', stderr: `vcpusched: ${file}${message}\n` });
});

test.each([
  [['--policy', 'nope'], "--policy: there is no 'nope', but threshold, "],
  [['--sweep', 'foo=1'], "--sweep: there is no setting 'foo' to sweep, but high, "],
])('%j: a usage error', async (args, message) => {
  const { status, stderr } = await vcpusched(['simulate', standard[0] ?? '', ...args]);
  expect(status).toBe(64);
  expect(stderr.startsWith(`vcpusched: ${message}`)).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends it with status %i', async (signal, status) => {
  const host = await sim('pcpus = 1\ndomains = []\n');
  const running = host.start(['simulate', standard[0] ?? '', '--cycles', '1000000', '--verbose']);
  await once(running.stdout, 'data');
  running.kill(signal);
  expect(await running).toMatchObject({
    exitCode: status,
    stdout: expect.stringMatching(/^simulating \[-{20}\] {3}0 %\n/),
    stderr: 'vcpusched: interrupted',
  });
});
