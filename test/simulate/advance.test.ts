import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pinLive, setVcpuCount } from '../../src/simulate/actions.ts';
import { advance } from '../../src/simulate/advance.ts';
import type { Host } from '../../src/simulate/host.ts';
import { snapshotOf } from '../../src/simulate/snapshot-of.ts';
import { figures, uuidOf, vcpuOf } from './support/figures.ts';
import { hostOf } from './support/host-of.ts';

const group = (name: string, rest: string): string => `[[domains]]\nname = "${name}"\n${rest}\n`;
const during = (host: Host, seconds: number) => figures(host, advance(host, seconds));

describe('advance', () => {
  it('gives three that want 100, 50 and 25 % of one pCPU what is max-min fair', () => {
    const host = hostOf(`pcpus=1\n${group('g-%d', 'count=3\ndemand=[100,50,25]')}`);
    expect(during(host, 60)).toEqual({
      'g-1/0': { run: 37.5, delay: 62.5 },
      'g-2/0': { run: 37.5, delay: 12.5 },
      'g-3/0': { run: 25, delay: 0 },
    });
  });

  it('gives them what real ones got where they work in bursts: time 66, 22, 9, with delay 100, 55, 28', () => {
    const burst = (duty: number, phase: number) => `{high=100,period=0.256,duty=${duty},phase=${phase}}`;
    // Periods a little apart, as of clocks that run freely, so that every meeting of phases occurs.
    const demands = [100, burst(0.5, 0), burst(0.25, 0.6).replace('0.256', '0.2477')];
    const host = hostOf(`pcpus=1\n${group('g-%d', `count=3\ndemand=[${demands.join(',')}]`)}`);
    const { 'g-1/0': a, 'g-2/0': b, 'g-3/0': c } = during(host, 600);
    expect([a, b, c].map((each) => Math.round(each?.run ?? 0))).toEqual([67, 23, 10]);
    expect([a, b, c].map((each) => Math.round((each?.run ?? 0) + (each?.delay ?? 0)))).toEqual([100, 50, 25]);
  });

  it('shares by weight', () => {
    const host = hostOf(`pcpus=1\n${group('a', 'demand=100\nshares=3072')}${group('b', 'demand=100')}`);
    expect(during(host, 10)).toMatchObject({ 'a/0': { run: 75 }, 'b/0': { run: 25 } });
  });

  it('lets what the host itself runs take its share', () => {
    const host = hostOf(`pcpus=1\n${group('a', 'demand=100')}[[background]]\npcpus=0\ndemand=30\n`);
    expect(during(host, 10)).toEqual({ 'a/0': { run: 70, delay: 30 } });
  });

  it('lets a sleeper that never waits run as much as it wants', () => {
    const host = advance(hostOf(`pcpus=1\n${group('a', 'demand=40\ncycle=0.1')}`), 10);
    expect(during(host, 100)).toEqual({ 'a/0': { run: 40, delay: 0 } });
  });

  it('makes sleepers want less where they wait: run / (1 - delay) is what they want', () => {
    const host = advance(hostOf(`pcpus=1\n${group('g-%d', 'count=4\ndemand=40\ncycle=0.1')}`), 10);
    for (const { run, delay } of Object.values(during(host, 200))) {
      expect(run).toBeLessThan(26);
      expect(delay).toBeGreaterThan(30);
      expect(run / (1 - delay / 100)).toBeCloseTo(40, 0);
    }
  });

  it('keeps to what there is, and an open guest’s run and delay to its demand', () => {
    const demand = fc.constantFrom(
      '10',
      '55',
      '100',
      '{high=90,low=5,period=3,phase="spread"}',
      '{steps=[[0,20],[2,70]],repeat=5}',
    );
    const domains = fc.array(
      fc.record({
        demand,
        affinity: fc.constantFrom('0', '1', '"0-1"', '"all"'),
        cycle: fc.boolean(),
        shares: fc.integer({ min: 2, max: 4096 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(domains, fc.integer(), (given, seed) => {
        const text = given.map((each, i) =>
          group(
            `g${i}`,
            `demand=${each.demand}\naffinity=${each.affinity}\nshares=${each.shares}${each.cycle ? '\ncycle=0.3' : ''}`,
          ),
        );
        const before = hostOf(`seed=${seed}\npcpus=3\n${text.join('')}`);
        const then = advance(before, 30);
        const ran = then.domains.flatMap(({ vcpus }) => vcpus.map(({ runNs }) => runNs));
        expect(ran.reduce((sum, ns) => sum + ns, 0)).toBeLessThanOrEqual(3 * 30e9 + 1);
        given.forEach((each, i) => {
          const vcpu = vcpuOf(then, `g${i}`);
          const total = (vcpu?.runNs ?? 0) + (vcpu?.delayNs ?? 0);
          if (!each.cycle) expect(total / 30e9).toBeCloseTo(wanted[each.demand] ?? -1, 6);
          else expect(total).toBeLessThanOrEqual(30e9 + 1);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('comes to the same in however many calls, and again with the same seed', () => {
    const scenario = `pcpus=4\n${group('a-%d', 'count=6\nvcpus=2\ndemand=45\nnoise=5')}${group('b-%d', 'count=6\ndemand=30\ncycle=0.2\naffinity="in-turn"\nstart=3\nstop=9')}`;
    const cuts = fc.array(fc.integer({ min: 1, max: 4_000 }), { maxLength: 6 });
    const whole = advance(hostOf(scenario), 24.001);
    fc.assert(
      fc.property(cuts, (milliseconds) => {
        const start = { host: hostOf(scenario), left: 24_001 };
        const { host, left } = milliseconds.reduce(
          (so, ms) => ({ host: advance(so.host, ms / 1000), left: so.left - ms }),
          start,
        );
        const cut = advance(host, left / 1000);
        expect(cut.nowNs).toBe(whole.nowNs);
        cut.domains.forEach(({ name, vcpus }) => {
          for (const { number, runNs, pcpu } of vcpus) {
            expect(Math.abs(runNs - (vcpuOf(whole, name, number)?.runNs ?? 0))).toBeLessThan(1e6);
            expect(pcpu).toBe(vcpuOf(whole, name, number)?.pcpu);
          }
        });
      }),
      { numRuns: 20 },
    );
    expect(advance(hostOf(`seed=2\n${scenario}`), 24.001)).not.toEqual(whole);
  });

  it('does not change the host that it is given', () => {
    const host = hostOf(`pcpus=2\n${group('a-%d', 'count=3\ndemand=60\ncycle=0.1')}`);
    const copy = structuredClone(host);
    advance(host, 10);
    expect(host).toEqual(copy);
  });

  it('keeps its state over JSON', () => {
    const host = advance(hostOf(`pcpus=2\n${group('a-%d', 'count=3\ndemand=60\ncycle=0.1\nnoise=2')}`), 3.3);
    expect(advance(JSON.parse(JSON.stringify(host)), 5)).toEqual(advance(host, 5));
  });
});

describe('placing as the kernel does', () => {
  it('spreads those that may run anywhere by what they want', () => {
    const host = advance(hostOf(`pcpus=4\n${group('a-%d', 'count=8\ndemand=[90,90,90,90,10,10,10,10]')}`), 1);
    expect(during(host, 10)).toEqual(
      Object.fromEntries(
        host.domains.map(({ name }, i) => [`${name}/0`, { run: i < 4 ? 90 : 10, delay: 0 }]),
      ),
    );
  });

  it('never runs one where it may not', () => {
    let host = hostOf(`pcpus=4\n${group('a-%d', 'count=6\ndemand=70\naffinity="1-2"\nnoise=20')}`);
    for (let i = 0; i < 50; i++) {
      host = advance(host, 0.5);
      expect(host.domains.every(({ vcpus }) => vcpus.every(({ pcpu }) => pcpu === 1 || pcpu === 2))).toBe(
        true,
      );
    }
  });

  it('moves a vCPU at once where it is pinned, and no other', () => {
    const host = advance(hostOf(`pcpus=4\n${group('a-%d', 'count=2\ndemand=80\naffinity=0')}`), 1);
    const pinned = pinLive(host, [{ uuid: uuidOf(host, 'a-2'), vcpu: 0, cpus: [3] }]);
    expect([vcpuOf(pinned, 'a-1')?.pcpu, vcpuOf(pinned, 'a-2')?.pcpu]).toEqual([0, 3]);
    expect(during(pinned, 10)).toMatchObject({ 'a-1/0': { run: 80 }, 'a-2/0': { run: 80 } });
  });
});

describe('a large host', () => {
  it('lives ten minutes at once, and takes all pins', () => {
    const host = hostOf(
      `pcpus=128\n${group('a', 'count=1024\ndemand={high=15,low=5,period=30,phase="spread"}\nnoise=2\naffinity=0')}`,
    );
    const pins = host.domains.map(({ uuid }, i) => ({ uuid, vcpu: 0, cpus: [i % 128] }));
    const then = advance(pinLive(host, pins), 600);
    expect(then.domains.map(({ vcpus }) => vcpus[0]?.pcpu)).toEqual(pins.map(({ cpus }) => cpus[0]));
  });
});

describe('what happens', () => {
  const scenario = `pcpus=2\n${group('a', 'demand=50\naffinity=0')}${group('late', 'demand=40\naffinity=1\nstart=10\nstop=20')}
[[events]]
at = 30
do = "restart"
domain = "a"
[[events]]
at = 40
do = "offline"
pcpu = 0
[[events]]
at = 50
do = "online"
pcpu = 0
[[events]]
at = 60
do = "suspend"
domain = "a"
[[events]]
at = 70
do = "resume"
domain = "a"
`;
  const at = (seconds: number): Host => advance(hostOf(scenario), seconds);
  const domain = (host: Host, name: string) => host.domains.find((each) => each.name === name);

  it('starts a domain with a new id and stops it', () => {
    expect(domain(at(9), 'late')).toMatchObject({ state: 'shutoff', id: undefined });
    expect(domain(at(15), 'late')).toMatchObject({ state: 'running', id: 2 });
    expect(vcpuOf(at(15), 'late')?.runNs).toBeCloseTo(2e9, -3);
    expect(domain(at(21), 'late')).toMatchObject({ state: 'shutoff', id: undefined });
  });

  it('begins the counters of a restarted one anew', () => {
    expect(vcpuOf(at(30.5), 'a')?.runNs).toBeCloseTo(0.25e9, -3);
    expect(domain(at(30.5), 'a')?.id).toBe(3);
  });

  it('loses live pins in a restart, and those of the configuration not', () => {
    const host = at(25);
    const moved = pinLive(host, [{ uuid: uuidOf(host, 'a'), vcpu: 0, cpus: [1] }]);
    expect(vcpuOf(advance(moved, 1), 'a')?.pcpu).toBe(1);
    expect(vcpuOf(advance(moved, 10), 'a')?.pcpu).toBe(0);
  });

  it('runs a vCPU elsewhere while its pCPU is offline, and lets it come back', () => {
    expect(snapshotOf(at(45)).online).toEqual([1]);
    expect(vcpuOf(at(45), 'a')?.pcpu).toBe(1);
    expect(vcpuOf(at(55), 'a')?.pcpu).toBe(0);
    expect(during(at(41), 5)).toMatchObject({ 'a/0': { run: 50 } });
  });

  it('stops the counters of a paused one', () => {
    expect(during(at(61), 8)).toMatchObject({ 'a/0': { run: 0, delay: 0 } });
    expect(during(at(71), 8)).toMatchObject({ 'a/0': { run: 50 } });
  });

  it('plugs vCPUs in fresh and unpinned, and out again, the highest first', () => {
    const host = advance(
      hostOf(`pcpus=2\n${group('a', 'vcpus="0,2"\nmax-vcpus=4\ndemand=50\naffinity=0')}`),
      5,
    );
    const more = setVcpuCount(host, uuidOf(host, 'a'), 3);
    expect(vcpuOf(more, 'a', 1)).toMatchObject({ online: true, runNs: 0, pinned: undefined });
    expect(domain(more, 'a')?.vcpus.map(({ online }) => online)).toEqual([true, true, true, false]);
    const fewer = setVcpuCount(more, uuidOf(host, 'a'), 1);
    expect(domain(fewer, 'a')?.vcpus.map(({ online }) => online)).toEqual([true, false, false, false]);
  });
});

describe('snapshotOf', () => {
  it('shows running domains by UUID, time in ticks of 10 ms, delay in nanoseconds', () => {
    const host = advance(
      hostOf(
        `pcpus=1\n${group('a', 'demand=100\nuuid="00000000-0000-4000-8000-00000000000b"')}${group('b', 'demand=100\nuuid="00000000-0000-4000-8000-00000000000a"')}${group('p', 'demand=1\nstate="paused"')}`,
      ),
      1.23456789,
    );
    const { domains, leftAlone } = snapshotOf(host);
    expect(domains.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(domains[0]?.vcpus).toEqual([
      {
        number: 0,
        counters: { cpuTimeNs: 610_000_000n, delayNs: 617_283_945n },
        placement: { affinity: [0], lastPcpu: 0 },
        problem: undefined,
      },
    ]);
    expect(leftAlone.map(({ domain }) => domain.name)).toEqual(['p']);
  });
});

/** The mean of each demand over 30 s, as a share. */
const wanted: Readonly<Record<string, number>> = {
  '10': 0.1,
  '55': 0.55,
  '100': 1,
  '{high=90,low=5,period=3,phase="spread"}': 0.475,
  '{steps=[[0,20],[2,70]],repeat=5}': 0.5,
};
