import { expect, test } from 'vitest';
import { doubtfulName } from '../../src/host/join-domains.ts';
import { tellNamesApart } from '../../src/host/tell-names-apart.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';

const snapshot = (takenAtMs: number, doubtful: readonly string[]): Snapshot => ({
  takenAtMs,
  online: [0],
  isolated: [],
  topology: [],
  pcpuTimes: new Map(),
  capacity: new Map(),
  domains: [],
  leftAlone: doubtful.map((uuid) => ({ domain: { uuid, name: 'x' }, vcpu: undefined, reason: doubtfulName })),
});

/** Takes samples, of which each has these in doubt; returns which were given, by their number. */
async function given(samples: number, ...doubtful: readonly (readonly string[])[]) {
  let taken = 0;
  const sample = async () => snapshot(taken, doubtful[taken++] ?? []);
  const reader = tellNamesApart({ sample, uri: () => '' });
  const found: number[] = [];
  for (let i = 0; i < samples; i++) found.push((await reader.sample()).takenAtMs);
  return found;
}

test('names that can be told apart take one look', async () => {
  expect(await given(3)).toEqual([0, 1, 2]);
});

test('a name that is in doubt takes another look, at once', async () => {
  expect(await given(3, ['a'], [])).toEqual([1, 2, 3]);
});

test('one that stays in doubt takes no look for each sample', async () => {
  expect(await given(3, ['a'], ['a'], ['a'], ['a'])).toEqual([1, 2, 3]);
});

test('another one that comes to be in doubt does', async () => {
  expect(await given(3, ['a'], ['a'], ['a', 'b'], ['a'])).toEqual([1, 3, 4]);
});
