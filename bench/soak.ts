/**
 * An hour of `vcpusched watch 1` on a real libvirtd with QEMU guests that come and go: whether it keeps memory, files,
 * threads or processes, and whether each cycle and each pin is accounted for, as docs/reliability.md has it. Needs root,
 * and what test/real/install.sh installs.
 *
 *   npm run build && node bench/run.js soak [--minutes 60] [--seed 1] [--write]
 *
 * Ends with 1 where something did not hold. The log, the deeds and the figures stay in the folder that it names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { removeGuests } from '../test/real/support/guests.ts';
import { type PrivateHost, startHost } from '../test/real/support/private-host.ts';
import { affinities, followAffinities } from './soak/affinities.ts';
import { churn } from './soak/churn.ts';
import { figuresOf, virshOf } from './soak/figures.ts';
import { judge, type Restored } from './soak/judge.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import { drawFrom } from './support/draw.ts';
import { bin } from './support/run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const forMs = Number(values.minutes) * 60_000;
const timeoutS = 5;
const kept = mkdtempSync(join(tmpdir(), 'vcpusched-soak-'));

async function table(): Promise<readonly string[]> {
  const host = await startHost();
  try {
    return await soak(host);
  } finally {
    await removeGuests(host).catch(() => undefined);
    await host.stop();
  }
}

async function soak(host: PrivateHost): Promise<readonly string[]> {
  process.stderr.write(`what is seen goes to ${kept}\n`);
  const stop = new AbortController();
  const deeds = churn(host, drawFrom(Number(values.seed)));
  await deeds.begin();
  const { child, ended } = startWatch(host);
  const seen = followAffinities(stop.signal);
  const figures = figuresOf(child.pid ?? 0, host.socket, stop.signal);
  try {
    const endMs = Date.now() + forMs;
    while (Date.now() < endMs && child.exitCode === null) await deeds.next();
    // What was done last is to be seen, too.
    await sleep(3000);
    child.kill('SIGTERM');
    const status = await ended;
    stop.abort();
    const changes = await seen;
    const left = virshOf(host.socket).length;
    const before = await affinities();
    const restored = restore(host);
    const after = await affinities();
    const said = {
      log: readFileSync(join(kept, 'log'), 'utf8'),
      metrics: readFileSync(join(kept, 'metrics'), 'utf8'),
      heap: readFileSync(join(kept, 'heap'), 'utf8'),
    };
    const record = {
      deeds: deeds.done(),
      changes,
      figures: await figures,
      before,
      after,
      status,
      left,
      restored,
    };
    writeFileSync(join(kept, 'seen.json'), JSON.stringify(record, pairs));
    const { faults, rows, tells } = judge({ ...said, ...record, timeoutMs: timeoutS * 1000 });
    for (const fault of faults) process.stderr.write(`${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
    return [
      markdown(['', 'first third', 'last third', 'most', 'may grow by'], rows),
      ...tells,
      verdict('all of the above', faults.length === 0),
    ];
  } finally {
    stop.abort();
    child.kill('SIGKILL');
  }
}

function connection(host: PrivateHost): readonly string[] {
  return ['-c', host.uri, '--state-dir', join(host.directory, 'state'), '--timeout', `${timeoutS}`];
}

function restore(host: PrivateHost): Restored {
  const { status, stdout } = spawnSync(process.execPath, [bin, 'restore', ...connection(host)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { status, text: stdout.trim() };
}

/** With its heap written to a file, each ten seconds: nothing outside of a process can see that. */
function startWatch(host: PrivateHost) {
  const probe = join(kept, 'probe.cjs');
  const heap = JSON.stringify(join(kept, 'heap'));
  writeFileSync(
    probe,
    `setInterval(() => {
      const { heapUsed, external } = process.memoryUsage();
      const tells = { atMs: Date.now(), heapUsed, external, resources: process.getActiveResourcesInfo().length };
      require('node:fs').appendFileSync(${heap}, JSON.stringify(tells) + '\\n');
    }, 10_000).unref();`,
  );
  const words = ['watch', '1', '--verbose', '--log-format', 'json', '--metrics-file', join(kept, 'metrics')];
  const child = spawn(process.execPath, ['--require', probe, bin, ...words, ...connection(host)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = createWriteStream(join(kept, 'log'));
  child.stderr.pipe(log);
  const ended = Promise.all([once(child, 'close'), once(log, 'close')]).then(
    (): number | null => child.exitCode,
  );
  return { child, ended };
}

function pairs(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

await printTables('docs/reliability.md', { soak: table }, values.write ? ['soak', '--write'] : ['soak']);
