import { describe, expect, test } from 'vitest';
import { dropRestored, planRestore } from '../../src/state/plan-restore.ts';
import { saved, seen, stateOf } from './support.ts';

const all = () => true;
const names = (items: readonly { readonly domain: { readonly name: string } }[]) =>
  items.map(({ domain }) => domain.name);

describe('what is put back', () => {
  test('what is elsewhere; not what is back already, nor what is not wanted', () => {
    const state = stateOf(saved(1), saved(2), saved(3, { original: [2, 3] }));
    const host = seen({ 1: [1], 2: [0], 3: [1] });
    const { pins, back, foreign, stuck } = planRestore(state, host, all, 'respect');
    expect(pins.map(({ domain, from, to }) => [domain.name, from, to])).toEqual([
      ['guest-1', [1], [0]],
      ['guest-3', [1], [2, 3]],
    ]);
    expect([names(back), foreign, stuck]).toEqual([['guest-2'], [], []]);
    const none = planRestore(state, host, ({ domain }) => domain.name === 'guest-2', 'respect');
    expect([none.pins, names(none.back)]).toEqual([[], ['guest-2']]);
  });

  test('what somebody else has pinned is left, or taken over; unless it is back already', () => {
    const state = stateOf(saved(1, { foreign: true }), saved(2, { foreign: true }));
    const host = seen({ 1: [3], 2: [0] });
    const respected = planRestore(state, host, all, 'respect');
    expect([respected.pins, names(respected.foreign), names(respected.back)]).toEqual([
      [],
      ['guest-1'],
      ['guest-2'],
    ]);
    expect(names(planRestore(state, host, all, 'adopt').pins)).toEqual(['guest-1']);
  });

  test('one whose affinity cannot be read is kept', () => {
    const { pins, stuck } = planRestore(stateOf(saved(1)), seen({ 1: undefined }), all, 'respect');
    expect([pins, stuck[0]?.reason]).toEqual([
      [],
      'libvirt did not report where it may run (the domain may be busy)',
    ]);
  });

  test('one whose start is over waits for it to come back, and without a word', () => {
    const state = stateOf(saved(1, { goneAtMs: 5 }));
    expect(planRestore(state, seen({}), all, 'respect')).toEqual({
      pins: [],
      back: [],
      foreign: [],
      stuck: [],
    });
  });

  test.each<[string, ReturnType<typeof saved>, ReturnType<typeof seen>, string]>([
    ['is missing from the answer', saved(1), seen({}), 'where it may run'],
    [
      'has come back, and is not known to be the old one',
      saved(1, { goneAtMs: 5 }),
      seen({ 1: [1] }),
      'all that tells whose pin it has',
    ],
    ['is another start', saved(1), seen({ 1: [1] }, { id: 8 }), 'all that tells whose pin it has'],
    [
      'is another start of which nothing could be read',
      saved(1),
      seen({ 1: undefined }, { id: 8 }),
      'where it may run',
    ],
    ['has lost its vCPU', saved(1), seen({ 1: [1] }, { number: 3 }), 'where it may run'],
  ])('a domain that %s is kept as it is', (_, vcpu, host, what) => {
    const { pins, back, foreign, stuck } = planRestore(stateOf(vcpu), host, all, 'respect');
    expect([pins, back, foreign]).toEqual([[], [], []]);
    expect(stuck).toEqual([
      {
        domain: vcpu.domain,
        vcpu: 0,
        reason: `libvirt did not report ${what} (the domain may be busy)`,
      },
    ]);
  });

  test('another affinity than the first is put back, and no reason to forget that', () => {
    const state = stateOf(saved(1), saved(2));
    const { pins, back } = planRestore(state, seen({ 1: [1], 2: [3] }), all, 'respect', () => [3]);
    expect([pins.map(({ domain, to }) => [domain.name, to]), back]).toEqual([[['guest-1', [3]]], []]);
  });

  test('a pCPU of it is offline: it gets the others, if there are any, and is kept', () => {
    const state = stateOf(saved(1, { original: [0, 3] }), saved(2, { original: [3] }));
    const { pins, stuck } = planRestore(
      state,
      seen({ 1: [1], 2: [1] }, { online: [0, 1, 2] }),
      all,
      'respect',
    );
    expect(pins.map(({ domain, to }) => [domain.name, to])).toEqual([['guest-1', [0]]]);
    expect(stuck.map(({ reason }) => reason)).toEqual([
      'pCPU 3 of its 0,3 is offline: restore it again when that is back',
      'pCPU 3 of its 3 is offline: restore it again when that is back',
    ]);
    const again = planRestore(state, seen({ 1: [0], 2: [1] }, { online: [0, 1, 2] }), all, 'respect');
    expect([again.pins, again.stuck]).toEqual([[], stuck]);
  });
});

test('forgotten is what is back, and what took and is all of what it was', () => {
  const state = stateOf(saved(1), saved(2), saved(3), saved(4, { original: [0, 3] }), saved(5));
  const pinned = (index: number, error?: string) => ({
    move: { ...saved(index), from: [1], to: [0] },
    error,
    shown: undefined,
  });
  const left = dropRestored(state, [saved(1)], [pinned(2), pinned(3, 'no'), pinned(4)]);
  expect(names(left.vcpus)).toEqual(['guest-3', 'guest-4', 'guest-5']);
});
