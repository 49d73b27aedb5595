import { describe, expect, test } from 'vitest';
import { hostReportHtml } from '../../../src/render/report/host-report-html.ts';
import { hostReport } from '../host-report.ts';

const facts = { version: '1.2.3', time: new Date(0), zone: 'UTC' };
const page = hostReportHtml(hostReport(), facts);

describe('the page of a report', () => {
  test('has the answers on top, then the charts and the tables', () => {
    const places = ['class="facts"', 'class="lead"', '<figure', '<table', 'How this was found'].map((part) =>
      page.indexOf(part),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(page.match(/<figure/g)).toHaveLength(2);
    expect(page).toContain('<strong>12</strong> more vCPUs of this kind fit');
    expect(page).toContain('<strong>3 h</strong> crowded, of 24 h');
  });

  test('has a cell for each domain and column, hatched where ready time is bad', () => {
    expect(page.match(/<path [^>]*fill="(var\(--load-\d\)|url\(#over\))"/g)).toHaveLength(2 * 24);
    const { timeline } = hostReport();
    const readyPcts = timeline.readyPcts.map((row) => row.map((pct, x) => (x < 3 ? 12 : pct)));
    const bad = hostReportHtml(hostReport({ changed: { timeline: { ...timeline, readyPcts } } }), facts);
    expect(bad.match(/<path [^>]*fill="url\(#over\)"/g)).toHaveLength(2 * 3);
  });

  test('has a row for each of the largest episodes', () => {
    const calm = { before: { readyPct: 20, spread: 112.46 }, after: undefined };
    const episode = { fromMs: Date.UTC(2026, 0, 2, 9, 30), toMs: 0, changes: 6, ...calm };
    const changes = { count: 6, moves: 5, episodes: 1, ...calm, largest: [episode] };
    expect(hostReportHtml(hostReport({ changed: { changes } }), facts)).toContain(
      '<th scope="row">2026-01-02 09:30</th><td>6</td><td>20 %</td><td>112.5</td><td>?</td><td>?</td>',
    );
  });

  test('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|\bon\w+=|src=|href="|url\((?!#)/i);
  });

  test('says why something is not known', () => {
    const unknown = { kind: 'unknown', reason: 'too short' } as const;
    const { host, timeline } = hostReport();
    const bare = hostReportHtml(
      hostReport({
        changed: {
          comparison: unknown,
          room: unknown,
          host: { ...host, ready: undefined },
          timeline: { ...timeline, columns: [] },
        },
      }),
      facts,
    );
    expect(bare).toContain('Policies were not tried: too short.');
    expect(bare).toContain('<strong>?</strong> more vCPUs');
    expect(bare).toContain('does not tell how long vCPUs waited');
    expect(bare.match(/<figure/g)).toHaveLength(1);
  });
});
