import { describe, expect, test } from 'vitest';
import type { PolicySettings } from '../../../src/model/policy-settings.ts';
import { hostOf, type Wish } from '../support.ts';
import { countsOf, decided, movesOf, type PolicyName } from './support.ts';

const anywhere = [0, 1, 2, 3];
const placing: readonly PolicyName[] = ['threshold', 'lightest', 'spread', 'stddev'];
const inPeace = { gap: 1000, sigma: 1000 };

/** How each is placed by policies that have nothing else to do. */
function placed(name: PolicyName, wishes: readonly Wish[], place: PolicySettings['place']) {
  return decided(name, hostOf(4, wishes), { ...inPeace, place });
}

describe.each(placing)('%s', (name) => {
  const heavyAndLight = [60, 20, 60, 20, 60, 20, 60, 20].map((demand) => ({ demand, on: anywhere }));

  test('--place demand: the largest first, each where there is most room', () => {
    const plan = placed(name, heavyAndLight, 'demand');
    expect(plan.after.map(({ loadPct }) => loadPct)).toEqual([80, 80, 80, 80]);
    expect(plan.moves.every(({ kind }) => kind === 'place')).toBe(true);
  });

  test('--place spread: as evenly by count as possible', () => {
    const pinned = [0, 0, 0, 1].map((on) => ({ demand: 1, on, fixed: 'excluded' }));
    const plan = placed(name, [...pinned, ...heavyAndLight], 'spread');
    expect(countsOf(plan)).toEqual([3, 3, 3, 3]);
    expect(plan.moves[0]?.reason).toMatch(/^was free to run on 0-3; pCPU \d had the fewest vCPUs, now 3$/);
  });

  test('--place spread: whoever has least choice comes first', () => {
    const wishes = [
      { demand: 30, on: [0, 1] },
      { demand: 9, on: [0, 2], allowed: [0] },
    ];
    expect(movesOf(placed(name, wishes, 'spread'))[1]).toBe('d0001: 0,2 > 0');
    expect(countsOf(placed(name, wishes, 'spread'))[0]).toBe(1);
  });

  test('on an idle host demand leaves them to the kernel, spread does not', () => {
    const idle = [0, 0].map((last) => ({ demand: 1, on: anywhere, last }));
    expect(placed(name, idle, 'demand').moves).toEqual([]);
    expect(countsOf(placed(name, idle, 'spread'))).toEqual([1, 1, 0, 0]);
  });

  test('--place keep: they stay free, and count where there is room', () => {
    const wishes = [0, 0, 3].map((last) => ({ demand: 40, on: anywhere, last }));
    const plan = placed(name, wishes, 'keep');
    expect(plan.moves).toEqual([]);
    expect(plan.after.map(({ loadPct }) => loadPct)).toEqual([30, 30, 30, 30]);
    expect(plan.leftAlone.map(({ reason }) => reason)).toEqual(
      wishes.map(() => 'may run on several pCPUs, and is left so'),
    );
  });

  test('--place keep: they are kept off what they may not use', () => {
    const allowed = [0, 1, 2, 3];
    const wishes: readonly Wish[] = [
      { demand: 30, on: [2, 3, 4, 5], last: 4, allowed },
      { demand: 30, on: [3, 4], last: 4, allowed },
      { demand: 30, on: 5, allowed },
    ];
    const plan = placed(name, wishes, 'keep');
    expect(movesOf(plan)).toEqual(['d0000: 2,3,4,5 > 2,3', 'd0001: 3,4 > 0', 'd0002: 5 > 1']);
    expect(plan.moves[0]?.reason).toBe('may not run on all of 2-5, but stays free to run on 2-3');
    expect(plan.summary).toMatch(
      /^1 vCPU leaves pCPUs that it may not use; 2 vCPUs are pinned to one pCPU each/,
    );
    expect(movesOf(decided(name, hostOf(4, wishes), { place: 'keep', maxMoves: 1 }))).toEqual([
      'd0000: 2,3,4,5 > 2,3',
    ]);
  });
});

test('a rule takes its step besides, with what is left of --max-moves', () => {
  const wishes = [
    { demand: 50, on: 0 },
    { demand: 40, on: 0 },
    { demand: 20, on: anywhere },
  ];
  const host = hostOf(4, wishes);
  expect(movesOf(decided('lightest', host))).toEqual(['d0001: 0 > 2', 'd0002: 0,1,2,3 > 1']);
  expect(decided('lightest', host, { maxMoves: 1 })).toMatchObject({
    moves: [{ kind: 'place' }],
    summary: '1 vCPU is pinned to one pCPU',
  });
});
