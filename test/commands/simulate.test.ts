import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/commands/simulate.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { Interrupted } from '../../src/errors.ts';
import type { Context } from '../../src/session/context.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { fakeContext } from '../support/fake-context.ts';

const file = join(temporaryDirectory(), 'scenario.toml');

/** Simulates two busy vCPUs on the first of two pCPUs for so long. */
function run(context: Context, seconds: number, raw: RawSettings = {}) {
  writeFileSync(
    file,
    `pcpus = 2\nduration = ${seconds}\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = 80\n`,
  );
  return simulate(readSettings({ inputs: [file], ...raw }), context);
}

describe('how many cycles', () => {
  test.each([
    ['10.02', 5, {}],
    ['9.99', 4, {}],
    ['10', 5, {}],
    // 0.3 / 0.1 is a hair below 3
    ['0.3', 3, { interval: '0.1' }],
    ['1', 1, {}],
    ['10', 4, { cycles: '3' }],
  ])('%s s: %i whole ones, %j', async (seconds, expected, raw) => {
    const { context } = fakeContext();
    const counts = new Set<number>();
    const runJobs: Context['runJobs'] = (jobs, ...more) => {
      for (const { cycles } of jobs) counts.add(cycles.count);
      return context.runJobs(jobs, ...more);
    };
    expect(await run({ ...context, runJobs }, Number(seconds), raw)).toBe(0);
    expect([...counts]).toEqual([expected]);
  });
});

describe('the bar', () => {
  const bar = /simulating \[#*-*\] [ \d]{3} %/;

  test('at a terminal one line, written anew each time, and gone at the end', async () => {
    const { context, output } = fakeContext({ terminal: { isTty: true } });
    await run(context, 10);
    const [line = '', ...rest] = output.out().split('\n');
    const [first, ...shown] = line.split('\r');
    expect(first).toBe('');
    expect(shown[0]).toBe('simulating [--------------------]   0 %');
    expect(shown.slice(0, -1).every((text) => bar.test(text) && text.length === shown[0]?.length)).toBe(true);
    expect(shown.at(-1)?.trim()).toBe('');
    expect(rest.join('\n')).not.toMatch(bar);
  });

  test.each([[{}], [{ quiet: true }], [{ json: true }]])('none elsewhere, %j', async (raw) => {
    const { context, output } = fakeContext({ terminal: { isTty: 'quiet' in raw } });
    await run(context, 10, raw);
    expect(output.out()).not.toMatch(bar);
  });

  test('a signal clears it and says no more than that it came', async () => {
    const { context, output, stop } = fakeContext({ terminal: { isTty: true } });
    const runJobs: Context['runJobs'] = async (_jobs, _atATime, onCycle, signal) => {
      onCycle(0, 2);
      stop.abort();
      signal.throwIfAborted();
      return [];
    };
    await expect(run({ ...context, runJobs }, 10)).rejects.toThrow(new Interrupted('interrupted'));
    expect(output.out()).toMatch(/\r +\n$/);
  });
});
