import { expect, test } from 'vitest';
import { tuning } from '../../src/balance/constants.ts';
import { estimate } from '../../src/balance/estimate.ts';
import { itemsOf } from '../../src/balance/item.ts';
import { type Layout, layoutAtHome, loadPctAt, put } from '../../src/balance/layout.ts';
import { repartition } from '../../src/balance/repartition.ts';
import { sendHome } from '../../src/balance/send-home.ts';
import { bestStep, improve } from '../../src/balance/steps.ts';
import { unitsOf } from '../../src/balance/units.ts';
import { defaults, hostOf, type Wish } from './support.ts';

function layoutOf(pcpuCount: number, wishes: readonly Wish[]): Layout {
  const host = hostOf(pcpuCount, wishes);
  const units = unitsOf(host, 'cpu');
  return layoutAtHome(itemsOf(units, host.vcpus, estimate(host.vcpus, undefined).demands), units);
}

const on = (pcpu: number, ...demands: number[]): readonly Wish[] =>
  demands.map((demand) => ({ demand, on: pcpu }));

const unlimited = Number.POSITIVE_INFINITY;

test('the best single move carries half the gap', () => {
  const step = bestStep(layoutOf(2, on(0, 60, 40, 20)), unlimited);
  expect([step?.item.demand.openPct, step?.back]).toEqual([60, undefined]);
  expect(step?.gain).toBe(2 * 60 * (120 - 60) - tuning.awayPrice);
});

test('where no move fits, two change places', () => {
  const step = bestStep(layoutOf(2, [...on(0, 60, 60), ...on(1, 30, 30)]), unlimited);
  expect([step?.item.demand.openPct, step?.back?.demand.openPct]).toEqual([60, 30]);
  expect(bestStep(layoutOf(2, [...on(0, 60, 60), ...on(1, 30, 30)]), 1)).toBeUndefined();
});

test('a step that gains less than it costs is none', () => {
  expect(bestStep(layoutOf(2, [...on(0, 50, 2), ...on(1, 49)]), unlimited)).toBeUndefined();
});

test('of equals the first goes, to the first of equal pCPUs', () => {
  const step = bestStep(layoutOf(4, on(1, 30, 30, 30)), unlimited);
  expect([step?.item.index, step?.to]).toEqual([0, 0]);
});

test('of steps alike, the one that keeps a domain apart', () => {
  const step = bestStep(
    layoutOf(2, [
      { demand: 30, on: 0, domain: 'a' },
      { demand: 30, on: 0, domain: 'b' },
      { demand: 30, on: 0, domain: 'c' },
      { demand: 10, on: 1, domain: 'a' },
    ]),
    unlimited,
  );
  expect(step?.item.vcpu.domain.name).toBe('b');
});

test('looks beyond the fullest pCPU where nothing there may move', () => {
  const fixed = { demand: 90, on: 0, fixed: 'by hand' };
  const { loads } = improve(layoutOf(3, [fixed, ...on(1, 30, 30)]));
  expect(loads).toEqual([90, 30, 30]);
});

test('a repartition keeps each group where most of it is at home', () => {
  const layout = layoutOf(3, [...on(2, 50, 10), ...on(1, 40, 20), ...on(0, 60)]);
  expect(repartition(layout).places).toEqual(layout.places);
});

test('a repartition leaves what is fixed, and keeps to what is allowed', () => {
  const wishes = [
    { demand: 50, on: 1, fixed: 'by hand' },
    { demand: 50, on: 1, allowed: [0, 1] },
    { demand: 50, on: 1, allowed: [1, 2] },
  ];
  expect(repartition(layoutOf(3, wishes)).places).toEqual([1, 0, 2]);
});

test('what a plan can do without goes home', () => {
  const layout = layoutOf(2, [...on(0, 40, 0.5), ...on(1, 40)]);
  const [, small] = layout.items;
  if (small !== undefined) put(layout, small, 1);
  expect(sendHome(layout, defaults).places).toEqual([0, 0, 1]);
});

test('and goes home in exchange for another like it that is not at home either', () => {
  const layout = layoutOf(2, [...on(0, 40, 40), ...on(1, 39, 41)]);
  const [first, , third] = layout.items;
  if (first !== undefined) put(layout, first, 1);
  if (third !== undefined) put(layout, third, 0);
  expect(sendHome(layout, defaults).places).toEqual([0, 0, 1, 1]);
  expect(loadPctAt(layout, 0)).toBe(79);
});
