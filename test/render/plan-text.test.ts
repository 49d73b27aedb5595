import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { planText } from '../../src/render/plan-text.ts';
import { style } from '../../src/render/style.ts';
import { anyText, control } from '../support/any-text.ts';
import { moveOf, planOf } from '../support/plans.ts';

const plain = style(false, false);

test('the moves, the loads before and after, and why', () => {
  const plan = planOf([
    moveOf(1, 'web', [1]),
    moveOf(2, 'Größe 日本', [1], { vcpu: 12, kind: 'swap', demandPct: 7 }),
  ]);
  expect(planText(plan, plain)).toMatchInlineSnapshot(`
    "domain      vCPU  demand  from  to  why
    web            0    46 %     0   1  move: to make it even
    Größe 日本    12     7 %     0   1  swap: to make it even

    pCPU  before                       vCPUs  after             vCPUs
       0  ####################  120 %      3  ##########  60 %      1
       1                          0 %      0  ##########  60 %      2

    Plan: the loads go from 0-120 % to 60-60 %
    "
  `);
});

test('nothing to do', () => {
  const domain = { uuid: 'a', name: 'db' };
  const plan = planOf([], {
    summary: 'balanced',
    leftAlone: [{ domain, vcpu: 3, reason: 'it has just started' }],
  });
  expect(planText(plan, plain)).toMatchInlineSnapshot(`
    "pCPU  load                         vCPUs
       0  ####################  120 %      3
       1                          0 %      0

    left alone: db vCPU 3: it has just started

    Plan: balanced
    "
  `);
});

test('no usable pCPU', () => {
  expect(planText(planOf([], { before: [], after: [], summary: 'no usable pCPU' }), plain)).toBe(
    'Plan: no usable pCPU\n',
  );
});

test('colour dresses the text and changes nothing else', () => {
  const plan = planOf([moveOf(1, 'web', [1])]);
  const dressed = planText(plan, style(true, false));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what colour is made of
  const sequence = /\u001b\[\d+m/g;
  expect(dressed.replaceAll(sequence, '')).toBe(planText(plan, plain));
  expect(new Set(dressed.match(sequence))).toEqual(
    new Set(['\u001b[1m', '\u001b[22m', '\u001b[31m', '\u001b[32m', '\u001b[39m']),
  );
});

test('whatever domains are called and virsh says, no control character is printed', () => {
  fc.assert(
    fc.property(anyText, anyText, (name, reason) => {
      const leftAlone = [{ domain: { uuid: 'a', name }, vcpu: undefined, reason }];
      const text = planText(planOf([moveOf(1, name, [1], { reason })], { leftAlone }), plain);
      expect(text.replaceAll('\n', '')).not.toMatch(control);
      expect(text.split('\n')).toHaveLength(11);
    }),
  );
});

test.each([60, 80])('at a terminal of %i columns every line fits', (columns) => {
  const reason = 'pCPU 0 at 264 %, pCPU 2 at 0 %, mean 66 %, and some more to say';
  const plan = planOf([moveOf(1, 'a-name-that-is-much-too-long-for-this', [1, 3, 5, 7, 9], { reason })], {
    before: [{ cpus: [0, 2, 4, 6, 8, 10], loadPct: 264, backgroundPct: 20, vcpus: 30 }],
    after: [{ cpus: [0, 2, 4, 6, 8, 10], loadPct: 250, backgroundPct: 20, vcpus: 29 }],
  });
  const text = planText(plan, style(false, false, columns));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(text.split(/\s+/)).toEqual(expect.arrayContaining(reason.split(' ')));
});
