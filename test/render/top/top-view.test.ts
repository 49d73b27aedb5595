import { describe, expect, test } from 'vitest';
import type { TopDomain } from '../../../src/render/top/top-model.ts';
import { firstView, inOrder, pressed, type TopView } from '../../../src/render/top/top-view.ts';

const domain = (name: string, figures: Partial<TopDomain> = {}): TopDomain => ({
  domain: { uuid: `uuid of ${name}`, name },
  vcpus: [],
  usagePct: 0,
  demandPct: 0,
  readyPct: 0,
  unknown: 0,
  planned: [],
  made: 0,
  ...figures,
});

const domains = ['web-1', 'web-2', 'DB', 'web-10', 'mail'].map((name) => domain(name));
const shown = { domains, page: 3, last: 2 };

/** What keys make of the first view, as far as it is another one. */
function after(...keys: readonly string[]): Partial<TopView> | 'quit' {
  let view: TopView = firstView;
  for (const key of keys) {
    const next = pressed(view, key, shown);
    if (next === 'quit') return next;
    view = next;
  }
  const changed = Object.entries(view).filter(([name, value]) => value !== firstView[name as keyof TopView]);
  return Object.fromEntries(changed);
}

const chosen = (name: string) => ({ chosen: `uuid of ${name}` });

describe('keys', () => {
  test.each<[string, Partial<TopView> | 'quit']>([
    ['q', 'quit'],
    ['f10', 'quit'],
    ['ctrl-c', 'quit'],
    ['x', {}],
    ['f5', {}],
    ['constructor', {}],
    ['down', chosen('web-2')],
    ['j j', chosen('DB')],
    ['down k', chosen('web-1')],
    ['up', chosen('web-1')],
    ['pagedown', chosen('web-10')],
    ['pagedown pagedown', chosen('mail')],
    ['space', chosen('web-10')],
    ['f f b', chosen('web-2')],
    ['f6', { sort: 'demand' }],
    ['f3', { isTyping: true }],
    ['end', chosen('mail')],
    ['G pageup', chosen('web-2')],
    ['G g', chosen('web-1')],
    ['s', { sort: 'demand' }],
    ['s s s', { sort: 'name' }],
    ['s s s s', {}],
    ['tab', { panel: 'plan' }],
    ['tab tab', { panel: 'moves' }],
    ['tab tab tab', {}],
    ['enter', { zoomed: 0 }],
    ['enter down down up', { zoomed: 1 }],
    ['enter up', { zoomed: 0 }],
    ['enter pagedown', { zoomed: 2 }],
    ['enter end up', { zoomed: 1 }],
    ['enter pagedown tab', { zoomed: 0, panel: 'plan' }],
    ['enter enter', {}],
    ['enter escape', {}],
    ['p', { isPaused: true }],
    ['p p', {}],
    ['h', { isHelp: true }],
    ['f1', { isHelp: true }],
    ['? q', {}],
    ['h ctrl-c', 'quit'],
    ['/', { isTyping: true }],
    ['/ d b', { isTyping: true, search: 'db', ...chosen('DB') }],
    ['/ d b backspace', { isTyping: true, search: 'd', ...chosen('DB') }],
    ['/ backspace', {}],
    ['/ q', { isTyping: true, search: 'q' }],
    ['/ ctrl-c', 'quit'],
    ['/ d b enter', { search: 'db', ...chosen('DB') }],
    ['/ d b escape', chosen('DB')],
    ['/ d f1 b up enter', { search: 'db', ...chosen('DB') }],
    ['/ w e b enter n', { search: 'web', ...chosen('web-2') }],
    ['/ w e b enter n n', { search: 'web', ...chosen('web-10') }],
    ['/ w e b enter n n n', { search: 'web', ...chosen('web-1') }],
    ['/ w e b enter N', { search: 'web', ...chosen('web-10') }],
    ['n', {}],
    ['/ x enter n', { search: 'x' }],
  ])('%s', (keys, expected) => {
    expect(after(...keys.split(' ').map((key) => (key === 'space' ? ' ' : key)))).toEqual(expected);
  });

  test('choose nothing where there is nothing', () => {
    for (const key of ['down', 'up', 'end', 'pagedown', 'n', '/'])
      expect(pressed({ ...firstView, search: 'x' }, key, { domains: [], page: 1, last: 0 })).toMatchObject({
        chosen: undefined,
      });
  });

  test('a domain that has gone is the first one', () => {
    const view = { ...firstView, chosen: 'gone' };
    expect(pressed(view, 'down', shown)).toMatchObject(chosen('web-2'));
  });
});

describe('the order', () => {
  const all = [
    domain('guest-10', { readyPct: 5, demandPct: 80, made: 1 }),
    domain('guest-9', { readyPct: 5.2, demandPct: 20, made: 3 }),
    domain('guest-1', { readyPct: undefined, demandPct: 50 }),
  ];

  test.each([
    ['ready', 'guest-9 guest-10 guest-1'],
    ['demand', 'guest-10 guest-1 guest-9'],
    ['moves', 'guest-9 guest-10 guest-1'],
    ['name', 'guest-1 guest-9 guest-10'],
  ] as const)('by %s', (sort, names) => {
    expect(
      inOrder(all, sort)
        .map((each) => each.domain.name)
        .join(' '),
    ).toBe(names);
  });
});
