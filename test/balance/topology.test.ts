import { describe, expect, test } from 'vitest';
import { type ThresholdMemory, threshold } from '../../src/balance/policies/threshold.ts';
import type { HostLoad } from '../../src/model/host-load.ts';
import { afterPlan, defaults, hostOf, loadsOf, planFor, type Wish } from './support.ts';
import { coresOfBusy, pcpuOf, settle, shapedHost, topologyOf } from './topologies.ts';

const times = (count: number, wish: (i: number) => Wish): readonly Wish[] =>
  Array.from({ length: count }, (_, i) => wish(i));

/** Cell 0 has the pCPUs 0-15 and, as second threads, 32-47; cell 1 has 16-31 and 48-63. */
const big = topologyOf({ cells: 2, dies: 2, cores: 8, threads: 2 });
const everywhere = big.map(({ id }) => id);
const bigHost = (wishes: readonly Wish[]) => shapedHost(big, wishes);
const cellsOf = (host: HostLoad) => host.vcpus.map((vcpu) => host.topology[pcpuOf(vcpu)]?.cellId);

describe('parts of a host', () => {
  const halves = (left: readonly number[], right: readonly number[]) =>
    hostOf(4, [
      ...left.map((demand, i) => ({ demand, on: i % 2, allowed: [0, 1] })),
      ...right.map((demand, i) => ({ demand, on: 2 + (i % 2), allowed: [2, 3] })),
    ]);

  test('each has its own mean: two even halves of different load are balanced', () => {
    expect(planFor(halves([80, 80], [10, 10])).summary).toBe(
      'pCPUs 0-1: balanced: 80 %, band 70-90; pCPUs 2-3: balanced: 10 %, band 5-15',
    );
  });

  test('each has its own trigger: what a busy half would hide is seen', () => {
    const plan = planFor(halves([95, 95], [20, 0, 20, 0]));
    expect(plan.moves.map(({ domain, to }) => [domain.name, to])).toEqual([['d0002', [3]]]);
    expect(plan.summary).toBe('pCPUs 2-3: the loads go from 0-40 % to 20 %');
    expect(loadsOf(plan)).toEqual([95, 95, 20, 20]);
  });

  test('each has its own patience: what moves at once on one side takes none from the other', () => {
    const host = (isStarving: boolean) =>
      hostOf(4, [
        ...times(24, (i) => ({ demand: 25, on: i < 13 ? 2 : 3, allowed: [2, 3] })),
        ...(isStarving ? [60, 60, 60] : [60]).map((demand) => ({ demand, on: 0, allowed: [0, 1] })),
        ...(isStarving ? [] : [60]).map((demand) => ({ demand, on: 1, allowed: [0, 1] })),
      ]);
    const movedIn = (cycles: readonly boolean[]) => {
      let memory: ThresholdMemory | undefined;
      return cycles.map((isStarving) => {
        const decision = threshold.decide(host(isStarving), memory, { ...defaults, urgency: 'patient' });
        memory = decision.memory;
        return [...new Set(decision.plan.moves.map(({ to }) => (to[0] ?? 0) >> 1))];
      });
    };
    const alone = movedIn([false, false, false, false]);
    expect(alone.findIndex((moved) => moved.includes(1))).toBeGreaterThan(0);
    const disturbed = movedIn([false, true, false, false]);
    expect(disturbed.map((moved) => moved.includes(1))).toEqual(alone.map((moved) => moved.includes(1)));
    expect(disturbed[1]).toContain(0);
  });

  test('--max-moves goes to one after the other', () => {
    const host = halves([50, 0, 50, 0, 50, 0, 50, 0], [50, 0, 50, 0]);
    const moved = (maxMoves: number) => planFor(host, { maxMoves }).moves.map(({ to }) => to[0]);
    expect(moved(2)).toEqual([1, 1]);
    expect(moved(3)).toEqual([1, 1, 3]);
  });

  test('pCPUs that none may use have no part in the mean', () => {
    const host = hostOf(
      8,
      [60, 60].map((demand, on) => ({ demand, on, allowed: [0, 1] })),
    );
    expect(planFor(host).summary).toContain('pCPUs 0-1: balanced: 60 %, band 53-68');
  });
});

describe('sibling threads', () => {
  const starts: readonly [name: string, on: (i: number) => Wish['on']][] = [
    ['stacked on one pCPU', () => 5],
    ['two on each core', (i) => (i >> 1) + 32 * (i % 2)],
    ['on the second threads of one die', (i) => 32 + (i % 8)],
    ['on one core', (i) => 3 + 32 * (i % 2)],
    ['floating', () => everywhere],
  ];
  const busy = (count: number, on: (i: number) => Wish['on'], demand = (_: number) => 100) =>
    bigHost(times(count, (i) => ({ demand: demand(i), on: on(i) })));

  describe.each(starts)('%s', (_, on) => {
    test.each([2, 8, 16])('%i busy vCPUs get a core each, by one plan', (count) => {
      for (const numa of ['prefer', 'strict', 'ignore'] as const) {
        const { host, plans } = settle(busy(count, on), { numa });
        expect(new Set(coresOfBusy(host)).size).toBe(count);
        expect(plans.length).toBeLessThanOrEqual(1);
      }
    });

    test.each([33, 40, 64])('%i fill all cores before any core has two, and come to rest', (count) => {
      const { host, plans } = settle(
        busy(count, on, (i) => 90 + ((i * 7) % 10)),
        { numa: 'ignore' },
      );
      expect(new Set(coresOfBusy(host)).size).toBe(32);
      expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(count);
      expect(plans.length).toBeLessThanOrEqual(2);
    });

    test('idle vCPUs do not keep busy ones off an idle core', () => {
      const idle = times(64, (i) => ({ demand: 2, on: i }));
      const { host } = settle(bigHost([...busyWishes(8, on), ...idle]));
      expect(new Set(coresOfBusy(host)).size).toBe(8);
    });
  });

  const busyWishes = (count: number, on: (i: number) => Wish['on']) =>
    times(count, (i) => ({ demand: 95, on: on(i) }));

  test('two busy ones are parted even where others have to share a core', () => {
    const pinned = times(4, (i) => ({ demand: 90, on: 8 + (i >> 1) + 32 * (i % 2), fixed: 'excluded' }));
    const { host } = settle(bigHost([...pinned, { demand: 90, on: 3 }, { demand: 90, on: 35 }]));
    expect(new Set(coresOfBusy(host)).size).toBe(2 + 2);
  });

  test('of those that have to share a core, a busy one goes with an idle one', () => {
    const small = topologyOf({ cells: 1, dies: 1, cores: 2, threads: 2 });
    const { host } = settle(
      shapedHost(
        small,
        [90, 10, 90, 10].map((demand, i) => ({ demand, on: [0, 1, 2, 3][i] ?? 0 })),
      ),
    );
    expect(new Set(coresOfBusy(host, 50)).size).toBe(2);
  });

  test('two vCPUs of a domain are kept on different pCPUs, not on different cores', () => {
    const core = topologyOf({ cells: 1, dies: 1, cores: 1, threads: 2 });
    const { host } = settle(
      shapedHost(
        core,
        times(2, () => ({ demand: 40, on: 0, domain: 'twin' })),
      ),
    );
    expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(2);
  });

  test('the reason tells what the core carries', () => {
    const small = topologyOf({ cells: 1, dies: 1, cores: 2, threads: 2 });
    const plan = planFor(
      shapedHost(
        small,
        [0, 2].map((on) => ({ demand: 80, on })),
      ),
    );
    expect(plan.moves.map(({ reason }) => reason)).toEqual([
      'pCPU 2 at 80 % (its core 80 % more), pCPU 1 at 0 %, mean 40 %',
    ]);
  });
});

test('the first decision evens out what floats under caches, too', () => {
  const topology = topologyOf({ cells: 1, dies: 1, cores: 16, threads: 1 }).map((pcpu) => ({
    ...pcpu,
    l3Id: pcpu.coreId >> 2,
  }));
  const all = topology.map(({ id }) => id);
  const sizes = [2, 4, 3, 2, 3, 1, 4, 2, 3, 1];
  const demands = [70, 32, 76, 10, 55, 22, 35, 64, 18, 60];
  const host = shapedHost(
    topology,
    sizes.flatMap((size, i) =>
      times(size, () => ({ demand: demands[i] ?? 0, on: all, last: (5 * i) % 16, domain: `d${i}` })),
    ),
  );
  const plan = planFor(host);
  expect(Math.max(...loadsOf(plan))).toBeLessThanOrEqual(100);
  expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
});

test('a domain gets as many L3 caches as it needs cores, not threads', () => {
  const topology = topologyOf({ cells: 1, dies: 1, cores: 16, threads: 2 }).map((pcpu) => ({
    ...pcpu,
    l3Id: pcpu.coreId >> 2,
  }));
  const all = topology.map(({ id }) => id);
  const host = shapedHost(
    topology,
    times(8, () => ({ demand: 90, on: all, domain: 'db' })),
  );
  const { host: after } = settle(host);
  const caches = new Set(after.vcpus.map((vcpu) => topology[pcpuOf(vcpu)]?.l3Id));
  expect([caches.size, new Set(coresOfBusy(after)).size]).toEqual([2, 8]);
});

describe('NUMA cells', () => {
  const inCell = (demands: readonly number[], first: number, domain = (i: number) => `g${first}-${i}`) =>
    demands.map((demand, i): Wish => ({ demand, on: first + (i % 4), domain: domain(i) }));
  const two = topologyOf({ cells: 2, dies: 1, cores: 4, threads: 1 });
  const crossing = (host: HostLoad, after: HostLoad) =>
    host.vcpus.flatMap((vcpu, i) =>
      cellsOf(host)[i] === cellsOf(after)[i] ? [] : [`${vcpu.domain.name}/${vcpu.vcpu}`],
    );
  const full = times(5, () => ({ demand: 0, on: 0 })).map(() => 95);

  test('each vCPU of a domain that crosses keeps to its own pCPUs', () => {
    // All that is pinned in cell 0 is of one domain, and one of its vCPUs may use a single pCPU of the other cell.
    const wishes = times(8, () => ({ demand: 0, on: 0 })).map(
      (_, i): Wish => ({
        demand: 90,
        on: i % 4,
        domain: 'wide',
        allowed: i === 7 ? [0, 1, 2, 3, 4] : [0, 1, 2, 3, 4, 5, 6, 7],
      }),
    );
    const { moves } = planFor(shapedHost(two, wishes));
    expect(moves.length).toBeGreaterThan(0);
    expect(moves.filter(({ vcpu, to }) => vcpu === 7 && (to[0] ?? 0) > 4)).toEqual([]);
  });

  test('strict: none leaves its cell, though it starves', () => {
    const host = shapedHost(two, inCell(full, 0));
    expect(crossing(host, settle(host, { numa: 'strict' }).host)).toEqual([]);
  });

  test('ignore: cells do not matter', () => {
    const host = shapedHost(
      two,
      inCell([90, 90, 90, 90], 0).map((wish) => ({ ...wish, on: 0 })),
    );
    const { host: after } = settle(host, { numa: 'ignore' });
    expect(new Set(after.vcpus.map(pcpuOf)).size).toBe(4);
    const alone = shapedHost(two, inCell([50, 50, 50, 50, 50, 50, 50, 50], 0));
    expect(crossing(alone, settle(alone, { numa: 'ignore' }).host)).toHaveLength(4);
  });

  test.each<[name: string, wishes: readonly Wish[], crossing: readonly string[]]>([
    ['a cell that can serve its own keeps them', inCell([95, 95, 95, 95, 15], 0), []],
    ['however badly they are arranged', times(8, () => ({ demand: 49, on: 0 })), []],
    ['one vCPU is enough', inCell([95, 95, 95, 95, 95], 0), ['g0-0/0']],
    [
      'of those that are enough the smallest goes',
      inCell([95, 95, 95, 90, 60, 40, 10], 0),
      ['g0-6/0', 'g0-3/0'].slice(1),
    ],
    ['none where the other cell has no room', [...inCell(full, 0), ...inCell([85, 85, 85, 85], 4)], []],
    [
      'none where one that must share a pCPU would share one there too',
      [...inCell([95, 95, 95, 80, 60], 0), ...inCell([75, 75, 75, 75], 4)],
      [],
    ],
    [
      'a small domain goes as a whole',
      inCell([90, 90, 90, 90, 40, 40], 0, (i) => (i < 4 ? 'large' : 'small')),
      ['small/0', 'small/1'],
    ],
  ])('prefer: %s', (_, wishes, expected) => {
    const host = shapedHost(two, wishes);
    expect(crossing(host, settle(host).host)).toEqual(expected);
  });

  test('prefer: at the first look, also where all of a cell is on one pCPU and its closed reading shows no lack', () => {
    const reading = { kind: 'measured', usagePct: 6, delayPct: 39 } as const;
    const host = shapedHost(
      two,
      times(16, () => ({ demand: 45, on: 0, reading })),
    );
    const after = afterPlan(host, planFor(host));
    expect(crossing(host, after)).toHaveLength(8);
  });

  test('prefer: the move says why, and is a move', () => {
    const plan = planFor(shapedHost(two, inCell(full, 0)));
    expect(plan.moves.filter(({ to }) => (to[0] ?? 0) >= 4)).toMatchObject([
      { kind: 'move', reason: 'cell 0 wants 475 % of its 400 %; cell 1 has room' },
    ]);
  });

  test('prefer: what has crossed does not come back when its old cell has room again', () => {
    const { host } = settle(shapedHost(two, inCell(full, 0)));
    const calm = { ...host, vcpus: host.vcpus.map((vcpu, i) => (i < 2 ? vcpu : { ...vcpu, reading: idle })) };
    expect(crossing(calm, settle(calm).host)).toEqual([]);
  });
  const idle = { kind: 'measured', usagePct: 1, delayPct: 0 } as const;

  test.each<[string, readonly number[], number]>([
    ['at once where much starves, as elsewhere', full, 0],
    ['little starvation has to last, without a break', [95, 95, 95, 95, 29], 4],
  ])('prefer, in a watch: %s', (_, demands, first) => {
    const host = shapedHost(two, inCell(demands, 0));
    const calm = shapedHost(two, inCell([95, 95, 95, 95, 5], 0));
    let memory: ThresholdMemory | undefined;
    const crossedIn = [host, host, calm, ...Array.from({ length: 10 }, () => host)].map((now) => {
      const decision = threshold.decide(now, memory, { ...defaults, urgency: 'patient' });
      memory = decision.memory;
      return decision.plan.moves.some(({ to }) => (to[0] ?? 0) >= 4);
    });
    expect(crossedIn.indexOf(true)).toBe(first);
  });

  test('prefer: what starves since two fill no pCPU between them crosses too', () => {
    // Eight of 67 % on four pCPUs: two that leave make 400 % of them, and two pairs would still want 134 % of a pCPU each.
    const host = shapedHost(two, inCell(Array(8).fill(67), 0));
    const { host: after } = settle(host);
    expect(crossing(host, after)).toHaveLength(4);
    const loads = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (pcpu) => after.vcpus.filter((v) => pcpuOf(v) === pcpu).length,
    );
    expect(loads).toEqual(Array(8).fill(1));
  });

  test('a floating domain goes where there is room on what it may use', () => {
    const allowed = [3, 4, 5, 6, 7];
    const host = shapedHost(two, [
      ...[4, 5, 6].map((last): Wish => ({ demand: 80, on: allowed, last, domain: 'f', allowed })),
      ...[4, 5, 6, 7].map((on): Wish => ({ demand: 20, on })),
    ]);
    const loads = planFor(host).after.map(({ loadPct }) => Math.round(loadPct));
    expect(Math.max(...loads)).toBeLessThanOrEqual(100);
  });

  test('prefer: what starves and may not be moved drives nobody out of its cell', () => {
    const host = shapedHost(two, [
      ...times(8, () => ({ demand: 90, on: 0, fixed: 'unmanaged' })),
      ...times(4, () => ({ demand: 40, on: 1, domain: 'db' })),
    ]);
    const { host: after } = settle(host);
    expect(crossing(host, after)).toEqual([]);
    expect(after.vcpus.slice(8).map(pcpuOf).sort()).not.toContain(0);
  });

  test('prefer: they cross to a cell that comes above the high threshold by it, if the other stays as full', () => {
    const host = shapedHost(two, inCell(Array(8).fill(95), 0));
    expect(settle(host).host.vcpus.map(pcpuOf).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('prefer: constraints of the vCPU hold in the other cell too', () => {
    const wishes = inCell(full, 0).map((wish) => ({ ...wish, allowed: [0, 1, 2, 3, 5, 6] }));
    const plan = planFor(shapedHost(two, wishes));
    expect(plan.moves.filter(({ to }) => (to[0] ?? 0) >= 4).map(({ to }) => to)).toEqual([[5]]);
  });

  test('demand that guests who sleep between their work would not see is no starvation', () => {
    const host = shapedHost(two, inCell(full, 0));
    const reading = { kind: 'measured', usagePct: 4, delayPct: 90 } as const;
    const sleepers = { ...host, vcpus: host.vcpus.map((vcpu) => ({ ...vcpu, reading })) };
    expect(crossing(sleepers, settle(sleepers).host)).toEqual([]);
  });

  describe('vCPUs that float over several cells', () => {
    const anywhere = [0, 1, 2, 3, 4, 5, 6, 7];

    test('those of a domain get pCPUs of one cell, where they run if it has room', () => {
      const wishes = ['a', 'b'].flatMap((domain) =>
        times(4, (i) => ({ demand: 40, on: anywhere, last: domain === 'a' ? 4 + i : i, domain })),
      );
      const { host } = settle(shapedHost(two, wishes));
      expect(cellsOf(host)).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    });

    test('or else of the emptier one', () => {
      const wishes = ['a', 'b'].flatMap((domain) =>
        times(4, (i) => ({ demand: 40, on: anywhere, last: i, domain })),
      );
      const { host } = settle(shapedHost(two, wishes));
      expect(cellsOf(host)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    });

    test('a domain that is larger than a cell is divided', () => {
      const { host } = settle(
        shapedHost(
          two,
          times(6, () => ({ demand: 60, on: anywhere, domain: 'wide' })),
        ),
      );
      expect(new Set(host.vcpus.map(pcpuOf)).size).toBe(6);
    });

    test('one that was plugged in goes to the cell of its domain', () => {
      const wishes: Wish[] = [
        { demand: 60, on: 5, domain: 'a' },
        { demand: 60, on: anywhere, last: 0, domain: 'a' },
        { demand: 50, on: 6 },
      ];
      expect(cellsOf(settle(shapedHost(two, wishes)).host)).toEqual([1, 1, 1]);
    });

    test('on an idle host they go on floating', () => {
      expect(
        planFor(
          shapedHost(
            two,
            times(8, () => ({ demand: 2, on: anywhere })),
          ),
        ).moves,
      ).toEqual([]);
    });
  });
});

describe('--granularity', () => {
  const die = (i: number) => big.filter(({ cellId, dieId }) => cellId * 2 + dieId === i).map(({ id }) => id);

  test.each([
    ['core', (cpu: number) => big[cpu]?.siblings],
    ['die', (cpu: number) => die((cpu >> 3) % 4)],
    ['cell', (cpu: number) => big.filter(({ cellId }) => cellId === big[cpu]?.cellId).map(({ id }) => id)],
  ] as const)('%s: pins go to all CPUs of one, and stay', (granularity, unitOf) => {
    const { host, plans } = settle(bigHost(times(20, (i) => ({ demand: 80, on: i % 2 ? everywhere : 0 }))), {
      granularity,
    });
    for (const { placement } of host.vcpus) {
      expect(placement.affinity).toEqual(unitOf(placement.affinity[0] ?? 0));
    }
    expect(plans.length).toBeLessThanOrEqual(2);
  });

  test('a part of a unit is widened once, in place, and then left alone', () => {
    const host = bigHost(times(8, (i) => ({ demand: 60, on: 8 * (i % 4) })));
    const { host: after, plans } = settle(host, { granularity: 'die' });
    expect(plans).toHaveLength(1);
    expect(after.vcpus.map(({ placement }) => placement.affinity)).toEqual(
      times(8, () => ({ demand: 0, on: 0 })).map((_, i) => die(i % 4)),
    );
  });

  test('its capacity is the number of its pCPUs', () => {
    const host = bigHost(times(6, () => ({ demand: 100, on: die(0) })));
    const plan = planFor(host, { granularity: 'die', numa: 'strict' });
    expect(plan.before.map(({ cpus, loadPct, vcpus }) => [cpus, loadPct, vcpus])).toEqual([
      [die(0), 37.5, 6],
      [die(1), 0, 0],
      [die(2), 0, 0],
      [die(3), 0, 0],
    ]);
    expect(plan.moves).toHaveLength(3);
    expect(loadsOf(plan)).toEqual([18.75, 18.75, 0, 0]);
  });

  test('what a vCPU may not use of a unit it is not given', () => {
    const { host } = settle(bigHost([{ demand: 80, on: [0, 1, 2, 3], allowed: [0, 1, 20] }]), {
      granularity: 'die',
      numa: 'strict',
    });
    expect(host.vcpus.map(({ placement }) => placement.affinity)).toEqual([[0, 1]]);
  });

  test('a unit of which nobody may use all is cut into what is used together', () => {
    const cores = topologyOf({ cells: 1, dies: 1, cores: 2, threads: 2 });
    const [, [, second = -1] = []] = cores.map(({ siblings }) => siblings);
    const usable = cores.map(({ id }) => id).filter((id) => id !== second);
    const host = shapedHost(
      cores,
      times(6, () => ({ demand: 80, on: 0, allowed: usable })),
    );
    const { host: after } = settle(host, { granularity: 'core' });
    const loads = usable.map((cpu) =>
      after.vcpus.reduce(
        (sum, { placement: { affinity } }) => sum + (affinity.includes(cpu) ? 80 / affinity.length : 0),
        0,
      ),
    );
    expect(loads).toEqual([160, 160, 160]);
  });

  test('vCPUs of one domain need not be on different units that have pCPUs for them', () => {
    const host = bigHost([
      ...times(8, () => ({ demand: 30, on: die(0), domain: 'a' })),
      ...times(8, () => ({ demand: 30, on: die(1), domain: 'b' })),
    ]);
    expect(planFor(host, { granularity: 'die' }).moves).toEqual([]);
  });

  test('where the topology is not told, each pCPU is one', () => {
    const plan = planFor(
      hostOf(
        2,
        times(2, () => ({ demand: 40, on: 0 })),
      ),
      { granularity: 'cell' },
    );
    expect(plan.moves.map(({ to }) => to)).toEqual([[1]]);
  });
});

describe('priority', () => {
  test('of two that could go, the one with less goes', () => {
    const host = hostOf(
      2,
      [0, 5, 0].map((priority, i) => ({ demand: 30, on: i === 2 ? 1 : 0, priority })),
    );
    const plan = planFor({ ...host, vcpus: host.vcpus.slice(0, 2) });
    expect(plan.moves.map(({ domain }) => domain.name)).toEqual(['d0000']);
    const turned = hostOf(
      2,
      [5, 0].map((priority) => ({ demand: 30, on: 0, priority })),
    );
    expect(planFor(turned).moves.map(({ domain }) => domain.name)).toEqual(['d0001']);
  });

  test('a high one stays for all that a small gain is worth, and goes where it starves', () => {
    const wishes = (demand: number) => [
      { demand, on: 0, priority: 100 },
      { demand, on: 0, priority: 100 },
    ];
    expect(planFor(hostOf(2, wishes(15))).moves).toEqual([]);
    expect(planFor(hostOf(2, wishes(90))).moves).toHaveLength(1);
  });
});
