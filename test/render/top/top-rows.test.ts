import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { style } from '../../../src/render/style.ts';
import type { TopModel } from '../../../src/render/top/top-model.ts';
import { type Frame, topRows } from '../../../src/render/top/top-rows.ts';
import { firstView, panels, type TopView } from '../../../src/render/top/top-view.ts';
import { anyText, control } from '../../support/any-text.ts';
import { moveOf } from '../../support/plans.ts';
import { guestUuid } from '../../support/sim-host.ts';
import { modelOf, noonMs, topologyOf, vcpuOn } from './support.ts';

const frame: Frame = {
  columns: 80,
  rows: 24,
  uri: 'qemu:///system',
  interval: 2,
  atMs: noonMs,
  unicode: true,
  problem: undefined,
};

function rowsOf(
  model: TopModel | undefined,
  view: Partial<TopView> = {},
  over: Partial<Frame> = {},
): readonly string[] {
  const all = { ...frame, ...over };
  return topRows(model, { ...firstView, ...view }, all, style(false, all.unicode, all.columns)).rows;
}

/** The same as a text, without the blanks at the ends. */
function shown(...args: Parameters<typeof rowsOf>): string {
  return rowsOf(...args)
    .map((row) => `${row.trimEnd()}\n`)
    .join('');
}

const guests = [
  vcpuOn(0, 1, [40, 60]),
  vcpuOn(0, 2, [40, 50]),
  vcpuOn(0, 10, [20, 60]),
  vcpuOn(1, 10, [20, 0], { vcpu: 1 }),
  vcpuOn(2, 3, [15, 0]),
];
const small = modelOf(guests, {
  background: new Map([[1, 50]]),
  moves: [moveOf(2, 'guest-2', [3], { reason: 'pCPU 0 is full' }), moveOf(1, 'guest-1', [2])],
  past: [
    { key: `${guestUuid(9)}/0`, atMs: noonMs - 3_600_001, from: [0], to: [1] },
    { key: `${guestUuid(3)}/0`, atMs: noonMs - 60_000, from: [0, 1], to: [2] },
    { key: `${guestUuid(8)}/4`, atMs: noonMs - 1000, from: [1], to: [0] },
  ],
  balancer: { pid: 4711, command: 'watch' },
});

describe('80 × 24', () => {
  test('four pCPUs as bars, the domains that wait longest first, the vCPUs of the first', () => {
    expect(shown(small)).toMatchInlineSnapshot(`
      "qemu:///system: 4 pCPUs, 4 domains, 5 vCPUs                  12:00:00, every 2 s
      Load: mean 89 %, range 0-270 %, host 13 %; 1 pCPU above 100 %. Ready: at most 6…
      Plan: would pin 2 vCPUs: the loads go from 0-120 % to 60-60 %
      0 ███████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 270 %
      1 ██████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒                 70 %
      2 ████████                                            15 %
      3                                                      0 %

       domain                     vCPUs   usage  demand *ready plan  moved  pCPUs
      >guest-1                        1    40 %   100 %   60 %    1         0
       guest-10                       2    40 %   100 %   60 %              0-1
       guest-2                        1    40 %    90 %   50 %    1         0
       guest-3                        1    15 %    15 %    0 %           1  2

      vCPUs of guest-1
         vCPU   pCPU  usage demand  ready  affinity    plan
            0      0   40 %  100 %   60 %  0           to 2






      q quit   h help   / search   s sort: ready   Tab vCPUs   Enter more   p pause
      "
    `);
  });

  test('the plan', () => {
    expect(shown(small, { panel: 'plan' }).split('\n').slice(-10)).toMatchInlineSnapshot(`
      [
        "guest-2 vCPU 0, pCPU 0 → 3  pCPU 0 is full",
        "guest-1 vCPU 0, pCPU 0 → 2  to make it even",
        "",
        "",
        "",
        "",
        "",
        "",
        "q quit   h help   / search   s sort: ready   Tab plan   Enter more   p pause",
        "",
      ]
    `);
  });

  test('what was moved within the last hour, the newest first, and who runs', () => {
    expect(shown(small, { panel: 'moves' }).split('\n').slice(-10)).toMatchInlineSnapshot(`
      [
        "11:59:59  6c0e3c5a-54d1-4b0e-9d8e-000000000008 vCPU 4, pCPU 1 → 0",
        "11:59:00  guest-3 vCPU 0, pCPU 0-1 → 2",
        "",
        "",
        "",
        "",
        "",
        "",
        "q quit   h help   / search   s sort: ready   Tab moves   Enter more   p pause",
        "",
      ]
    `);
  });

  test('the plan in the whole height below the pCPUs, scrolled', () => {
    const moves = Array.from({ length: 30 }, (_, i) => moveOf(i, `guest-${i}`, [1]));
    const zoomed = shown(modelOf(guests, { moves }), { panel: 'plan', zoomed: 4 }).split('\n');
    expect(zoomed.slice(8, 11)).toMatchInlineSnapshot(`
      [
        "Plan of 12:00:00: 30 moves, from 5 of 30",
        "guest-4 vCPU 0, pCPU 0 → 1  to make it even",
        "guest-5 vCPU 0, pCPU 0 → 1  to make it even",
      ]
    `);
    const end = shown(modelOf(guests, { moves }), { panel: 'plan', zoomed: 1000 }).split('\n');
    expect(end[22]).toContain('guest-29 ');
  });

  test('in ASCII', () => {
    expect(shown(small, {}, { unicode: false })).not.toMatch(/[^ -~\n]/);
    expect(shown(small, {}, { unicode: false }).split('\n').slice(3, 7)).toMatchInlineSnapshot(`
      [
        "0 ###################------------------------------- 270 %",
        "1 ##########=========================                 70 %",
        "2 ########                                            15 %",
        "3                                                      0 %",
      ]
    `);
  });

  test('the help has every key', () => {
    expect(shown(small, { isHelp: true })).toMatchInlineSnapshot(`
      "qemu:///system: 4 pCPUs, 4 domains, 5 vCPUs                  12:00:00, every 2 s
      Load: mean 89 %, range 0-270 %, host 13 %; 1 pCPU above 100 %. Ready: at most 6…
      Plan: would pin 2 vCPUs: the loads go from 0-120 % to 60-60 %

        q, F10, Ctrl-C     quit
        Up, Down, k, j     choose a domain
        PgUp, PgDn, b, f   a page up or down
        Home, End, g, G    the first or the last
        /, F3              search a domain as you type; Enter ends it, Esc cancels it
        n, N               the next or the previous that the search fits
        s, F6              sort by ready time, demand, moves or name
        Tab                the vCPUs of the chosen domain, the plan, the pins of an ho
        Enter, Esc         give that the whole height, where the arrows scroll it
        p                  pause the display, or continue it
        Ctrl-L, Ctrl-Z     draw anew; stop, until fg
        h, ?, F1           this help, until the next key

        A bar of a pCPU: ████ guests  ▒▒▒▒ host  ░░░░ ready.
        It is full at 100 %; above that, the parts share it.
        A domain has the sums of its vCPUs in per cent of one pCPU, and their longest
        ready time. Nothing is pinned; man vcpusched-top tells more.


      q quit   h help   / search   s sort: ready   Tab vCPUs   Enter more   p pause
      "
    `);
  });

  test('a failure stands below the figures of the last cycle', () => {
    const rows = rowsOf(small, {}, { problem: 'cannot reach\nlibvirt' });
    expect(rows[3]).toMatch(/^cannot reach\\u\{a\}libvirt /);
  });

  test('before the first figures', () => {
    expect(shown(undefined).split('\n').slice(0, 3)).toMatchInlineSnapshot(`
      [
        "qemu:///system                                               12:00:00, every 2 s",
        "",
        "Measuring ...",
      ]
    `);
  });
});

/** Each second L3 is crowded. */
const large = (cells: number, l3s: number, cores: number) => {
  const topology = topologyOf(cells, l3s, cores);
  const vcpus = topology.map(({ id, l3Id = 0 }) =>
    vcpuOn(id, id, l3Id % 2 === 1 ? [55, id === 1 ? 60 : 10] : [30, 0]),
  );
  const [first] = topology;
  const crowded = topology.find(({ l3Id }) => l3Id === 1)?.id ?? first?.id ?? 0;
  return modelOf([...vcpus, vcpuOn(crowded, 1, [40, 40], { vcpu: 1 })], { pcpus: topology.length, topology });
};

describe('64 pCPUs', () => {
  const model = large(2, 2, 8);

  test('80 × 24: a character for each, the threads of a core together, and the busiest by number', () => {
    expect(shown(model).split('\n').slice(3, 7)).toMatchInlineSnapshot(`
      [
        "cell 0  ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃  !▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆",
        "cell 1  ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃ ▃▃  ▆▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆ ▆▆",
        "Busiest:  8: 145 %  9: 65 %  10: 65 %  11: 65 %  12: 65 %  13: 65 %  14: 65 %",
        "",
      ]
    `);
  });

  test('120 × 40: bars, below the names of cells and L3s', () => {
    expect(shown(model, {}, { columns: 120, rows: 40 }).split('\n').slice(3, 10)).toMatchInlineSnapshot(`
      [
        "cell 0, L3 0",
        " 0 █     30 %  32 █     30 %   1 █     30 %  33 █     30 %   2 █     30 %  34 █     30 %   3 █     30 %  35 █     30 %",
        " 4 █     30 %  36 █     30 %   5 █     30 %  37 █     30 %   6 █     30 %  38 █     30 %   7 █     30 %  39 █     30 %",
        "cell 0, L3 1",
        " 8 ███░ 145 %  40 ██░   65 %   9 ██░   65 %  41 ██░   65 %  10 ██░   65 %  42 ██░   65 %  11 ██░   65 %  43 ██░   65 %",
        "12 ██░   65 %  44 ██░   65 %  13 ██░   65 %  45 ██░   65 %  14 ██░   65 %  46 ██░   65 %  15 ██░   65 %  47 ██░   65 %",
        "cell 1, L3 2",
      ]
    `);
  });
});

describe('512 pCPUs', () => {
  const model = large(4, 8, 8);

  test.each([
    [80, 24],
    [120, 40],
    [200, 50],
  ])('%i × %i', (columns, rows) => {
    const text = shown(model, {}, { columns, rows });
    expect(text.split('\n').slice(3, 13)).toMatchSnapshot();
  });

  test('in ASCII a digit is tens of per cent', () => {
    expect(shown(model, {}, { unicode: false }).split('\n')[3]).toMatchInlineSnapshot(
      `"cell 0  3333333333333333 !666666666666666 3333333333333333 6666666666666666"`,
    );
  });
});

test('120 × 40: the vCPUs, the plan and what was moved beside the domains', () => {
  expect(shown(small, {}, { columns: 120, rows: 40 })).toMatchSnapshot();
});

test('colour is of loads and parts, and the chosen row is reversed', () => {
  const rows = topRows(small, firstView, frame, style(true, true, 80)).rows.join('\n');
  for (const code of [31, 32, 36, 7]) expect(rows).toContain(`\u001b[${code}m`);
});

describe('whatever the size', () => {
  const anyView = fc.record({
    panel: fc.constantFrom(...panels),
    zoomed: fc.option(fc.nat(200), { nil: undefined }),
    isHelp: fc.boolean(),
    isTyping: fc.boolean(),
    isPaused: fc.boolean(),
  });
  const models = [small, large(2, 2, 8), modelOf([]), modelOf([], { pcpus: 0 }), undefined];

  test('there are as many rows as the terminal has, and none is wider', () => {
    fc.assert(
      fc.property(
        fc.nat(70),
        fc.nat(250),
        fc.constantFrom(...models),
        anyView,
        fc.boolean(),
        (rows, columns, model, view, unicode) => {
          const text = rowsOf(model, view, { rows, columns, unicode });
          expect(text).toHaveLength(rows);
          // Below that the terminal cuts what does not fit.
          if (columns >= 60) for (const row of text) expect(stringWidth(row)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});

test('no name reaches the terminal as more than text', () => {
  fc.assert(
    fc.property(
      anyText,
      anyText,
      fc.constantFrom(...panels),
      fc.constantFrom(80, 150),
      (name, search, panel, columns) => {
        const domain = { uuid: guestUuid(1), name };
        const model = modelOf([vcpuOn(0, 1, [20, 30], { domain })], {
          moves: [moveOf(1, name, [1], { reason: name })],
          past: [{ key: `${guestUuid(1)}/0`, atMs: noonMs, from: [0], to: [1] }],
          balancer: { pid: 1, command: 'watch' },
        });
        for (const isTyping of [true, false]) {
          const rows = rowsOf(model, { panel, search, isTyping }, { columns, uri: name, problem: name });
          expect(rows.join('')).not.toMatch(control);
        }
      },
    ),
  );
});
