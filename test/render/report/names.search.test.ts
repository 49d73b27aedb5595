import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostReportHtml } from '../../../src/render/report/host-report-html.ts';
import { html } from '../../../src/render/report/html.ts';
import { reportHtml } from '../../../src/render/report/report-html.ts';
import { hostReport } from '../host-report.ts';
import { inputOf, reportOf } from './support.ts';

const facts = { version: '1.2.3', time: new Date(0), zone: 'UTC' };
const nasty = fc.constantFrom(
  '<script>',
  '"',
  "'",
  '&lt;',
  '</title>',
  '</text>',
  '</svg>',
  '-->',
  '<svg onload=x>',
  '\u202e',
  '$&',
  '{a|b}',
  '\n',
);
const name = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'grapheme' })), { maxLength: 4 })
  .map((all) => all.join(''));
const tags = (text: string) => text.match(/<[a-z/!][^>]*>/gi)?.length;

test('a report on policies shows names as they are, whatever they say', () => {
  fc.assert(
    fc.property(name, (text) => {
      const { markup } = html`<b title="${text}">${text}</b>`;
      const [, first, second] = /^<b title="([^<>"']*)">([^<>"']*)<\/b>$/.exec(markup) ?? [];
      expect(first).toBe(second);
      expect(first?.replaceAll(/&#\d+;/g, '')).not.toContain('&');
    }),
  );
  const harmless = tags(reportHtml(reportOf(inputOf({ cycles: 1 }))));
  fc.assert(
    fc.property(name, (text) => {
      const input = inputOf({ name: text, cycles: 1, policies: [text, text] });
      expect(tags(reportHtml({ ...reportOf(input), options: [text], verdict: text, version: text }))).toBe(
        harmless,
      );
    }),
    { numRuns: 30 },
  );
});

test('a report on a host shows names as they are, whatever they say', () => {
  const harmless = tags(hostReportHtml(hostReport({ names: ['a', 'b'] }), facts));
  fc.assert(
    fc.property(name, name, (first, second) => {
      // A name that is shown as nothing has no label in the chart.
      const names = [`a${first}`, `b${second}`];
      expect(tags(hostReportHtml({ ...hostReport({ names }), name: first }, facts))).toBe(harmless);
    }),
    { numRuns: 50 },
  );
});
