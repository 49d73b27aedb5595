import { describe, expect, test } from 'vitest';
import { sim } from '../support/sim.ts';

/** What pCPUs carry besides guests, and demand that is none, from the scenario to what is printed. */
type Shown = {
  readonly pcpus: readonly {
    readonly pcpu: number;
    readonly guestPct: number;
    readonly backgroundPct: number;
    readonly loadPct: number;
  }[];
  readonly vcpus: readonly {
    readonly domain: { readonly name: string };
    readonly usagePct: number;
    readonly delayPct: number;
    readonly demandPct: number;
    readonly capPct: number | null;
    readonly throttledPct: number | null;
    readonly polledPct: number | null;
  }[];
  readonly overheads: readonly { readonly domain: { readonly name: string }; readonly overheadPct: number }[];
};

const window = ['--window', '2'];

describe('a pCPU that a process of the host keeps busy', () => {
  const scenario = `
[topology]
cores = 2

[[background]]
pcpus = 1
demand = 60

[[domains]]
name = "guest-%d"
count = 3
demand = 30
affinity = 0
`;

  test('carries that, in figures, in JSON and in a plan', async () => {
    const host = await sim(scenario);
    const shown = JSON.parse((await host.vcpusched(['status', '--json', ...window])).stdout) as Shown;
    const [first, second] = shown.pcpus;
    expect(first).toMatchObject({ backgroundPct: 0, loadPct: first?.guestPct });
    expect(second?.guestPct).toBe(0);
    expect(second?.backgroundPct).toBeGreaterThan(50);
    expect(second?.backgroundPct).toBeLessThan(70);
    expect(second?.loadPct).toBe(second?.backgroundPct);
    const { stdout } = await host.vcpusched(['status', ...window]);
    expect(stdout).toMatch(/^ +1 +▒*=* +(5\d|6\d) % +host (5\d|6\d) %$/m);
  });

  test('gets no guest where it would be above what they leave', async () => {
    const host = await sim(scenario.replace('demand = 60', 'demand = 85'));
    const { stdout, status } = await host.vcpusched(['plan', '--json', ...window]);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { moves: readonly unknown[] }).moves).toEqual([]);
  });
});

test('a guest below its quota is capped, not starved; one that polls wants what it works', async () => {
  const host = await sim(`
[topology]
cores = 2

[[domains]]
name = "capped"
demand = 100
affinity = 0
quota = 20

[[domains]]
name = "poller"
demand = 10
polling = 40
affinity = 1
emulator = 30
`);
  const shown = JSON.parse((await host.vcpusched(['status', '--json', ...window])).stdout) as Shown;
  const named = (name: string) => shown.vcpus.find(({ domain }) => domain.name === name);
  expect(named('capped')).toMatchObject({ capPct: 20 });
  expect(named('capped')?.demandPct).toBeLessThanOrEqual(20);
  expect(named('capped')?.demandPct).toBeGreaterThan(17);
  expect(named('capped')?.throttledPct).toBeGreaterThan(70);
  expect(named('poller')?.polledPct).toBeGreaterThan(30);
  expect(named('poller')?.demandPct).toBeLessThan(15);
  expect(shown.overheads).toMatchObject([{ domain: { name: 'poller' } }]);
  const { stdout } = await host.vcpusched(['status', ...window]);
  expect(stdout).toMatch(/^ +0 .* capped +0 +\d+ % +cap 20 % +0 %/m);
  expect(stdout).toMatch(/^Emulator and I\/O threads: poller (2\d|3\d) % of a pCPU$/m);
});

test('once --since-last measures what is no guest’s over the whole interval', async () => {
  const host = await sim(`
[topology]
cores = 2

[[background]]
pcpus = 1
demand = 60

[[domains]]
name = "guest-%d"
count = 2
demand = 30
affinity = "in-turn"
`);
  await host.vcpusched(['once', '--since-last', ...window]);
  const { stdout } = await host.vcpusched(['once', '--since-last', '--window', '0.5', '--json']);
  const shown = JSON.parse(stdout) as Shown;
  expect(shown.pcpus[1]?.backgroundPct).toBeGreaterThan(45);
});
