import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostLoad } from '../../src/model/load.ts';
import type { LeftAlone } from '../../src/model/plan.ts';
import { statusText } from '../../src/render/status-text.ts';
import { style } from '../../src/render/style.ts';
import { anyText, control } from '../support/any-text.ts';
import { hostLoadOf, loadOf } from '../support/plans.ts';

const whole = { measured: 0, running: 0, reason: undefined };
const render = (load: HostLoad, leftAlone: readonly LeftAlone[] = [], unicode = false) =>
  statusText(
    { measured: { load, leftAlone, coverage: whole }, snapshot: { online: [0, 1, 2] }, windowMs: 2004 },
    style(false, unicode),
  );

test('the pCPUs, and below each the vCPUs on it, as people count', () => {
  const busy = { kind: 'measured', usagePct: 60, delayPct: 70 } as const;
  const floating = { affinity: [0, 1], lastPcpu: 1 };
  const load = hostLoadOf(
    loadOf('web-10'),
    loadOf('web-9', { vcpu: 11, reading: busy }),
    loadOf('web-9', { vcpu: 2 }),
    loadOf('db', { placement: floating, domain: { uuid: 'b', name: 'db' } }),
  );
  expect(render(load)).toMatchInlineSnapshot(`
    "pCPU  load                         domain  vCPU  usage  demand  ready  affinity
       0  ####################  200 %  web-9      2   20 %    50 %   30 %  0
                                       web-9     11   60 %   100 %   70 %  0
                                       web-10     0   20 %    50 %   30 %  0
       1  #####                  50 %  db         0   20 %    50 %   30 %  0-1
       2                          0 %

    3 pCPUs, 2 domains, 4 vCPUs; mean load 83 %, measured over 2.0 s
    "
  `);
});

test('a terminal with block characters', () => {
  const [, row] = render(hostLoadOf(loadOf('web')), [], true).split('\n');
  expect(row).toContain('██████████ ');
});

describe('what is no guest’s', () => {
  const load = {
    ...hostLoadOf(loadOf('web'), loadOf('db', { placement: { affinity: [1], lastPcpu: 1 } })),
    background: new Map([
      [1, 90],
      [2, 12.4],
    ]),
    overheads: [
      { domain: { uuid: 'a', name: 'db' }, overheadPct: 84.6 },
      { domain: { uuid: 'b', name: 'web' }, overheadPct: 7 },
    ],
  };

  test('stands behind the guests in the bar, and below them', () => {
    expect(render(load)).toMatchInlineSnapshot(`
      "pCPU  load                         domain     vCPU  usage  demand  ready  affinity
         0  #######                50 %  web           0   20 %    50 %   30 %  0
         1  #######=============  140 %  db            0   20 %    50 %   30 %  1
                                         host 90 %
         2  ==                     12 %  host 12 %

      3 pCPUs, 1 domain, 2 vCPUs; mean load 67 % (host 34 %), measured over 2.0 s
      Emulator and I/O threads: db 85 %, web 7 % of a pCPU
      "
    `);
  });

  test('in another shade where there are block characters', () => {
    const rows = render(load, [], true).split('\n');
    expect(rows[2]).toContain('███████▒▒▒▒▒▒▒▒▒▒▒▒▒  140 %');
    expect(rows[4]).toContain('▒▒ ');
  });
});

test('a vCPU that its quota throttles is capped, and does not starve', () => {
  const reading = { kind: 'measured', usagePct: 20, delayPct: 0, capPct: 20, throttledPct: 80 } as const;
  expect(render(hostLoadOf(loadOf('web', { reading })))).toContain(
    'web        0   20 %  cap 20 %    0 %  0\n',
  );
  const below = { ...reading, usagePct: 10, throttledPct: 0.4 };
  expect(render(hostLoadOf(loadOf('web', { reading: below })))).toContain(
    'web        0   10 %    10 %    0 %  0\n',
  );
});

test('too few measured vCPUs are told', () => {
  const text = (measured: number) =>
    statusText(
      {
        measured: {
          load: hostLoadOf(),
          leftAlone: [],
          coverage: { measured, running: 5, reason: 'timed out' },
        },
        snapshot: { online: [0] },
        windowMs: 2000,
      },
      style(false, false),
    );
  expect(text(2)).toContain(
    'measured 2 of 5 vCPUs: too few to tell whether the host is balanced (timed out)\n',
  );
  expect(text(3)).not.toContain('too few');
});

describe('what the figures do not say', () => {
  const usageOnly = loadOf('old', { reading: { kind: 'measured', usagePct: 50, delayPct: undefined } });
  const unknown = loadOf('new', { reading: { kind: 'new', reason: 'it has just started' } });

  test('a libvirt that tells no delay', () => {
    const text = render(hostLoadOf(usageOnly));
    expect(text).toContain('old        0   50 %    50 %      -  0\n');
    expect(text).toContain(
      'This libvirt does not report how long vCPUs wait (7.2 and later do): demand is usage',
    );
  });

  test('one vCPU without it among others is no old libvirt', () => {
    expect(render(hostLoadOf(usageOnly, loadOf('web')))).not.toContain('This libvirt');
  });

  test('a vCPU that could not be measured counts for nothing', () => {
    const text = render(hostLoadOf(unknown));
    expect(text).toContain('new        0      ?       ?      ?  0\n');
    expect(text).toContain('1 vCPU could not be measured and count for nothing above.\n');
    expect(text).toContain('mean load 0 %');
  });

  test('an empty host', () => {
    const load = { ...hostLoadOf(), pcpus: [] };
    const measured = { load, leftAlone: [], coverage: whole };
    const text = statusText({ measured, snapshot: { online: [] }, windowMs: 2000 }, style(false, false));
    expect(text).toContain('0 pCPUs, 0 domains, 0 vCPUs; mean load 0 %, measured over 2.0 s\n');
  });
});

test('a vCPU pinned to a pCPU that is offline is shown there', () => {
  const stray = loadOf('web', { placement: { affinity: [7], lastPcpu: 7 } });
  expect(render(hostLoadOf(stray))).toMatch(/^ {3}7 {2}#+ +50 % {2}web/m);
});

test('whatever domains are called and virsh says, no control character is printed', () => {
  fc.assert(
    fc.property(anyText, anyText, (name, reason) => {
      const text = render(hostLoadOf(loadOf(name)), [{ domain: { uuid: 'a', name }, vcpu: 1, reason }]);
      expect(text.replaceAll('\n', '')).not.toMatch(control);
      expect(text.split('\n')).toHaveLength(8);
    }),
  );
});
