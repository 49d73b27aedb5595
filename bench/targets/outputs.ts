import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import stringWidth from 'string-width';
import { expositionsOf } from '../../src/metrics/exposition.ts';
import { vcpuMetrics } from '../../src/metrics/vcpu-metrics.ts';
import { unbounded } from '../../src/model/bounds.ts';
import { logLine } from '../../src/render/log-line.ts';
import { planShell } from '../../src/render/plan-shell.ts';
import { planText } from '../../src/render/plan-text.ts';
import { html } from '../../src/render/report/html.ts';
import { safeJson, safeText } from '../../src/render/safe-text.ts';
import { statusText } from '../../src/render/status-text.ts';
import { style } from '../../src/render/style.ts';
import { cell } from '../../src/render/top/cell.ts';
import { topRows } from '../../src/render/top/top-rows.ts';
import { firstView, panels } from '../../src/render/top/top-view.ts';
import { vcpupinWords } from '../../src/virsh/commands/vcpupin.ts';
import { parseExposition } from '../../test/metrics/parse-exposition.ts';
import { reportOf } from '../../test/metrics/reports.ts';
import { modelOf, noonMs, vcpuOn } from '../../test/render/top/support.ts';
import { loadOf, moveOf, planOf } from '../../test/support/plans.ts';
import { guestUuid } from '../../test/support/sim-host.ts';
import type { Target } from '../support/fuzz-loop.ts';
import { expectPlain } from './files.ts';

const seeds = [
  'web',
  `it's "quoted" <b>&amp;`,
  'csi\u009b31m',
  'Größe-日本-\u202eabc',
  '$(id) `id` \\ ; #',
  'a=b "c"\n',
];

/** What is written: whatever a domain is called, or says of itself, it stays one text in its place. */
export const outputs: readonly Target[] = [
  {
    name: 'text and tables',
    files: ['safe-text', 'plan-text', 'status-text', 'table', 'cut', 'wrap', 'left-alone-text'].map(
      (name) => `src/render/${name}.ts`,
    ),
    seeds,
    mostCharacters: 1000,
    run: (text) => {
      expectPlain(safeText(text));
      const value = { text, [text]: [1, text] };
      assert.deepEqual(JSON.parse(safeJson(value)), value);
      expectPlain(safeJson(value, 2));
      const plan = planOf([moveOf(1, text, [1], { reason: text })], {
        leftAlone: [{ domain: { uuid: guestUuid(2), name: text }, vcpu: undefined, reason: text }],
      });
      for (const columns of [Number.POSITIVE_INFINITY, 60]) {
        const look = style(false, true, columns);
        expectPlain(planText(plan, look));
        const view = {
          uri: text,
          isShown: () => true,
          pcpu: undefined,
          sort: 'pcpu',
          isSummary: false,
        } as const;
        expectPlain(statusText(reportOf([loadOf(text)]), view, look));
      }
    },
  },
  {
    name: 'shell',
    files: ['src/render/plan-shell.ts'],
    seeds,
    run: (text) => {
      const script = planShell(
        planOf([moveOf(1, text, [1])], { summary: text }),
        ['virsh', '-c', text],
        (move) => vcpupinWords(move.domain.uuid, move.vcpu, move.to),
      );
      const words = ['--domain', guestUuid(1), '--vcpu', '0', '--cpulist', '1', '--live', '||', 'failed=1'];
      assert.deepEqual(shellWords(script), [
        'failed=0',
        'virsh',
        '-c',
        text,
        'vcpupin',
        ...words,
        'exit',
        '$failed',
      ]);
    },
  },
  {
    name: 'logs',
    files: ['src/render/log-line.ts'],
    seeds,
    run: (text) => {
      const fields = { domain: { name: text }, [text]: text };
      const record = { level: 'warning', event: 'x', message: text, host: text, fields } as const;
      for (const format of ['text', 'json', 'logfmt'] as const) {
        const line = logLine(
          { ...record, fields: format === 'json' ? fields : { domain: { name: text } } },
          new Date(0),
          {
            format,
            withTime: true,
            withPriority: true,
          },
        );
        assert.equal(line.indexOf('\n'), line.length - 1);
        expectPlain(line);
        if (format === 'json')
          assert.equal(JSON.parse(line.slice(3)).domain.name, JSON.parse(line.slice(3)).message);
        if (format === 'logfmt') assert.equal(logfmtValues(line.slice(3, -1)).get('domain.name'), text);
      }
    },
  },
  {
    name: 'pages',
    files: ['src/render/report/html.ts'],
    seeds: [...seeds, '</title><script>', '" onload="x', "' x='"],
    run: (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`;
      const [, attribute = '', inner = ''] =
        /^<p title="([^"<>&']*(?:&#\d+;[^"<>&']*)*)">([^"<>&']*(?:&#\d+;[^"<>&']*)*)<\/p>$/.exec(markup) ??
        [];
      const plain = (escaped: string) =>
        escaped.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
      assert.deepEqual([plain(attribute), plain(inner)], [safeText(text), safeText(text)]);
    },
  },
  {
    name: 'metrics',
    files: ['src/metrics/vcpu-metrics.ts', 'src/metrics/exposition.ts'],
    seeds,
    words: ['\\', '\\n', '"} 1\n', '# EOF', '{', '}'],
    run: async (name) => {
      const registry = new Registry();
      const metrics = vcpuMetrics(registry);
      const vcpu = {
        number: 0,
        counters: { cpuTimeNs: 5n, delayNs: 2n },
        placement: undefined,
        problem: undefined,
      };
      const domains = [{ uuid: guestUuid(1), name, id: 1, bounds: unbounded, vcpus: [vcpu] }];
      metrics.show(reportOf([loadOf(name)], { snapshot: { domains } }));
      const { formats } = expositionsOf(registry);
      for (const { text } of Object.values(formats)) {
        const families = parseExposition(await text());
        assert.deepEqual(
          families.map(({ samples }) => samples.length),
          [1, 1, 1],
        );
        for (const { samples } of families) assert.equal(samples[0]?.labels['domain'], name);
      }
    },
  },
  {
    name: 'top',
    files: ['cut', ...['cell', 'domain-rows', 'panel-rows', 'top-rows'].map((name) => `top/${name}`)].map(
      (name) => `src/render/${name}.ts`,
    ),
    seeds,
    mostCharacters: 2000,
    run: (text) => {
      assert.equal(stringWidth(cell(text, 12, 'left', '…')), 12);
      expectPlain(cell(text, 12));
      const domain = { uuid: guestUuid(1), name: text };
      const vcpu = vcpuOn(0, 1, [40, 60], { domain });
      const model = modelOf([vcpu], {
        moves: [moveOf(1, text, [1], { reason: text })],
        balancer: { pid: 1, command: text },
      });
      const frame = {
        columns: 60,
        rows: 16,
        uri: text,
        interval: 2,
        atMs: noonMs,
        unicode: true,
        problem: text,
      };
      for (const panel of panels) {
        const view = { ...firstView, panel, search: text };
        for (const row of topRows(model, view, frame, style(false, true, 60)).rows) {
          expectPlain(row);
          assert(!row.includes('\n') && stringWidth(row) <= 60);
        }
      }
    },
  },
];

/** What a POSIX shell makes of plain and quoted words. */
function shellWords(script: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < script.length; at++) {
    const character = script.charAt(at);
    if (character === '#' && word === undefined) at = script.indexOf('\n', at) - 1;
    else if (/[ \n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const end = script.indexOf(character, at + 1);
      word = (word ?? '') + script.slice(at + 1, end);
      at = end;
    } else if (character === '\\') word = (word ?? '') + script.charAt(++at);
    else {
      assert.match(character, /[A-Za-z0-9_./:,@%+=|-]/);
      word = (word ?? '') + character;
    }
  }
  return words;
}

/** `KEY=VALUE`, the value as it is or as a text of JSON. */
function logfmtValues(line: string): ReadonlyMap<string, string> {
  const pairs = [...line.matchAll(/([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)/g)];
  assert.equal(pairs.map(([pair]) => pair).join(''), line);
  return new Map(
    pairs.map(([, key = '', value = '']) => [key, value.startsWith('"') ? JSON.parse(value) : value]),
  );
}
