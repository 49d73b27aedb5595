import { describe, expect, test } from 'vitest';
import { type ThresholdMemory, threshold } from '../../src/balance/policies/threshold.ts';
import { type HostLoad, type Reading, vcpuKey } from '../../src/model/host-load.ts';
import { deviation, unevenness } from './oracles.ts';
import { afterPlan, defaults, hostOf, loadsOf, planFor, type Wish } from './support.ts';

const times = (count: number, wish: Wish): readonly Wish[] => Array.from({ length: count }, () => wish);

describe('the cases every balancer is judged by', () => {
  const cases: [name: string, pcpus: number, wishes: readonly Wish[], moves: number, deviation: number][] = [
    ['eight on one of four', 4, times(8, { demand: 50, on: 0 }), 6, 0],
    ['sixteen on one of eight', 8, times(16, { demand: 50, on: 0 }), 14, 0],
    ['half and half', 4, [...times(4, { demand: 20, on: 0 }), ...times(4, { demand: 20, on: 3 })], 4, 0],
    ['spread already', 2, [...times(2, { demand: 50, on: 0 }), ...times(2, { demand: 50, on: 1 })], 0, 0],
    [
      'twelve busy ones as 9/1/1/1',
      4,
      [...times(9, { demand: 100, on: 0 }), ...[1, 2, 3].map((on) => ({ demand: 100, on }))],
      6,
      0,
    ],
    ['three busy ones on one of eight', 8, times(3, { demand: 100, on: 0 }), 2, 49],
    ['heavy against light', 2, [...times(4, { demand: 25, on: 0 }), ...times(4, { demand: 6, on: 1 })], 4, 0],
    ['eight of 19 % on one of two', 2, times(8, { demand: 19, on: 0 }), 4, 0],
  ];
  test.each(cases)('%s', (_, pcpus, wishes, moves, most) => {
    const host = hostOf(pcpus, wishes);
    const plan = planFor(host);
    expect(plan.moves).toHaveLength(moves);
    expect(deviation(loadsOf(plan))).toBeLessThanOrEqual(most + 0.001);
    expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
  });
});

test.each<[string, number, readonly Wish[], string, string]>([
  ['even', 2, [0, 1].map((on) => ({ demand: 60, on })), 'balanced', 'balanced: 60 %, band 53-68'],
  [
    'even, but full',
    1,
    times(2, { demand: 60, on: 0 }),
    'overloaded',
    'overloaded: 120 %, band 105-135, more is wanted than there is CPU time',
  ],
])('a host that is %s', (_, pcpus, wishes, kind, summary) => {
  expect(planFor(hostOf(pcpus, wishes))).toMatchObject({ moves: [], summary, verdict: { kind } });
});

describe('what nobody can relieve keeps nobody from being relieved', () => {
  const guests = times(4, { demand: 45, on: 1 });

  test.each<[string, readonly Wish[]]>([
    ['left alone', times(4, { demand: 100, on: 0, fixed: 'excluded' })],
    ['allowed nowhere else', times(4, { demand: 100, on: 0, allowed: [0] })],
  ])('vCPUs that are %s', (_, stuck) => {
    const host = hostOf(8, [...stuck, ...guests]);
    const plan = planFor(host);
    expect(plan.moves).toHaveLength(3);
    expect(Math.max(...loadsOf(plan).slice(1))).toBe(45);
    expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
  });
});

test('wide domains that are stacked: pins that part their vCPUs count as what they are worth', () => {
  const wide = (on: number, demand: number) =>
    times(16, { demand, on }).map((wish) => ({ ...wish, domain: `wide-${on}` }));
  const host = hostOf(4, [...wide(0, 7), ...wide(1, 6), ...wide(2, 6), ...wide(3, 4)]);
  const plan = planFor(host);
  expect(Math.max(...loadsOf(plan))).toBeLessThanOrEqual(100);
  expect(planFor(afterPlan(host, plan)).moves).toEqual([]);
});

test('random hosts of up to sixty-four pCPUs: what the first decision leaves, the second leaves too', () => {
  let state = 1;
  const draw = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const later = Array.from({ length: 80 }, () => {
    const pcpus = 4 + Math.floor(draw() * 60);
    const start = Math.max(1, Math.floor(pcpus * ([0.25, 0.5, 1][Math.floor(draw() * 3)] ?? 1)));
    const vcpus = Math.floor(pcpus * (1 + draw() * 5));
    const perDomain = 1 + Math.floor(draw() * 4);
    const demands = Array.from({ length: vcpus }, () => (draw() < 0.5 ? draw() ** -0.6 : 1 + draw() * 4));
    const scale = ((40 + draw() * 70) * pcpus) / demands.reduce((sum, demand) => sum + demand, 0);
    const wishes = demands.map((demand, i) => ({
      demand: Math.min(95, demand * scale),
      on: Math.floor(draw() * start),
      domain: `d${String(Math.floor(i / perDomain)).padStart(4, '0')}`,
    }));
    const host = hostOf(pcpus, wishes);
    return planFor(afterPlan(host, planFor(host))).moves.length;
  });
  expect(later).toEqual(later.map(() => 0));
});

describe('floating and misplaced vCPUs', () => {
  const anywhere = [0, 1, 2, 3];

  test('floating ones are placed by demand: a heavy and a light one on each pCPU', () => {
    const demands = [50, 50, 50, 50, 20, 20, 20, 20];
    const plan = planFor(
      hostOf(
        4,
        demands.map((demand) => ({ demand, on: anywhere })),
      ),
    );
    expect(plan.moves.map(({ kind }) => kind)).toEqual(demands.map(() => 'place'));
    expect(loadsOf(plan)).toEqual([70, 70, 70, 70]);
  });

  test('are left floating on an idle host, with the reason', () => {
    const plan = planFor(hostOf(4, times(8, { demand: 1.5, on: anywhere, last: 2 })));
    expect(plan.moves).toEqual([]);
    expect(plan.leftAlone.map(({ reason }) => reason)).toContain(
      'the host is idle; the kernel places it best',
    );
  });

  test('one whose pCPU may not be used is placed even on an idle host', () => {
    const plan = planFor(hostOf(4, [{ demand: 1, on: 3, allowed: [0, 1] }]));
    expect(plan.moves).toMatchObject([{ kind: 'place', from: [3], to: [0] }]);
  });

  test('one that ran on a pCPU that is gone loads none until it is placed', () => {
    const plan = planFor(hostOf(2, [{ demand: 40, on: 9 }]));
    expect(plan.before.map(({ loadPct }) => loadPct)).toEqual([0, 0]);
    expect(plan.moves).toMatchObject([{ kind: 'place', from: [9], to: [0], demandPct: 40 }]);
  });

  test('one that may run nowhere is left alone', () => {
    const plan = planFor(hostOf(2, [{ demand: 40, on: 0, allowed: [] }]));
    expect(plan.moves).toEqual([]);
    expect(plan.leftAlone).toMatchObject([{ vcpu: 0, reason: 'there is no pCPU that it may use' }]);
  });

  test('vCPUs of one domain are placed apart', () => {
    const wish = { demand: 30, on: [0, 1] };
    const plan = planFor(
      hostOf(
        2,
        ['a', 'a', 'b', 'b'].map((domain) => ({ ...wish, domain })),
      ),
    );
    expect(plan.moves.map(({ domain, to }) => domain.name + to)).toEqual(['a0', 'a1', 'b0', 'b1']);
  });
});

describe('what is fixed or not known', () => {
  const missing: Reading = { kind: 'missing', reason: 'the host gave no time' };
  const fresh: Reading = { kind: 'new', reason: 'it has just started' };

  test('a fixed vCPU loads its pCPU and stays there', () => {
    const host = hostOf(2, [{ demand: 60, on: 0, fixed: 'excluded' }, ...times(2, { demand: 30, on: 0 })]);
    const plan = planFor(host);
    expect(plan.moves.map(({ domain }) => domain.name)).toEqual(['d0001', 'd0002']);
    expect(plan.leftAlone).toMatchObject([{ domain: { name: 'd0000' }, vcpu: 0, reason: 'excluded' }]);
  });

  test('a new vCPU counts as the mean of the known ones, and is not moved', () => {
    const plan = planFor(
      hostOf(2, [
        { demand: 0, on: 0, reading: fresh },
        { demand: 30, on: 0 },
        { demand: 50, on: 1 },
      ]),
    );
    expect(plan.before.map(({ loadPct }) => loadPct)).toEqual([70, 50]);
    expect(plan.leftAlone).toMatchObject([{ domain: { name: 'd0000' }, reason: 'it has just started' }]);
  });

  test('one that could not be read counts as it did; one that is new again has lost its past', () => {
    const host = (reading?: Reading) =>
      hostOf(2, [
        { demand: 80, on: 0, ...(reading && { reading }) },
        { demand: 20, on: 1 },
      ]);
    const loadsAfter = (...hosts: HostLoad[]) => {
      let memory: ThresholdMemory | undefined;
      let loads: number[] = [];
      for (const each of hosts) {
        const decision = threshold.decide(each, memory, defaults);
        memory = decision.memory;
        loads = decision.plan.before.map(({ loadPct }) => loadPct);
      }
      return loads;
    };
    expect(loadsAfter(host(), host(missing))).toEqual([80, 20]);
    expect(loadsAfter(host(), host(missing), host(missing))).toEqual([80, 20]);
    expect(loadsAfter(host(), host(fresh), host(missing))).toEqual([20, 20]);
  });

  test('the memory of vCPUs that are gone is dropped', () => {
    const first = threshold.decide(hostOf(1, times(3, { demand: 10, on: 0 })), undefined, defaults);
    const then = threshold.decide(hostOf(1, times(2, { demand: 10, on: 0 })), first.memory, defaults);
    expect(then.memory.remembered.vcpus.map(({ domain, vcpu }) => `${domain.uuid}/${vcpu}`)).toEqual([
      'uuid-d0000/0',
      'uuid-d0001/0',
    ]);
  });
});

describe('now or later', () => {
  // Twelve on each is even; all of them starve either way.
  const slight = hostOf(2, [...times(13, { demand: 25, on: 0 }), ...times(11, { demand: 25, on: 1 })]);
  const patient = { ...defaults, urgency: 'patient' } as const;

  /** The number of moves in each of so many cycles, on a host that stays as it is. */
  function movesIn(cycles: number, host: HostLoad): readonly number[] {
    let memory: ThresholdMemory | undefined;
    return Array.from({ length: cycles }, () => {
      const decision = threshold.decide(host, memory, patient);
      memory = decision.memory;
      return decision.plan.moves.length;
    });
  }

  test('a slight imbalance waits until it has held for some cycles, and the sum starts anew', () => {
    const [moves] = [planFor(slight).moves.length];
    expect(moves).toBeGreaterThan(0);
    expect(movesIn(4, slight)).toEqual([0, moves, 0, moves]);
    expect(threshold.decide(slight, undefined, patient).plan.summary).toMatch(
      /^waits: 1 of 2 cycles, 275-325 %, band 263-338: would gain 1250 points², 1 pin costs 352$/,
    );
  });

  test('starvation that can be relieved does not wait', () => {
    expect(movesIn(1, hostOf(2, times(3, { demand: 50, on: 0 })))).toEqual([1]);
  });

  test('nor do moves when a floating vCPU is placed anyway', () => {
    const host = { ...slight, vcpus: [...slight.vcpus, ...hostOf(4, [{ demand: 30, on: [0, 1] }]).vcpus] };
    const renamed = host.vcpus.map((vcpu, i) => ({
      ...vcpu,
      domain: { uuid: `u${1000 + i}`, name: `n${i}` },
    }));
    const { moves } = threshold.decide({ ...host, vcpus: renamed }, undefined, patient).plan;
    expect(moves.filter(({ kind }) => kind === 'place')).toHaveLength(1);
  });
});

describe('--max-moves', () => {
  const stacked = hostOf(4, times(8, { demand: 50, on: 0 }));

  test.each([1, 2, 3, 4, 5])('%i: so many, and an improvement', (maxMoves) => {
    const plan = planFor(stacked, { maxMoves });
    expect(plan.moves).toHaveLength(maxMoves);
    expect(unevenness(loadsOf(plan))).toBeLessThan(unevenness([400, 0, 0, 0]));
  });

  test('never half an exchange', () => {
    const host = hostOf(
      2,
      [60, 60, 30, 30].map((demand, i) => ({ demand, on: i < 2 ? 0 : 1 })),
    );
    expect(planFor(host).moves.map(({ kind }) => kind)).toEqual(['swap', 'swap']);
    expect(planFor(host, { maxMoves: 1 })).toMatchObject({
      moves: [],
      summary: '2 pins are needed, --max-moves leaves 1',
      verdict: { kind: 'over-budget', components: [{ proposal: { pins: 2 } }] },
    });
  });

  test('vCPUs that must be placed come first, and those beyond are named', () => {
    const host = hostOf(2, [...times(3, { demand: 40, on: [0, 1] }), { demand: 5, on: 7 }]);
    const plan = planFor(host, { maxMoves: 2 });
    expect(plan.moves.map(({ domain }) => domain.name)).toEqual(['d0000', 'd0003']);
    expect(plan.leftAlone.map(({ reason }) => reason)).toEqual(
      times(2, { demand: 0, on: 0 }).map(() => '--max-moves leaves it for a later cycle'),
    );
  });
});

describe('the story that is told', () => {
  test('moves, exchanges and placings say why, in the width of a table column', () => {
    const wide = Array.from({ length: 128 }, (_, pcpu) => pcpu).filter((pcpu) => pcpu % 3);
    const plans = [
      planFor(hostOf(4, times(8, { demand: 19, on: 0 }))),
      planFor(
        hostOf(
          2,
          [60, 60, 30, 30].map((demand, i) => ({ demand, on: i < 2 ? 0 : 1 })),
        ),
      ),
      planFor(hostOf(128, times(40, { demand: 100, on: wide }))),
    ];
    const reasons = plans.flatMap(({ moves }) => moves.map(({ reason }) => reason));
    expect(reasons[0]).toMatch(/^pCPU 0 at 152 %, pCPU \d at 0 %, mean 38 %$/);
    expect(reasons).toContain('changes places with 30 %: pCPU 0 at 120 %, pCPU 1 at 60 %');
    expect(Math.max(...reasons.map((reason) => reason.length))).toBeLessThanOrEqual(60);
  });

  test.each([
    [
      'nothing to do',
      hostOf(2, [
        { demand: 40, on: 0 },
        { demand: 42, on: 1 },
      ]),
      'balanced: 40-42 %, band 36-46',
    ],
    [
      'nothing that helps',
      hostOf(2, [{ demand: 90, on: 0 }]),
      '0-90 %, band 39-51: no move or swap gains the 8 points² that a pin costs',
    ],
    ['moves', hostOf(2, times(2, { demand: 40, on: 0 })), 'the loads go from 0-80 % to 40 %'],
    ['no pCPU', hostOf(0, []), 'no usable pCPU'],
  ])('%s', (_, host, summary) => {
    expect(planFor(host).summary).toBe(summary);
  });
});

describe('readings', () => {
  test('without delay, usage serves', () => {
    const reading: Reading = { kind: 'measured', usagePct: 40, delayPct: undefined };
    expect(planFor(hostOf(1, [{ demand: 0, on: 0, reading }])).before[0]?.loadPct).toBe(40);
  });

  const starved = (usagePct: number, delayPct: number): Reading => ({ kind: 'measured', usagePct, delayPct });

  test('a gain that guests who sleep between their work would not see is tried where nothing was moved of late', () => {
    const host = hostOf(2, [
      ...times(4, { demand: 0, on: 0, reading: starved(15, 40) }),
      ...times(2, { demand: 0, on: 1, reading: starved(50, 0) }),
    ]);
    expect(planFor(host).before.map(({ loadPct }) => loadPct)).toEqual([220, 100]);
    expect(planFor(host, { movedLately: new Set(host.vcpus.slice(0, 1).map(vcpuKey)) }).moves).toEqual([]);
    expect(loadsOf(planFor(host))).toEqual([165, 155]);
    expect(loadsOf(planFor(host, { urgency: 'patient' }))).toEqual([165, 155]);
  });

  test('what was moved in another part of the host keeps this one from nothing', () => {
    const left = [
      ...times(4, { demand: 0, on: 0, reading: starved(15, 40), allowed: [0, 1] }),
      ...times(2, { demand: 0, on: 1, reading: starved(50, 0), allowed: [0, 1] }),
    ];
    const host = hostOf(4, [...left, { demand: 50, on: 2, allowed: [2, 3] }]);
    const movedLately = new Set(host.vcpus.slice(-1).map(vcpuKey));
    expect(loadsOf(planFor(host, { movedLately }))).toEqual([165, 155, 50, 0]);
  });

  test('a small gain that they would not see is not tried', () => {
    const host = hostOf(2, [
      ...times(7, { demand: 0, on: 0, reading: starved(14, 2) }),
      ...times(2, { demand: 0, on: 1, reading: starved(50, 0) }),
    ]);
    expect(planFor(host).before.map(({ loadPct }) => loadPct)).toEqual([112, 100]);
    expect(planFor(host).moves).toEqual([]);
  });

  test('a host on which all pCPUs want more than there is is evened out at the first look', () => {
    const host = hostOf(
      4,
      [14, 14, 6, 7].flatMap((count, on) =>
        times(count, { demand: 0, on, reading: starved(100 / count, 20 - 100 / count) }),
      ),
    );
    expect(planFor(host).before.map(({ loadPct }) => loadPct)).toEqual([280, 280, 120, 140]);
    expect(loadsOf(planFor(host)).map(Math.round)).toEqual([220, 200, 200, 200]);
  });

  test('where the readings are far apart, a plan that is a gain by both is looked for', () => {
    // The best by the open reading, one of 60 over, would be a loss by the closed one: 100 and 153.
    const host = hostOf(2, [
      ...times(4, { demand: 0, on: 0, reading: starved(20, 40) }),
      ...times(4, { demand: 0, on: 1, reading: starved(30, 0) }),
    ]);
    expect(planFor(host).before.map(({ loadPct }) => loadPct)).toEqual([240, 120]);
    expect(loadsOf(planFor(host))).toEqual([180, 180]);
    expect(planFor(host).moves.map(({ kind }) => kind)).toEqual(['swap', 'swap', 'swap', 'swap']);
  });

  test('a crowded pCPU is relieved though two of a domain come to share the other, which slightly pays by both', () => {
    const crowd = { kind: 'measured', usagePct: 10, delayPct: 50 } as const;
    const host = hostOf(2, [
      { demand: 60, on: 0, reading: crowd, domain: 'pair' },
      { demand: 70, on: 1, domain: 'pair', fixed: 'unmanaged' },
      ...times(4, { demand: 60, on: 0, reading: crowd, fixed: 'unmanaged' }),
    ]);
    expect(planFor(host).moves.map(({ domain, to }) => [domain.name, to])).toEqual([['pair', [1]]]);
  });

  test('a crowded pCPU is relieved in part where its guests may sleep', () => {
    // Loads as a replay of a real trace had them, where the host was stuck like that for minutes.
    const crowded = [
      ...times(8, { demand: 0, on: 0, reading: starved(12.7, 6.9) }),
      ...times(6, { demand: 0, on: 1, reading: starved(17.3, 3.7) }),
    ];
    const others = [24, 23, 21, 22, 27, 24].flatMap((demand, i) => times(4, { demand, on: i + 2 }));
    const plan = planFor(hostOf(8, [...crowded, ...others]));
    expect(plan.before[0]?.loadPct).toBeCloseTo(157, 0);
    expect(Math.max(...loadsOf(plan))).toBeLessThan(130);
  });
});

test('--thresholds absolute: only a pCPU above high with company gives, and only to one below low', () => {
  const absolute = { thresholds: 'absolute' } as const;
  expect(planFor(hostOf(2, times(2, { demand: 44, on: 0 })), absolute).moves).toEqual([]);
  expect(planFor(hostOf(2, [{ demand: 100, on: 0 }]), absolute).moves).toEqual([]);
  const full = hostOf(
    2,
    [60, 30, 20].map((demand) => ({ demand, on: 0 })),
  );
  expect(planFor(full, absolute).moves).toMatchObject([{ demandPct: 60, to: [1] }]);
});

test('--thresholds absolute comes to an end where pCPUs are slower than others', () => {
  const wishes = [
    { demand: 45, on: 0 },
    { demand: 65, on: 0 },
    { demand: 60, on: 1, fixed: 'a test' },
  ];
  const host = { ...hostOf(2, wishes), capacity: new Map([[1, 0.5]]) };
  // The smaller one would bring the slow pCPU to 150 %.
  expect(planFor(host, { thresholds: 'absolute' }).moves).toEqual([]);
});

/** Usage and delay of eight real guests of 19 % each, in per cent, as they were read. */
function readAs(pcpuOf: readonly number[], shares: readonly (readonly [number, number])[]) {
  return hostOf(
    2,
    shares.map(([usagePct, delayPct], i) => ({
      demand: usagePct,
      on: pcpuOf[i] ?? 0,
      reading: { kind: 'measured', usagePct, delayPct },
    })),
  );
}

test('vCPUs that wait for something else than vCPUs are no imbalance, where they use the same on either pCPU', () => {
  const disturbed = readAs(
    [1, 0, 0, 1, 1, 0, 1, 0],
    [
      [7.9, 23.8],
      [16.9, 3.4],
      [8.4, 12.4],
      [10, 23.6],
      [15.3, 12],
      [10, 11.9],
      [8.4, 24],
      [12.1, 7.7],
    ],
  );
  expect(planFor(disturbed).moves).toEqual([]);
});

test('vCPUs that share a full pCPU are one, however little of it each gets', () => {
  const stacked = readAs(
    [0, 0, 0, 0, 0, 0, 0, 0],
    [
      [10.5, 10.7],
      [13.4, 8.9],
      [12, 10.1],
      [10, 12.1],
      [12.9, 8.3],
      [12, 9.6],
      [9.5, 11.6],
      [12, 9.4],
    ],
  );
  expect(planFor(stacked).moves).toHaveLength(4);
});

test('two that starve are parted although most pCPUs stay uneven and small moves would gain a little', () => {
  const large = Array.from({ length: 14 }, (_, i) => ({ demand: 98, on: i }));
  const starving = [14, 14].map((on) => ({ demand: 70, on }));
  const small = Array.from({ length: 40 }, (_, i) => ({ demand: 6, on: 15 + (i % 4) }));
  const plan = planFor(hostOf(32, [...large, ...starving, ...small]));
  expect(Math.max(...loadsOf(plan))).toBeLessThan(100);
});
