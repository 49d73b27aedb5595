import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pinAllLive } from '../../src/simulate/actions.ts';
import { advance } from '../../src/simulate/advance.ts';
import type { Host } from '../../src/simulate/host.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';
import { figures, uuidOf, vcpuOf } from './support/figures.ts';
import { hostOf } from './support/host-of.ts';

const spinner = (name: string, more = 'affinity = 0'): string =>
  `[[domains]]\nname = "${name}"\ndemand = 100\n${more}\n`;

/** After `seconds`, what each vCPU did, in per cent of them. */
function outcome(toml: string, seconds = 10) {
  const start = hostOf(toml);
  const end = advance(start, seconds);
  const pctOf = (ns: number): number => Math.round((ns / (seconds * 1e9)) * 1000) / 10;
  const starved = (name: string, vcpu = 0): number => pctOf(vcpuOf(end, name, vcpu)?.starvedNs ?? Number.NaN);
  const polled = (name: string): number => pctOf(vcpuOf(end, name)?.polledNs ?? Number.NaN);
  const pcpu = (id: number) => {
    const { userNs, systemNs, idleNs } = end.pcpuTimes?.find((times) => times.pcpu === id) ?? nan;
    return [userNs, systemNs, idleNs].map(pctOf);
  };
  return { ran: figures(start, end), starved, polled, pcpu, end };
}

const nan = { userNs: Number.NaN, systemNs: Number.NaN, idleNs: Number.NaN };

describe('quotas', () => {
  it('let a spinner run for their share, and keep it runnable: 1.0 s and 4.0 s of 5 s, as was measured', () => {
    const { ran, starved, pcpu } = outcome(`pcpus = 1\n${spinner('capped', 'quota = 20')}`, 5);
    expect(ran).toEqual({ 'capped/0': { run: 20, delay: 80 } });
    expect(starved('capped')).toBe(0);
    expect(pcpu(0)).toEqual([20, 0, 80]);
  });

  it('do not touch what wants less', () => {
    const { ran } = outcome('pcpus = 1\n[[domains]]\nname = "light"\ndemand = 15\nquota = 20\n');
    expect(ran).toEqual({ 'light/0': { run: 15, delay: 0 } });
  });

  it('are those of libvirt: a quota of a period', () => {
    const { ran } = outcome(`pcpus = 1\n${spinner('capped', 'quota = { quota = 20000, period = 50000 }')}`);
    expect(ran).toEqual({ 'capped/0': { run: 40, delay: 60 } });
  });

  it('starve nobody but of what they leave', () => {
    const { ran, starved } = outcome(`pcpus = 1\n${spinner('capped', 'quota = 60')}${spinner('free')}`);
    expect(ran).toEqual({ 'capped/0': { run: 50, delay: 50 }, 'free/0': { run: 50, delay: 50 } });
    expect([starved('capped'), starved('free')]).toEqual([10, 50]);
  });

  it.each([
    ['all spin', '100', [25, 25]],
    ['one wants less than its part', '[10, 100]', [10, 40]],
  ])('of a domain hold for all its threads together: %s', (_, demand, run) => {
    // One domain has one demand for all its vCPUs, so its emulator is the one that wants something else.
    const [first = 0, second = first] = JSON.parse(`[${demand}]`).flat();
    const { end } = outcome(
      `pcpus = 2\n[[domains]]\nname = "wide"\naffinity = 0\nemulatorpin = 1\nemulator = ${first}\ndemand = ${second}\nquota = { domain = 50 }\n`,
    );
    const [domain] = end.domains;
    expect((domain?.otherNs ?? 0) / 1e8).toBeCloseTo(run[0] ?? 0, 6);
    expect((domain?.vcpus[0]?.runNs ?? 0) / 1e8).toBeCloseTo(run[1] ?? 0, 6);
  });
});

describe('weights', () => {
  const wide = (demand: number, more = ''): string =>
    `[[domains]]\nname = "wide"\nvcpus = 4\naffinity = "in-turn"\ndemand = ${demand}\n${more}`;

  it("divide a domain's over its busy vCPUs", () => {
    const { ran } = outcome(`pcpus = 4\n${wide(100)}${spinner('narrow')}`);
    // 1024 / 4 against 1024 on pCPU 0.
    expect(ran).toMatchObject({ 'wide/0': { run: 20, delay: 80 }, 'narrow/0': { run: 80, delay: 20 } });
    expect(ran['wide/1']).toEqual({ run: 100, delay: 0 });
  });

  it('count one that is busy for half of the time by half', () => {
    const halves = '[[domains]]\nname = "halves"\nvcpus = 3\naffinity = "in-turn"\ndemand = 50\n';
    // 1024 / (1 + 2 x 0.5) against 1024: a third, of which it wants a half.
    const { ran } = outcome(`pcpus = 3\n${halves}${spinner('narrow')}`);
    expect(ran['halves/0']).toEqual({ run: 33.3, delay: 16.7 });
  });

  it('leave what nobody else wants', () => {
    const { ran } = outcome(`pcpus = 4\n${wide(30, 'shares = 2\n')}`);
    expect(ran['wide/0']).toEqual({ run: 30, delay: 0 });
  });

  it('change with what its other vCPUs want, when that is', () => {
    const turns = `[[domains]]\nname = "turns"\nvcpus = 2\naffinity = "in-turn"\ndemand = { steps = [[0, 100], [4, 0], [6, 100]] }\n`;
    const { ran } = outcome(`pcpus = 2\n${turns}${spinner('narrow')}`);
    // Of 8 s in which it is busy, with both vCPUs, 1/3.
    expect(ran['turns/0']).toEqual({ run: 26.7, delay: 53.3 });
  });
});

describe('real-time vCPUs', () => {
  it.each([
    [100, 100, 95, 5],
    [30, 100, 30, 70],
    [100, 2, 98, 2],
    [100, 0, 100, 0],
  ])('of %i %% run before one of %i %%', (realtime, other, ranFirst, ranOther) => {
    const { ran } = outcome(
      `pcpus = 1\n[[domains]]\nname = "rt"\nrealtime = "fifo"\ndemand = ${realtime}\n[[domains]]\nname = "other"\ndemand = ${other}\n`,
    );
    expect(ran['rt/0']?.run).toBe(ranFirst);
    expect(ran['other/0']?.run).toBe(ranOther);
  });

  it('are those that are named', () => {
    const { ran } = outcome(
      `pcpus = 1\n${spinner('mixed', 'vcpus = 2\nrealtime = { scheduler = "rr", vcpus = "1" }')}`,
    );
    expect(ran['mixed/0']?.run).toBe(5);
    expect(ran['mixed/1']?.run).toBe(95);
  });
});

describe('halt polling', () => {
  const poller = '[[domains]]\nname = "poller"\naffinity = 0\ndemand = 10\npolling = 50\n';

  it('is CPU time that nobody wanted', () => {
    const { ran, polled, starved } = outcome(`pcpus = 1\n${poller}`);
    expect(ran['poller/0']).toEqual({ run: 60, delay: 0 });
    expect([polled('poller'), starved('poller')]).toEqual([50, 0]);
  });

  it('gives way to whoever wants to run', () => {
    const { ran, polled } = outcome(`pcpus = 1\n${poller}${spinner('busy')}`);
    expect(ran).toEqual({ 'poller/0': { run: 10, delay: 0 }, 'busy/0': { run: 90, delay: 10 } });
    expect(polled('poller')).toBe(0);
  });

  it('is shared where there is less idle time than all would poll', () => {
    const { ran } = outcome(
      `pcpus = 1\n${poller}[[domains]]\nname = "other"\ndemand = 30\n[[domains]]\nname = "p-2"\ndemand = 10\npolling = 50\n`,
    );
    expect(ran['poller/0']).toEqual({ run: 35, delay: 0 });
    expect(ran['p-2/0']).toEqual({ run: 35, delay: 0 });
  });

  it('is told with the counters', () => {
    const { end } = outcome(`pcpus = 1\n${poller}`);
    expect(snapshotOf(end).domains[0]?.vcpus[0]?.counters).toEqual({
      cpuTimeNs: 6_000_000_000n,
      delayNs: 0n,
      polledNs: 5_000_000_000n,
    });
  });
});

describe('what no vCPU runs', () => {
  it("is the emulator's, on its pCPU, and in the domain's time", () => {
    const { end, pcpu } = outcome(
      'pcpus = 2\n[[domains]]\nname = "busy"\naffinity = 0\nemulatorpin = 1\nemulator = 30\ndemand = 40\n',
    );
    expect([pcpu(0), pcpu(1)]).toEqual([
      [40, 0, 60],
      [0, 30, 70],
    ]);
    expect(snapshotOf(end).domains[0]?.cpuTimeNs).toBe(7_000_000_000n);
  });

  it("is the host's own, and may change", () => {
    const host = `pcpus = 2\n[[background]]\npcpus = 1\ndemand = { steps = [[0, 20], [5, 60]] }\n`;
    const events = '[[events]]\nat = 8\ndo = "background"\npcpus = "0-1"\ndemand = 90\n';
    const { pcpu } = outcome(`${host}[[domains]]\nname = "idle"\ndemand = 0\n${events}`);
    // 5 s of 20, 3 s of 60, 2 s of 90; and 2 s of 90.
    expect(pcpu(1)).toEqual([46, 0, 54]);
    expect(pcpu(0)).toEqual([18, 0, 82]);
  });

  it('stands still while a pCPU is offline', () => {
    const { pcpu, end } = outcome(
      'pcpus = 2\n[[domains]]\nname = "idle"\ndemand = 0\n[[events]]\nat = 4\ndo = "offline"\npcpu = 1\n',
    );
    expect(pcpu(1)).toEqual([0, 0, 40]);
    expect([...snapshotOf(end).pcpuTimes.keys()]).toEqual([0]);
  });
});

describe('slow pCPUs', () => {
  const slow = 'pcpus = 2\ncapacity = { "1" = 0.5 }\n';

  it.each([
    [40, 80, 0],
    [60, 100, 10],
    [100, 100, 50],
  ])('take %i %% of work in %i %% of their time, and leave %i %% undone', (demand, run, undone) => {
    const { ran, starved } = outcome(`${slow}[[domains]]\nname = "work"\naffinity = 1\ndemand = ${demand}\n`);
    expect(ran['work/0']).toEqual({ run, delay: 0 });
    expect(starved('work')).toBe(undone);
  });

  it('make the cycles of a sleeper longer', () => {
    const { ran } = outcome(
      `${slow}[[domains]]\nname = "sleeper"\naffinity = 1\ncycle = 0.1\ndemand = 50\n`,
      100,
    );
    // 50 ms of work take 100 ms, then it sleeps for 50 ms.
    expect(ran['sleeper/0']?.run).toBeCloseTo(66.7, 0);
  });

  it('are told with the snapshot', () => {
    expect(snapshotOf(hostOf(`${slow}${spinner('any')}`)).capacity).toEqual(new Map([[1, 0.5]]));
  });

  it('are those whose sibling is busy, where a scenario says so', () => {
    const core = '[topology]\ncores = 1\nthreads = 2\nbusy-sibling-speed = 0.6\n';
    const both = outcome(`${core}${spinner('a')}${spinner('b', 'affinity = 1')}`);
    expect([both.starved('a'), both.starved('b')]).toEqual([40, 40]);
    const alone = outcome(`${core}${spinner('a')}[[domains]]\nname = "half"\naffinity = 1\ndemand = 50\n`);
    // As slow as to lose 40 % for half of the time.
    expect(alone.starved('a')).toBe(20);
  });
});

describe('what may not be pinned', () => {
  it('is a domain that has a job, until that ends', () => {
    const start = hostOf(
      `pcpus = 2\n${spinner('saved')}[[events]]\nat = 1\ndo = "job"\njob = "Save"\ndomain = "saved"\n[[events]]\nat = 3\ndo = "end-job"\ndomain = "saved"\n`,
    );
    const pins = new Map([[`${uuidOf(start, 'saved')}/0`, [1]]]);
    const pinnedAt = (seconds: number) => vcpuOf(pinAllLive(advance(start, seconds), pins), 'saved')?.pinned;
    expect([0, 2, 4].map(pinnedAt)).toEqual([[1], [0], [1]]);
    expect(snapshotOf(advance(start, 2)).domains[0]?.bounds.leave).toBe('libvirt is busy with it (Save)');
  });

  it('is a pCPU outside a partition: nobody of that runs there', () => {
    const host = hostOf(
      `pcpus = 4\n${spinner('web', 'partition = "/machine/web"\naffinity = "all"\ncount = 4')}${spinner('other', 'affinity = "all"')}[[partitions]]\nname = "/machine/web"\ncpus = "2-3"\n`,
    );
    const { domains } = snapshotOf(advance(host, 1));
    const places = domains.map(({ name, vcpus, bounds }) => [
      name,
      vcpus[0]?.placement?.affinity,
      bounds.granted,
    ]);
    expect(places.filter(([name]) => name !== 'other')).toEqual(
      domains.filter(({ name }) => name !== 'other').map(({ name }) => [name, [2, 3], [2, 3]]),
    );
    expect(places.find(([name]) => name === 'other')).toEqual(['other', [0, 1, 2, 3], [0, 1, 2, 3]]);
    expect(
      domains.every(({ vcpus }) => vcpus[0]?.placement?.affinity.includes(vcpus[0].placement.lastPcpu)),
    ).toBe(true);
  });
});

describe('any host', () => {
  const demand = fc.constantFrom('0', '35', '100', '{ high = 90, low = 5, period = 0.7 }');
  const tuning = fc.constantFrom(
    '',
    'quota = 30',
    'quota = { domain = 40 }',
    'realtime = "rr"',
    'polling = 40',
    'emulator = 25',
    'cycle = 0.05',
    'shares = 256',
  );
  const domain = fc.tuple(
    demand,
    tuning,
    fc.constantFrom('"in-turn"', '0', '"0-1"', '"all"'),
    fc.constantFrom(1, 3),
  );
  const hosts = fc
    .tuple(
      fc.array(domain, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', 'capacity = { "0-1" = 0.7 }\n'),
    )
    .map(
      ([all, capacity]) =>
        `${capacity}[topology]\ncores = 2\nthreads = 2\nbusy-sibling-speed = 0.7\n[[background]]\npcpus = 2\ndemand = 20\n${all
          .map(
            ([wanted, more, affinity, vcpus], i) =>
              `[[domains]]\nname = "d-${i}"\nvcpus = ${vcpus}\naffinity = ${affinity}\ndemand = ${wanted}\n${more}\n`,
          )
          .join('')}`,
    );

  // One vCPU is as well off on one pCPU as on another but for the last digit of a sum.
  const equalOnTwo = `capacity = { "0-1" = 0.7 }
[topology]
cores = 2
threads = 2
busy-sibling-speed = 0.7
[[background]]
pcpus = 2
demand = 20
[[domains]]
name = "d-0"
affinity = "all"
demand = 100
quota = { domain = 40 }
[[domains]]
name = "d-1"
vcpus = 3
affinity = "all"
demand = 100
quota = 30
[[domains]]
name = "d-2"
vcpus = 3
affinity = "all"
demand = { high = 90, low = 5, period = 0.7 }
[[domains]]
name = "d-3"
vcpus = 3
affinity = "in-turn"
demand = { high = 90, low = 5, period = 0.7 }
quota = 30
`;

  it('spends each pCPU time once, and comes to the same in however many calls', () => {
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 7 }), (toml, parts) => {
        const start = hostOf(toml);
        const whole = advance(start, 2);
        const cut = Array.from({ length: parts }).reduce<Host>((host) => advance(host, 2 / parts), start);
        const ranNs = (host: Host): number =>
          host.domains.reduce(
            (sum, { vcpus, otherNs = 0 }) => vcpus.reduce((all, { runNs }) => all + runNs, sum + otherNs),
            0,
          );
        const busyNs = (host: Host): number =>
          (host.pcpuTimes ?? []).reduce((sum, { userNs, systemNs }) => sum + userNs + systemNs, 0);
        for (const { userNs, systemNs, idleNs } of whole.pcpuTimes ?? []) {
          expect(userNs + systemNs + idleNs).toBeCloseTo(2e9, -2);
        }
        expect(ranNs(whole)).toBeLessThanOrEqual(busyNs(whole) + 100);
        // What is busy and no domain's is the background: 20 % of a pCPU that may be slow, and slowed down.
        expect(busyNs(whole) - ranNs(whole)).toBeLessThanOrEqual((0.2 / 0.7 ** 2) * 2e9 + 100);
        expect(ranNs(cut)).toBeCloseTo(ranNs(whole), -4);
        for (const { vcpus } of whole.domains) {
          for (const { runNs, delayNs, starvedNs = 0, polledNs = 0 } of vcpus) {
            expect(runNs + delayNs).toBeLessThanOrEqual(2e9 + 100);
            expect(starvedNs).toBeGreaterThanOrEqual(-100);
            expect(polledNs).toBeLessThanOrEqual(runNs + 1e-3);
          }
        }
      }),
      { numRuns: 150, examples: [[equalOnTwo, 4]] },
    );
  });
});
