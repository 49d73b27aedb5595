import { describe, expect, test } from 'vitest';
import { reportHtml } from '../../../src/render/report/report-html.ts';
import { inputOf, reportOf } from './support.ts';

describe('a report', () => {
  const page = reportHtml(reportOf(inputOf()));

  test('has a cell for each pCPU and cycle, a line and a best for each policy, and a tick for each move', () => {
    expect(cells(page)).toBe(2 * 4 * 20);
    expect(page.match(/<path [^>]*stroke="var\(--spread\)"/g)).toHaveLength(3);
    expect(page.match(/<path [^>]*stroke="var\(--best\)"/g)).toHaveLength(3);
    expect(page.match(/<path [^>]*fill="var\(--moves\)"/g)).toHaveLength(2 * 2);
  });

  test('hatches what is above 100 %', () => {
    expect(page.match(/<path [^>]*fill="url\(#over\)"/g)?.length).toBeGreaterThan(0);
  });

  test('has a row of scores for each policy', () => {
    expect([...page.matchAll(/<th scope="row">(.*?)<\/th>/g)].map(([, name]) => name)).toEqual([
      'threshold',
      'none',
    ]);
  });

  test('loads nothing and runs nothing', () => {
    const elsewhere = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([url]) => url);
    expect(new Set(elsewhere)).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    );
    expect(page).not.toMatch(/<script|<link|<img|@import|\bon\w+=|src=|href="|url\((?!#)/i);
  });

  test("tells a pCPU's mean, its most and what of it is the host's own", () => {
    const input = inputOf({ cycles: 20 });
    const runs = input.runs.map((run) => ({
      ...run,
      cycles: run.cycles.map((cycle, i) => ({
        ...cycle,
        loads: cycle.pcpus.map(() => (i === 0 ? 80 : 40)),
        background: cycle.pcpus.map((pcpu) => (pcpu === 1 ? 25 : 0)),
      })),
    }));
    const page = reportHtml(reportOf({ ...input, runs }));
    expect(page).toContain('mean, most (host) %');
    expect(page).toContain('42, 80 (25)');
    expect(page).toContain('42, 80 (0)');
    expect(reportHtml(reportOf(input))).not.toContain('(host)');
  });

  test('says when cycles were put together, and not when they were not', () => {
    expect(page).not.toContain('each column of a chart is');
    const long = reportHtml(reportOf(inputOf({ cycles: 1000 })));
    expect(long).toContain('each column of a chart is 4 cycles, with the highest load');
    expect(cells(long)).toBe(2 * 4 * 250);
  });

  test('leaves a gap where a pCPU was offline', () => {
    const input = inputOf({ policies: ['none'] });
    const runs = input.runs.map((run) => ({
      ...run,
      cycles: run.cycles.map((cycle, i) =>
        i < 5 ? { ...cycle, pcpus: [0, 1, 3], loads: [10, 20, 30] } : cycle,
      ),
    }));
    expect(cells(reportHtml(reportOf({ ...input, runs })))).toBe(4 * 20 - 5);
  });
});

/** How many cells all heat maps have; an entry of the key is a rectangle, not a path. */
function cells(page: string): number {
  return page.match(/<path [^>]*fill="(var\(--load-\d\)|url\(#over\))"/g)?.length ?? 0;
}
