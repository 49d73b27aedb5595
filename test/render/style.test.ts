import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { style } from '../../src/render/style.ts';

describe('bars', () => {
  test.each([
    [0, 100, '', ''],
    [0.01, 100, '#', '▏'],
    [50, 100, '#####', '█████'],
    [56, 100, '######', '█████▋'],
    [100, 100, '##########', '██████████'],
    [150, 100, '##########', '██████████'],
    [100, 400, '###', '██▌'],
    [-5, 100, '', ''],
  ])('%d of %d', (pct, fullPct, ascii, blocks) => {
    expect(style(false, false).bar(pct, fullPct, 10)).toBe(ascii);
    expect(style(false, true).bar(pct, fullPct, 10)).toBe(blocks);
  });

  test('never longer than the width', () => {
    const pct = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(pct, fc.integer({ min: 1, max: 40 }), fc.boolean(), (load, width, unicode) => {
        expect(style(false, unicode).bar(load, Math.max(100, load), width).length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('bars of what guests want and of what the host runs besides', () => {
  test.each([
    [50, 0, 100, '#####', '█████'],
    [50, 50, 100, '#####=====', '█████▒▒▒▒▒'],
    [0, 30, 100, '===', '▒▒▒'],
    [100, 100, 400, '###==', '███▒▒'],
    [100, 0.1, 100.1, '#########=', '█████████▒'],
    [0.1, 100, 100.1, '#=========', '█▒▒▒▒▒▒▒▒▒'],
  ])('%d and %d of %d', (guestPct, backgroundPct, fullPct, ascii, blocks) => {
    expect(style(false, false).barOfTwo(guestPct, backgroundPct, fullPct, 10)).toBe(ascii);
    expect(style(false, true).barOfTwo(guestPct, backgroundPct, fullPct, 10)).toBe(blocks);
  });

  test('never longer than the width, and each part shows', () => {
    const pct = fc.double({ min: 0.01, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(pct, pct, fc.integer({ min: 2, max: 40 }), (guestPct, backgroundPct, width) => {
        const fullPct = Math.max(100, guestPct + backgroundPct);
        const shown = style(false, false).barOfTwo(guestPct, backgroundPct, fullPct, width);
        expect(shown).toMatch(/^#+=+$/);
        expect(shown.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

test.each([
  [90, '\u001b[32mx\u001b[39m'],
  [90.1, '\u001b[33mx\u001b[39m'],
  [100.1, '\u001b[31mx\u001b[39m'],
])('a load of %d %% has its colour', (loadPct, dressed) => {
  expect(style(true, true).load(loadPct, 'x')).toBe(dressed);
  expect(style(false, true).load(loadPct, 'x')).toBe('x');
});

test('nothing is dressed as nothing', () => {
  expect(style(true, true).bold('')).toBe('');
});
