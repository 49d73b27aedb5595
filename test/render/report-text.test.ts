import { describe, expect, test } from 'vitest';
import { reportText } from '../../src/render/report-text.ts';
import { style } from '../../src/render/style.ts';
import { hostReport, quantiles } from './host-report.ts';

const view = { zone: 'UTC', isWhole: false };
const many = Array.from({ length: 25 }, (_, i) => `guest-${i}`);

describe('the text of a report', () => {
  test('says what was recorded, who waited and when', () => {
    const text = reportText(hostReport(), view, style(false, false));
    expect(text).toMatch(/^day\.gz\n8 pCPUs, 2 domains, 4 vCPUs; 17281 samples from 2026-01-01 23:00/);
    expect(text).toMatch(/^ready of a vCPU +1\.1 % +4\.2 % +8\.4 % +1\.4 %$/m);
    expect(text).toMatch(/^ +in ms of 20 s +210 ms +840 ms +1680 ms +280 ms$/m);
    expect(text).toMatch(/^2026-01-02 08:00-09:00 +14 % +4\.7 % +85 % +180 %$/m);
    expect(text).toMatch(/^web +2 +40 % +1\.0 % +4\.0 % +8\.0 % +800$/m);
    expect(text).toMatch(/^Balancing: none\. No affinity changed/m);
    expect(text).toMatch(/^as recorded +3\.5 % +14 %/m);
    expect(text).toMatch(/^threshold .* 12$/m);
    expect(text).not.toContain('capped');
  });

  test.each([80, 60])('fits a terminal of %i columns', (columns) => {
    const { host, domains } = hostReport();
    const capped = domains.map((domain) => ({ ...domain, capped: quantiles(12) }));
    const changed = { host: { ...host, capped: quantiles(12) }, domains: capped };
    const text = reportText(hostReport({ changed }), view, style(false, true, columns));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(text).toContain('capped');
  });

  test('shows the twenty domains that waited most, or all', () => {
    const report = hostReport({ names: many });
    const rows = (text: string) => text.match(/^guest-\d+ /gm)?.length;
    const short = reportText(report, view, style(false, false));
    expect(rows(short)).toBe(20);
    expect(short).toContain('and 5 domains with less; --verbose shows all');
    expect(rows(reportText(report, { ...view, isWhole: true }, style(false, false)))).toBe(25);
  });

  test('says what is missing', () => {
    const { recorded, host } = hostReport();
    const text = reportText(
      hostReport({
        changed: {
          recorded: { ...recorded, gaps: 2, measuredMs: 7_200_000, unknownShare: 0.034 },
          host: { ...host, ready: undefined },
        },
      }),
      view,
      style(false, false),
    ).replaceAll(/\s+/g, ' ');
    expect(text).toContain('measured for 2 h with 2 gaps; 3.4 % of the time of vCPUs is unknown');
    expect(text).toContain('ready of a vCPU ? ? ? ?');
  });

  test('says what balancing has brought', () => {
    const calm = { before: { readyPct: 20, spread: 112.46 }, after: { readyPct: undefined, spread: 0.3 } };
    const changes = { count: 6, moves: 5, episodes: 1, ...calm, largest: [] };
    const text = reportText(hostReport({ changed: { changes } }), view, style(false, false));
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'Balancing: 6 changes of affinities, 5 moves among them, in 1 episode. Mean of the minute before and the minute after: ready 20 % with a spread of 112.5 points and ? with a spread of 0.3 points.',
    );
  });

  test('does not obey a name', () => {
    const text = reportText(hostReport({ names: ['\u001b[31mred', 'a\nb'] }), view, style(false, false));
    expect(text).not.toContain('\u001b');
    expect(text).toContain('\\u{1b}[31mred');
  });
});
