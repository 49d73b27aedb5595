import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/commands/simulate.ts';
import type { World } from '../../src/commands/world.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { suiteDirectory } from '../simulate/support/suite-directory.ts';
import { fakeWorld } from '../support/fake-world.ts';

const file = join(suiteDirectory(), 'scenario.toml');

/** Simulates two busy vCPUs on the first of two pCPUs for so long. */
function run(world: World, seconds: number, raw: RawSettings = {}) {
  writeFileSync(
    file,
    `pcpus = 2\nduration = ${seconds}\n[[domains]]\nname = "g%d"\ncount = 2\naffinity = 0\ndemand = 80\n`,
  );
  return simulate(readSettings({ inputs: [file], ...raw }), world);
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
    const { world } = fakeWorld();
    const counts = new Set<number>();
    const runJobs: World['runJobs'] = (jobs, ...more) => {
      for (const { cycles } of jobs) counts.add(cycles.count);
      return world.runJobs(jobs, ...more);
    };
    expect(await run({ ...world, runJobs }, Number(seconds), raw)).toBe(0);
    expect([...counts]).toEqual([expected]);
  });
});
