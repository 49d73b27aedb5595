import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostOf } from '../support.ts';
import { anyHost, decided } from './support.ts';

test('moves and places nothing, and tells the loads as they are: one that floats is where there is room', () => {
  const host = hostOf(2, [
    { demand: 60, on: 0 },
    { demand: 70, on: 0 },
    { demand: 30, on: [0, 1], last: 0 },
  ]);
  const loads = [
    { cpus: [0], loadPct: 130, backgroundPct: 0, vcpus: 2 },
    { cpus: [1], loadPct: 30, backgroundPct: 0, vcpus: 0 },
  ];
  const summary = 'this policy moves nothing';
  expect(decided('none', host)).toMatchObject({
    moves: [],
    isCertain: true,
    summary,
    before: loads,
    after: loads,
    leftAlone: [],
  });
});

test('on any host', () => {
  fc.assert(fc.property(anyHost, (host) => decided('none', host).moves.length === 0));
});
