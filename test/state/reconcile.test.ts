import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSet } from '../../src/model/cpu-set.ts';
import type { PinResult } from '../../src/model/pin.ts';
import { changedPins, reconcile, type Seen, type SeenDomain } from '../../src/state/reconcile.ts';
import {
  findMistakes,
  recordIntent,
  recordMistakes,
  recordResult,
  recordUndone,
} from '../../src/state/record-pins.ts';
import type { SavedState, SavedVcpu } from '../../src/state/saved-state.ts';
import { domainOf, saved, seen, stateOf } from './support.ts';

const pin = (index: number, from: readonly number[], to: readonly number[]) => ({
  domain: domainOf(index),
  vcpu: 0,
  from,
  to,
});
const nowMs = 1_790_000_000_000;
const look = (state: SavedState, host: Seen) => reconcile(state, host, nowMs);
const took = (move: ReturnType<typeof pin>) => ({ move, error: undefined, shown: move.to });

/** A configuration that says nothing. */
const free = { pins: [], cpuset: undefined, leave: undefined };

describe('what is forgotten', () => {
  const unplugged: Seen = seen({ 1: [0] }, { number: 3 });

  test.each<[string, Seen, boolean]>([
    ['a domain that runs on', seen({ 1: [1] }), true],
    ['one that is missing from the answer', seen({ 2: [1] }), true],
    [
      'one that is not running, which may have been saved',
      { ...seen({}), over: new Set([domainOf(1).uuid]) },
      true,
    ],
    ['one whose id could not be read', seen({ 1: [1] }, { id: undefined }), true],
    ['one whose counters could not be read', seen({ 1: [1] }, { cpuTimeNs: undefined }), true],
    ['one whose affinities could not be read', seen({ 1: undefined }), true],
    ['another start whose affinities could not be read', seen({ 1: undefined }, { id: 8 }), true],
    [
      'one of which nothing could be read',
      { ...seen({ 1: [1] }), domains: [{ ...domainOf(1), id: 7, vcpus: [] }] },
      true,
    ],
    ['a vCPU that is missing from the answer', unplugged, true],
    ['one that was plugged in, after a start', seen({ 1: [0] }, { number: 3, id: 8 }), false],
    [
      'one that is missing where no affinity is told, after a start',
      seen({ 1: undefined }, { number: 3, id: 8 }),
      true,
    ],
    ['one that was started anew', seen({ 1: [0] }, { id: 8, bounds: free }), false],
    [
      'one that was started anew and got the same id',
      seen({ 1: [0] }, { cpuTimeNs: 10n ** 9n, bounds: free }),
      false,
    ],
  ])('%s: kept is %3$s', (_, host, isKept) => {
    expect(look(stateOf(saved(1)), host).vcpus).toHaveLength(isKept ? 1 : 0);
  });
});

describe('a domain that comes back under another id', () => {
  const goneMs = nowMs - 1000;
  const back = (bounds: SeenDomain['bounds'], affinity = [1], over: Partial<SavedVcpu> = {}) =>
    look(stateOf(saved(1, { goneAtMs: goneMs, ...over })), seen({ 1: affinity }, { id: 8, bounds })).vcpus;

  test('with the affinity that vcpusched has set is the old one, and its first affinity still known', () => {
    expect(back(free)).toEqual([saved(1, { id: 8, cpuTimeNs: 6n * 10n ** 9n })]);
    expect(look(stateOf(saved(1)), seen({ 1: [1] }, { id: 8, bounds: free })).vcpus).toMatchObject([
      { id: 8 },
    ]);
    const sameNumber = look(stateOf(saved(1)), seen({ 1: [1] }, { cpuTimeNs: 10n ** 9n, bounds: free }));
    expect(sameNumber.vcpus).toMatchObject([{ id: 7, cpuTimeNs: 10n ** 9n, original: [0] }]);
  });

  test('waits until its configuration is known', () => {
    expect(back(undefined)).toEqual([saved(1, { goneAtMs: goneMs })]);
    expect(back({ ...free, leave: 'it has just started' })).toEqual([saved(1, { goneAtMs: goneMs })]);
  });

  test.each<[string, SeenDomain['bounds'], readonly number[], Partial<SavedVcpu>]>([
    ['its configuration gives it that affinity', { ...free, pins: [{ vcpu: 0, cpus: [1] }] }, [1], {}],
    ['its configuration gives all vCPUs that affinity', { ...free, cpuset: [1] }, [1], {}],
    ['it has another affinity', free, [2], {}],
    ['it has what it had at first', free, [0], { set: [[0], [1]] }],
    ['somebody else had pinned it before', free, [1], { foreign: true }],
    ['what was set is not known', free, [1], { set: [] }],
  ])('is a new one where %s', (_, bounds, affinity, over) => {
    expect(back(bounds, [...affinity], over)).toEqual([]);
  });

  test('is kept for 90 days, and of 10,000 vCPUs at most the latest', () => {
    const dayMs = 24 * 3600_000;
    const gone = (index: number, days: number) => saved(index, { goneAtMs: nowMs - days * dayMs });
    const left = look(stateOf(gone(1, 89), gone(2, 91), saved(3)), seen({}));
    expect(left.vcpus.map(({ domain }) => domain.name)).toEqual(['guest-1', 'guest-3']);
    const many = Array.from({ length: 10_100 }, (_, i) => saved(i, { goneAtMs: nowMs - i }));
    const latest = look(stateOf(...many, saved(99_999)), seen({})).vcpus;
    expect(latest).toHaveLength(10_001);
    expect(Math.min(...latest.flatMap(({ goneAtMs }) => goneAtMs ?? []))).toBe(nowMs - 9999);
  });
});

describe('a domain that does not run any more', () => {
  const over = { ...seen({}), over: new Set([domainOf(1).uuid]) };

  test('is known to be gone since it was first found so', () => {
    const gone = reconcile(stateOf(saved(1), saved(2)), over, nowMs);
    expect(gone.vcpus).toEqual([saved(1, { goneAtMs: nowMs }), saved(2)]);
    expect(reconcile(gone, over, nowMs + 1000)).toEqual(gone);
  });

  test('and is another start when it is seen again was gone by then at the latest', () => {
    const unread = seen({ 1: undefined }, { id: 8 });
    const gone = look(stateOf(saved(1)), unread);
    expect(gone.vcpus).toEqual([saved(1, { goneAtMs: nowMs })]);
    expect(reconcile(gone, unread, nowMs + 1000)).toEqual(gone);
  });

  test('was not gone before the last move', () => {
    const moves = [5, 9, 7].map((ms) => ({ key: 'a/0', atMs: nowMs + ms, from: [0], to: [1] }));
    expect(reconcile({ ...stateOf(saved(1)), moves }, over, nowMs).vcpus).toMatchObject([
      { goneAtMs: nowMs + 9 },
    ]);
  });

  test('makes room for the later ones, in whatever order they are kept', () => {
    const many = Array.from({ length: 10_100 }, (_, i) => saved(i, { goneAtMs: nowMs - 10_099 + i }));
    const left = look(stateOf(...many), seen({})).vcpus;
    expect(left.map(({ domain }) => domain.name)).toEqual(many.slice(100).map(({ domain }) => domain.name));
  });
});

describe('a domain with several vCPUs', () => {
  /** One with two vCPUs on these pCPUs. */
  const hostOf = (affinities: readonly [number, number], over: Partial<SeenDomain> = {}): Seen => {
    const [domain] = seen({ 1: [0] }).domains;
    const vcpus = affinities.map((pcpu, number) => ({
      number,
      counters: { cpuTimeNs: BigInt(6 + number) * 10n ** 9n, delayNs: 0n },
      placement: { affinity: [pcpu], lastPcpu: pcpu },
      problem: undefined,
    }));
    return { ...seen({}), domains: [{ ...domainOf(1), id: 7, ...domain, ...over, vcpus }] };
  };
  const both = stateOf(saved(1), saved(1, { vcpu: 1, set: [[2]] }));

  test('has each looked at by itself', () => {
    expect(look(both, hostOf([1, 3])).vcpus).toMatchObject([
      { vcpu: 0, foreign: false, cpuTimeNs: 6n * 10n ** 9n },
      { vcpu: 1, foreign: true, cpuTimeNs: 7n * 10n ** 9n },
    ]);
  });

  test('that comes back has each held against its own configuration', () => {
    const bounds = { ...free, pins: [{ vcpu: 1, cpus: [2] }] };
    expect(look(both, hostOf([1, 2], { id: 8, bounds })).vcpus).toMatchObject([{ vcpu: 0, id: 8 }]);
  });

  test('has the start and the time of each kept before its pin', () => {
    const second = { ...pin(1, [3], [1]), vcpu: 1 };
    const host = hostOf([1, 3]);
    const domains = [...seen({ 2: [0] }, { id: 9 }).domains, ...host.domains];
    expect(recordIntent(stateOf(), [second], { ...host, domains }).vcpus).toEqual([
      saved(1, { vcpu: 1, original: [3], set: [[3], [1]], cpuTimeNs: 7n * 10n ** 9n }),
    ]);
  });
});

test('a time that could not be read is the one that was read last', () => {
  expect(look(stateOf(saved(1)), seen({ 1: [1] }, { cpuTimeNs: undefined })).vcpus).toEqual([saved(1)]);
  const unknown = saved(1, { cpuTimeNs: undefined });
  expect(look(stateOf(unknown), seen({ 1: [1] })).vcpus).toEqual([saved(1, { cpuTimeNs: 6n * 10n ** 9n })]);
});

test('a host that boots with its clock behind forgets nothing when that is set', () => {
  const yearMs = 365 * 24 * 3600_000;
  const move = { key: 'a/0', atMs: nowMs, from: [0], to: [1] };
  const over = { ...seen({}), over: new Set([domainOf(1).uuid]) };
  const booted = reconcile({ ...stateOf(saved(1)), moves: [move] }, over, nowMs - yearMs);
  expect(reconcile(booted, over, nowMs + 1000).vcpus).toHaveLength(1);
});

describe('whose pin it is', () => {
  const looked = (vcpu: Partial<SavedVcpu>, host: Seen) => look(stateOf(saved(1, vcpu)), host).vcpus[0];

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
    const once = look(before, seen({ 1: [1], 2: [3] }));
    expect(changedPins(before, once).map(({ domain }) => domain.name)).toEqual(['guest-2']);
    expect(changedPins(once, look(once, seen({ 1: [1], 2: [3] })))).toEqual([]);
  });

  test.each<[string, Partial<SavedVcpu>]>([
    ['whose it is', { foreign: true }],
    ['what was set', { set: [] }],
    ['the start of the domain', { id: 8 }],
    ['that it is gone', { goneAtMs: 5 }],
  ])('a change is to be remembered: %s', (_, over) => {
    expect(changedPins(stateOf(saved(1)), stateOf(saved(1, over)))).toEqual([saved(1, over)]);
  });

  test('time that passed is no change', () => {
    expect(changedPins(stateOf(saved(1)), stateOf(saved(1, { cpuTimeNs: 10n ** 12n })))).toEqual([]);
  });
});

describe('before and after pins', () => {
  test('the first affinity is kept for good, the others until it is known what became of the pin', () => {
    const host = seen({ 1: [0, 1, 2, 3], 2: [1] });
    const ahead = recordIntent(stateOf(saved(2)), [pin(1, [0, 1, 2, 3], [2]), pin(2, [1], [3])], host);
    expect(ahead.vcpus).toEqual([
      saved(2, { set: [[1], [3]] }),
      saved(1, { original: [0, 1, 2, 3], set: [[0, 1, 2, 3], [2]], cpuTimeNs: 6n * 10n ** 9n }),
    ]);
    const failed = { move: pin(2, [1], [3]), error: 'no', shown: undefined };
    const set = recordResult(ahead, [took(pin(1, [0, 1, 2, 3], [2])), failed]);
    expect(set.vcpus.map((vcpu) => [vcpu.original, vcpu.set])).toEqual([
      [[0], [[1], [3]]],
      [[0, 1, 2, 3], [[2]]],
    ]);
  });

  test('what a failed pin has left is not somebody else', () => {
    const ahead = recordIntent(stateOf(), [pin(1, [0], [1, 2])], seen({ 1: [0] }));
    const result = { move: pin(1, [0], [1, 2]), error: 'the host shows its affinity as 2', shown: [2] };
    const set = recordResult(ahead, [result]);
    expect(look(set, seen({ 1: [2] })).vcpus[0]).toMatchObject({ foreign: false });
  });

  test('and what it has not changed is as it was', () => {
    const ahead = recordIntent(stateOf(saved(2)), [pin(1, [0], [1, 2])], seen({ 1: [0] }));
    const shows = (shown: readonly number[]) => ({ move: pin(1, [0], [1, 2]), error: 'no', shown });
    expect(recordResult(ahead, [shows([0])])).toEqual(ahead);
    expect(recordResult(ahead, [shows([2])]).vcpus.map(({ set }) => set)).toEqual([
      [[1]],
      [[0], [1, 2], [2]],
    ]);
  });

  test('a foreign pin that is taken over is ours from then on', () => {
    const before = stateOf(saved(1, { foreign: true }));
    const set = recordResult(recordIntent(before, [pin(1, [3], [2])], seen({ 1: [3] })), [
      took(pin(1, [3], [2])),
    ]);
    expect(set.vcpus).toEqual([saved(1, { set: [[2]] })]);
  });

  test('a domain of which it is not known which start it is is never pinned', () => {
    const host = seen({ 1: [0] }, { id: undefined });
    expect(() => recordIntent(stateOf(), [pin(1, [0], [1])], host)).toThrow('is not known');
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
            state = look(state, seen({ 1: now }));
            const move = pin(1, now, to);
            state = recordIntent(state, [move], seen({ 1: now }));
            expect(look(state, seen({ 1: now })).vcpus[0]).toMatchObject({ foreign: false });
            now = to;
            expect(look(state, seen({ 1: now })).vcpus[0]).toMatchObject({ foreign: false });
            if (!cut) state = recordResult(state, [took(move)]);
            expect(look(state, seen({ 1: now })).vcpus[0]).toMatchObject({
              foreign: false,
              original: first,
            });
          }
        },
      ),
    );
  });
});

describe('what was found right before the pins', () => {
  const pinned = pin(1, [0], [1]);
  const ahead = recordIntent(stateOf(), [pinned], seen({ 1: [0] }));
  const result = (found: PinResult['found'], over: Partial<PinResult> = {}): PinResult => ({
    move: pinned,
    error: undefined,
    shown: [1],
    found,
    ...over,
  });
  const back = { domain: domainOf(1), vcpu: 0, from: [1] };

  test.each<[string, PinResult]>([
    ['the start and the affinity that were looked at', result({ id: 7, affinity: [0], idAfter: 7 })],
    ['what the pin was to set', result({ id: 7, affinity: [1], idAfter: 7 })],
    ['nothing, since it did not run', result({ id: undefined, affinity: undefined, idAfter: undefined })],
    ['nothing of its affinity', result({ id: 7, affinity: undefined, idAfter: undefined })],
  ])('%s: no mistake', (_, each) => {
    expect(findMistakes(ahead, [each])).toEqual([]);
  });

  test('nor is what is saved of nobody, or what the kernel made of a pCPU that is offline', () => {
    const other = result({ id: 9, affinity: [2], idAfter: 9 });
    expect(findMistakes(stateOf(), [other])).toEqual([]);
    const moved = result({ id: 7, affinity: [2, 3], idAfter: 7 });
    expect(findMistakes(ahead, [moved], [0, 2, 3])).toEqual([]);
    expect(findMistakes(ahead, [moved], [0, 1, 2, 3])).toMatchObject([{ kind: 'foreign' }]);
  });

  test('a mistake changes nothing of other vCPUs', () => {
    const others = { ...ahead, vcpus: [...ahead.vcpus, saved(2)] };
    const mistakes = findMistakes(others, [result({ id: 9, affinity: [2], idAfter: 9 })]);
    const kept = recordMistakes(others, mistakes);
    expect(kept.vcpus[1]).toEqual(saved(2));
    const undone = { move: { ...back, to: [2] }, error: undefined, shown: [2] };
    expect(recordUndone(kept, mistakes, [undone]).vcpus).toEqual([saved(2)]);
  });

  test('another start: what it had is kept, and dropped when it has it back', () => {
    const other = result({ id: 9, affinity: [2], idAfter: 9 });
    const mistakes = findMistakes(ahead, [other]);
    expect(mistakes).toMatchObject([{ kind: 'restarted', undo: { ...back, to: [2] } }]);
    const kept = recordMistakes(recordResult(ahead, [other]), mistakes);
    expect(kept.vcpus).toMatchObject([{ id: 9, original: [2], set: [[2], [1]], foreign: false }]);
    const undone = { move: { ...back, to: [2] }, error: undefined, shown: [2] };
    expect(recordUndone(kept, mistakes, [undone]).vcpus).toEqual([]);
    expect(recordUndone(kept, mistakes, [{ ...undone, error: 'no' }])).toEqual(kept);
  });

  test('another start of which it is not known whether it was pinned is kept', () => {
    const unread = result({ id: 9, affinity: [2], idAfter: undefined }, { error: 'gone', shown: undefined });
    const mistakes = findMistakes(ahead, [unread]);
    const kept = recordMistakes(recordResult(ahead, [unread]), mistakes);
    expect(recordUndone(kept, mistakes, []).vcpus).toMatchObject([{ id: 9, original: [2] }]);
  });

  test('another start that came between the commands has the first affinity to go back to', () => {
    const mistakes = findMistakes(ahead, [result({ id: 7, affinity: [0], idAfter: 9 })]);
    expect(mistakes).toMatchObject([{ kind: 'restarted', undo: { ...back, to: [0] } }]);
    expect(recordMistakes(ahead, mistakes).vcpus).toMatchObject([{ id: 9, original: [0] }]);
  });

  test('a pin by hand is put back and left to whoever made it', () => {
    const byHand = result({ id: 7, affinity: [2, 3], idAfter: 7 });
    const mistakes = findMistakes(ahead, [byHand]);
    expect(mistakes).toMatchObject([{ kind: 'foreign', undo: { ...back, to: [2, 3] } }]);
    const kept = recordMistakes(recordResult(ahead, [byHand]), mistakes);
    const undone = { move: { ...back, to: [2, 3] }, error: undefined, shown: [2, 3] };
    expect(recordUndone(kept, mistakes, [undone]).vcpus).toMatchObject([
      { id: 7, original: [0], foreign: true },
    ]);
    expect(recordUndone(kept, mistakes, [{ ...undone, error: 'no' }]).vcpus).toMatchObject([
      { foreign: false },
    ]);
  });

  test('a pin that did not take needs no way back', () => {
    const failed = result({ id: 9, affinity: [2], idAfter: 9 }, { error: 'no', shown: [2] });
    const mistakes = findMistakes(ahead, [failed]);
    expect(mistakes).toMatchObject([{ kind: 'restarted', undo: undefined }]);
    expect(recordUndone(recordMistakes(ahead, mistakes), mistakes, []).vcpus).toEqual([]);
  });
});
