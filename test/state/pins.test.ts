import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSet } from '../../src/model/cpu-set.ts';
import { lookAt, news, pinsAhead, pinsSet, type Seen } from '../../src/state/pins.ts';
import type { SavedVcpu } from '../../src/state/saved-state.ts';
import { domainOf, saved, seen, stateOf } from './support.ts';

const pin = (index: number, from: readonly number[], to: readonly number[]) => ({
  domain: domainOf(index),
  vcpu: 0,
  from,
  to,
});
const took = (move: ReturnType<typeof pin>) => ({ move, error: undefined, shown: move.to });

describe('what is forgotten', () => {
  const paused: Seen = {
    ...seen({}),
    leftAlone: [{ domain: domainOf(1), vcpu: undefined, reason: 'it is paused' }],
  };
  const unplugged: Seen = seen({ 1: [0] }, { number: 3 });

  test.each<[string, Seen, boolean]>([
    ['a domain that runs on', seen({ 1: [1] }), true],
    ['one that is paused, or changes its state', paused, true],
    ['one whose id could not be read', seen({ 1: [1] }, { id: undefined }), true],
    ['one whose counters could not be read', seen({ 1: [1] }, { cpuTimeNs: undefined }), true],
    ['one whose affinities could not be read', seen({ 1: undefined }), true],
    [
      'one of which nothing could be read',
      { ...seen({ 1: [1] }), domains: [{ ...domainOf(1), id: 7, vcpus: [] }] },
      true,
    ],
    ['a domain that has ended', seen({ 2: [1] }), false],
    ['one that was started anew', seen({ 1: [1] }, { id: 8 }), false],
    ['one that was started anew and got the same id', seen({ 1: [1] }, { cpuTimeNs: 10n ** 9n }), false],
    ['a vCPU that was unplugged', unplugged, false],
  ])('%s: kept is %3$s', (_, host, isKept) => {
    expect(lookAt(stateOf(saved(1)), host).vcpus).toHaveLength(isKept ? 1 : 0);
  });
});

describe('whose pin it is', () => {
  const looked = (vcpu: Partial<SavedVcpu>, host: Seen) => lookAt(stateOf(saved(1, vcpu)), host).vcpus[0];

  test.each<[string, Partial<SavedVcpu>, readonly number[], boolean]>([
    ['ours', {}, [1], false],
    ['somebody moved it', {}, [2], true],
    ['somebody let it run anywhere', {}, [0, 1, 2, 3], true],
    ['somebody gave it back what it had', {}, [0], true],
    ['killed before the pin was set', { set: [[0], [1]] }, [0], false],
    ['killed after it was set', { set: [[0], [1]] }, [1], false],
    ['killed in between, and then somebody moved it', { set: [[0], [1]] }, [2], true],
    ['somebody else had it, and set what we had set', { foreign: true }, [1], true],
  ])('%s', (_, vcpu, affinity, foreign) => {
    expect(looked(vcpu, seen({ 1: affinity }))).toMatchObject({ foreign });
  });

  test('a pCPU that goes offline: whatever the kernel makes of it, then and when it is back, is nobody else', () => {
    const offline = looked({}, seen({ 1: [0, 2, 3] }, { online: [0, 2, 3] }));
    expect(offline).toMatchObject({ foreign: false, set: [], original: [0] });
    for (const affinity of [[1], [0, 2, 3], [0, 1, 2, 3]]) {
      expect(looked(offline ?? {}, seen({ 1: affinity }))).toMatchObject({ foreign: false, original: [0] });
    }
  });

  test('a part of what was set goes offline', () => {
    const set = [[1, 2]];
    expect(looked({ set }, seen({ 1: [2] }, { online: [0, 2, 3] }))).toMatchObject({
      foreign: false,
      set: [],
    });
  });

  test('another pCPU goes offline: ours is still ours, and a foreign one foreign', () => {
    expect(looked({}, seen({ 1: [1] }, { online: [0, 1] }))).toMatchObject({ foreign: false, set: [[1]] });
    expect(looked({}, seen({ 1: [0] }, { online: [0, 1] }))).toMatchObject({ foreign: true });
  });

  test('what has become known is told once', () => {
    const before = stateOf(saved(1), saved(2), saved(3));
    const once = lookAt(before, seen({ 1: [1], 2: [3] }));
    expect(news(before, once).map(({ domain }) => domain.name)).toEqual(['guest-2']);
    expect(news(once, lookAt(once, seen({ 1: [1], 2: [3] })))).toEqual([]);
  });
});

describe('before and after pins', () => {
  test('the first affinity is kept for good, the others until it is known what became of the pin', () => {
    const host = seen({ 1: [0, 1, 2, 3], 2: [1] });
    const ahead = pinsAhead(stateOf(saved(2)), [pin(1, [0, 1, 2, 3], [2]), pin(2, [1], [3])], host);
    expect(ahead.vcpus).toEqual([
      saved(2, { set: [[1], [3]] }),
      saved(1, { original: [0, 1, 2, 3], set: [[0, 1, 2, 3], [2]], cpuTimeNs: 6n * 10n ** 9n }),
    ]);
    const failed = { move: pin(2, [1], [3]), error: 'no', shown: undefined };
    const set = pinsSet(ahead, [took(pin(1, [0, 1, 2, 3], [2])), failed]);
    expect(set.vcpus.map((vcpu) => [vcpu.original, vcpu.set])).toEqual([
      [[0], [[1], [3]]],
      [[0, 1, 2, 3], [[2]]],
    ]);
  });

  test('what a failed pin has left is not somebody else', () => {
    const ahead = pinsAhead(stateOf(), [pin(1, [0], [1, 2])], seen({ 1: [0] }));
    const result = { move: pin(1, [0], [1, 2]), error: 'the host shows its affinity as 2', shown: [2] };
    const set = pinsSet(ahead, [result]);
    expect(lookAt(set, seen({ 1: [2] })).vcpus[0]).toMatchObject({ foreign: false });
  });

  test('a foreign pin that is taken over is ours from then on', () => {
    const before = stateOf(saved(1, { foreign: true }));
    const set = pinsSet(pinsAhead(before, [pin(1, [3], [2])], seen({ 1: [3] })), [took(pin(1, [3], [2]))]);
    expect(set.vcpus).toEqual([saved(1, { set: [[2]] })]);
  });

  test('a domain of which it is not known which start it is is never pinned', () => {
    const host = seen({ 1: [0] }, { id: undefined });
    expect(() => pinsAhead(stateOf(), [pin(1, [0], [1])], host)).toThrow('is not known');
  });

  const affinity = fc
    .uniqueArray(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 })
    .map((cpus) => cpuSet(cpus));

  test('however many pins, cut short anywhere: the first affinity is kept, and nothing of ours looks foreign', () => {
    fc.assert(
      fc.property(
        affinity,
        fc.array(affinity, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (first, then, cut) => {
          let state = stateOf();
          let now = first;
          for (const to of then) {
            state = lookAt(state, seen({ 1: now }));
            const move = pin(1, now, to);
            state = pinsAhead(state, [move], seen({ 1: now }));
            expect(lookAt(state, seen({ 1: now })).vcpus[0]).toMatchObject({ foreign: false });
            now = to;
            expect(lookAt(state, seen({ 1: now })).vcpus[0]).toMatchObject({ foreign: false });
            if (!cut) state = pinsSet(state, [took(move)]);
            expect(lookAt(state, seen({ 1: now })).vcpus[0]).toMatchObject({
              foreign: false,
              original: first,
            });
          }
        },
      ),
    );
  });
});
