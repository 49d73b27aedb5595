import { expect, test } from 'vitest';
import { leftAloneText } from '../../src/render/left-alone-text.ts';
import { style } from '../../src/render/style.ts';

const item = (name: string, reason: string, vcpu?: number) => ({
  domain: { uuid: name, name },
  vcpu,
  reason,
});
const text = (...items: readonly ReturnType<typeof item>[]) => leftAloneText(items, style(false, false));

test('a line for each reason', () => {
  expect(text(item('a', 'paused'), item('b', 'busy', 2), item('c', 'paused'))).toBe(
    'left alone: a, c: paused\nleft alone: b vCPU 2: busy\n',
  );
});

test('six are named, more are counted', () => {
  const many = (count: number) => text(...Array.from({ length: count }, (_, i) => item(`d${i}`, 'off')));
  expect(many(6)).toBe('left alone: d0, d1, d2, d3, d4, d5: off\n');
  expect(many(60)).toBe('left alone: d0, d1, d2, d3, d4, and 55 more: off\n');
});

test('none', () => {
  expect(text()).toBe('');
});
