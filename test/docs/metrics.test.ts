import { expect, test } from 'vitest';
import { balanceMetrics } from '../../src/metrics/balance-metrics.ts';
import { limits } from '../../src/metrics/metrics-server.ts';
import { leftAloneKinds } from '../../src/model/plan.ts';
import { manPage } from './support/man-page.ts';
import { read } from './support/project.ts';

const page = manPage('man/vcpusched-metrics.7');
const entries = page.entries('METRICS');

test('vcpusched-metrics.7 has every metric with its type and its labels, and none besides', async () => {
  const { registry } = balanceMetrics({ version: '', nodeVersion: '', perVcpu: true });
  const declared = registry.getMetricsAsArray().map(({ name, type, ...rest }) => {
    const { labelNames = [] } = rest as { readonly labelNames?: readonly string[] };
    return `${name} (${[type, labelNames.join(', ')].filter((part) => part !== '').join('; ')})`;
  });
  expect(entries.map(({ tag }) => tag)).toEqual(declared);
});

test('it explains each reason and each result', async () => {
  const textOf = (name: string) => entries.find(({ tag }) => tag.startsWith(`${name} `))?.text ?? '';
  for (const kind of leftAloneKinds) expect(textOf('vcpusched_domains_left_alone')).toContain(kind);
  const { registry } = balanceMetrics({ version: '', nodeVersion: '', perVcpu: true });
  for (const { name, values } of await registry.getMetricsAsJSON())
    for (const { labels } of name.endsWith('_total') ? values : [])
      for (const value of Object.values(labels)) expect(textOf(name)).toContain(value);
});

test.each(['prometheus/vcpusched.rules.yml', 'grafana/vcpusched.json'])(
  'share/%s asks for metrics that there are',
  (file) => {
    const asked = new Set(read(`share/${file}`).match(/\bvcpusched_\w+/g));
    const known = entries.map(({ tag }) => tag.split(' ')[0] ?? '');
    const missing = [...asked].filter(
      (name) => !known.includes(name) && !known.includes(name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(asked.size).toBeGreaterThan(6);
    expect(missing).toEqual([]);
  },
);

test('it has the bounds of the server', () => {
  const text = page.section('THE SERVER');
  expect(text).toContain(`At most ${limits.connections} connections`);
  expect(text).toContain(`at most ${limits.connectionMs / 1000} seconds`);
});
