import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as v from 'valibot';
import { afterEach, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { domains, sim, until } from '../support/sim.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const promtool = (args: readonly string[], input = '') =>
  execa('promtool', args, { cwd: root, input, all: true });

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('promtool', () => {
  test.each(['text', 'OpenMetrics'])('is content with the metrics of watch: %s', async (format) => {
    const { url } = await watched();
    const accept = format === 'text' ? '*/*' : 'application/openmetrics-text';
    const text = await (await fetch(`${url}/metrics`, { headers: { accept } })).text();
    // It reads the text format only.
    if (format === 'text') expect((await promtool(['check', 'metrics'], text)).all).toBe('');
    else expect(text).toMatch(/\n# EOF\n$/);
  });

  test('is content with the file of once', async () => {
    const host = await sim(`pcpus = 2\n${domains(4, 40, 0)}`);
    const path = join(temporaryDirectory(), 'v.prom');
    await host.vcpusched(['once', '--metrics-file', path, '--metrics-vcpus']);
    expect((await promtool(['check', 'metrics'], readFileSync(path, 'utf8'))).all).toBe('');
  });

  test('is content with the configuration and the rules', async () => {
    await promtool(['check', 'config', 'share/prometheus/prometheus.yml']);
    await promtool(['check', 'rules', '--lint=all', '--lint-fatal', 'share/prometheus/vcpusched.rules.yml']);
  });

  test('each alert fires when it should', async () => {
    await promtool(['test', 'rules', 'test/real/prometheus/alerts.test.yml']);
    const tested = readFileSync(join(root, 'test/real/prometheus/alerts.test.yml'), 'utf8');
    const rules = readFileSync(join(root, 'share/prometheus/vcpusched.rules.yml'), 'utf8');
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    expect(alerts.filter((name) => !tested.includes(`alertname: ${name}`))).toEqual([]);
    expect(alerts).toHaveLength(4);
  });
});

test('a Prometheus that scrapes watch answers each query of the dashboard', async () => {
  const port = await freePort();
  const { query } = await prometheus(`127.0.0.1:${port}`);
  // Prometheus is there first, and sees the counters before the first cycle.
  await until(async () => (await query('up')).length > 0);
  await watched(port, ['--exclude', 'guest-8']);
  const unanswered = new Set(queriesOfDashboard('vcpusched', `127.0.0.1:${port}`));
  expect(unanswered.size).toBeGreaterThan(25);
  await until(async () => {
    for (const text of unanswered) if ((await query(text)).length > 0) unanswered.delete(text);
    return unanswered.size === 0;
  });
  expect(await query('sum(vcpusched_moves_total{result="pinned"})')).toMatchObject([
    { value: [expect.any(Number), '6'] },
  ]);
  expect(await query('vcpusched_domains_left_alone{reason="excluded"}')).toMatchObject([
    { value: [expect.any(Number), '1'] },
  ]);
});

/** A watch of eight domains on the first of four pCPUs. */
async function watched(port = 0, args: readonly string[] = []): Promise<{ readonly url: string }> {
  const host = await sim(
    `pcpus = 4\n${domains(7, 40, 0)}${domains(1, 20, 0).replace('guest-%d', 'guest-8')}`,
  );
  const listen = ['--metrics-listen', `127.0.0.1:${port}`, '--metrics-vcpus'];
  const watch = host.start(['watch', '3', ...listen, ...args]);
  ends.push(async () => {
    watch.kill();
    await watch;
  });
  let log = '';
  watch.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const url = () => /^metrics at (http:.*)\/metrics$/m.exec(log)?.[1];
  await until(() => url() !== undefined);
  return { url: url() ?? '' };
}

const answer = v.object({
  data: v.object({ result: v.array(v.object({ value: v.tuple([v.number(), v.string()]) })) }),
});

/** A Prometheus of its own, which scrapes one target each second. */
async function prometheus(target: string) {
  const folder = temporaryDirectory();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: vcpusched, static_configs: [{ targets: ['${target}'] }] }]
`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  const server = execa(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { reject: false },
  );
  ends.push(async () => {
    server.kill();
    await server;
  });
  await until(() =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    query: async (text: string) => {
      const reply = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(text)}`);
      return v.parse(answer, await reply.json()).data.result;
    },
  };
}

/** As Grafana would ask them. */
function queriesOfDashboard(job: string, instance: string): readonly string[] {
  const dashboard = v.object({
    panels: v.array(v.object({ targets: v.array(v.object({ expr: v.string() })) })),
  });
  const { panels } = v.parse(
    dashboard,
    JSON.parse(readFileSync(join(root, 'share/grafana/vcpusched.json'), 'utf8')),
  );
  return panels.flatMap(({ targets }) =>
    targets.map(({ expr }) =>
      expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$__range', '1h')
        .replaceAll('$job', job)
        .replaceAll('$instance', instance),
    ),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
