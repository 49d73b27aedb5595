import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostLoad } from '../../src/model/host-load.ts';
import type { LeftAlone } from '../../src/model/plan.ts';
import { type StatusView, statusText } from '../../src/render/status-text.ts';
import { style } from '../../src/render/style.ts';
import { anyText, control } from '../support/any-text.ts';
import { hostLoadOf, loadOf } from '../support/plans.ts';

const whole = { measured: 0, running: 0, reason: undefined };
const view: StatusView = {
  uri: 'qemu:///system',
  isShown: () => true,
  pcpu: undefined,
  sort: 'pcpu',
  isSummary: false,
};
const reportOf = (load: HostLoad, leftAlone: readonly LeftAlone[] = []) => ({
  measured: { load, leftAlone, coverage: whole },
  snapshot: { online: [0, 1, 2] },
  windowMs: 2004,
});
const render = (load: HostLoad, leftAlone: readonly LeftAlone[] = [], unicode = false) =>
  statusText(reportOf(load, leftAlone), view, style(false, unicode));

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

    qemu:///system: 3 pCPUs, 2 domains, 4 vCPUs, measured over 2.0 s
    Load: mean 83 %, range 0-200 %; 1 pCPU above 100 %
    Ready: at most 70 % (web-9 vCPU 11)
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

      qemu:///system: 3 pCPUs, 1 domain, 2 vCPUs, measured over 2.0 s
      Load: mean 67 %, range 12-140 %, host 34 %; 1 pCPU above 100 %
      Ready: at most 30 % (db vCPU 0)
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
      view,
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
    expect(text).toContain('Load: mean 0 %, range 0-0 %; no pCPU above 100 %\n');
  });

  test('an empty host', () => {
    const load = { ...hostLoadOf(), pcpus: [] };
    const measured = { load, leftAlone: [], coverage: whole };
    const text = statusText(
      { measured, snapshot: { online: [] }, windowMs: 2000 },
      view,
      style(false, false),
    );
    expect(text).toMatch(/\nqemu:\/\/\/system: 0 pCPUs, 0 domains, 0 vCPUs, measured over 2\.0 s\n$/);
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
      expect(text.split('\n')).toHaveLength(10);
    }),
  );
});

describe('what a user asks to see', () => {
  const waiting = (delayPct: number, usagePct = 10) => ({ kind: 'measured', usagePct, delayPct }) as const;
  const on = (pcpu: number) => ({ affinity: [pcpu], lastPcpu: pcpu });
  const named = (name: string) => ({ uuid: name, name });
  const load = hostLoadOf(
    loadOf('a', { domain: named('a'), placement: on(0), reading: waiting(1, 80) }),
    loadOf('b', { domain: named('b'), placement: on(0), reading: waiting(5, 70) }),
    loadOf('c', { domain: named('c'), placement: on(1), reading: waiting(40, 20) }),
    loadOf('d', { domain: named('d'), placement: on(2), reading: waiting(0, 90) }),
  );
  const shown = (over: Partial<StatusView>, columns?: number) =>
    statusText(reportOf(load), { ...view, ...over }, style(false, false, columns));
  const domainsIn = (text: string) => [...text.matchAll(/ ([a-d]) {5,}0 /g)].map(([, name]) => name);

  test.each([
    ['pcpu', ['a', 'b', 'c', 'd']],
    ['load', ['a', 'b', 'd', 'c']],
    ['ready', ['c', 'b', 'a', 'd']],
    ['demand', ['d', 'a', 'b', 'c']],
  ] as const)('--sort %s orders pCPUs and vCPUs', (sort, order) => {
    expect(domainsIn(shown({ sort }))).toEqual(order);
  });

  test('one domain: the loads and the last lines still count all', () => {
    const all = shown({});
    const some = shown({ isShown: ({ name }) => name === 'b' });
    expect(domainsIn(some)).toEqual(['b']);
    expect(some).toMatch(/^ {3}0 .* 156 % {2}b /m);
    expect(some.split('\n\n')[1]).toBe(all.split('\n\n')[1]);
  });

  test('domains without rows are not named as left alone', () => {
    const leftAlone = ['a', 'b'].map((name) => ({ domain: named(name), vcpu: 0, reason: 'why' }));
    const some = { ...view, isShown: ({ name }: { name: string }) => name === 'b' };
    const text = statusText(reportOf(load, leftAlone), some, style(false, false));
    expect(text).toContain('left alone: b vCPU 0: why\n');
    expect(text).not.toContain('a vCPU 0: why');
  });

  test('some pCPUs: the last lines still count all', () => {
    const text = shown({ pcpu: [1, 2] });
    expect(domainsIn(text)).toEqual(['c', 'd']);
    expect(text).toContain('3 pCPUs, 4 domains, 4 vCPUs');
  });

  test('a summary: a row for each pCPU', () => {
    expect(shown({ isSummary: true, sort: 'ready' })).toMatchInlineSnapshot(`
      "pCPU  load                         vCPUs  ready  host
         1  ########               60 %      1   40 %
         0  ####################  156 %      2    5 %
         2  ############           90 %      1    0 %

      qemu:///system: 3 pCPUs, 4 domains, 4 vCPUs, measured over 2.0 s
      Load: mean 102 %, range 60-156 %; 1 pCPU above 100 %
      Ready: at most 40 % (c vCPU 0)
      "
    `);
  });
});

describe('a terminal', () => {
  const long = loadOf('a-name-that-is-much-too-long-for-this', {
    placement: { affinity: [0, 2, 4, 6, 8, 10, 12], lastPcpu: 0 },
    reading: { kind: 'measured', usagePct: 99, delayPct: 30, capPct: 20, throttledPct: 80 },
  });
  const at = (columns: number) =>
    statusText(reportOf(hostLoadOf(long, loadOf('web'))), view, style(false, true, columns));

  test.each([60, 72, 80, 100])('of %i columns holds every line', (columns) => {
    const widths = at(columns)
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  });

  test('that is narrow gets shorter bars and names, and no usage', () => {
    expect(at(60)).toMatchInlineSnapshot(`
      "pCPU  load        domain    vCPU    demand  ready  affinity
         0  ██▊   70 %  a-name-…     0  cap 20 %   30 %  0,2,4,6,…
                        web          0      50 %   30 %  0
         1         0 %
         2         0 %

      qemu:///system: 3 pCPUs, 1 domain, 2 vCPUs, measured over
        2.0 s
      Load: mean 23 %, range 0-70 %; no pCPU above 100 %
      Ready: at most 30 % (a-name-that-is-much-too-long-for-this
        vCPU 0)
      "
    `);
  });
});
