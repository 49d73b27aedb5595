import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { markdown, verdict } from '../support/document.ts';
import { bin, folder, run, scenario, scenarios, virshSim } from '../support/run.ts';

/** The size of a day's recording, from a minute of it. */
export function recordings(): readonly string[] {
  const host = scenario(
    'five-hundred',
    'pcpus = 64\n[[domains]]\nname = "guest-%d"\ncount = 500\naffinity = "in-turn"\ndemand = 15\nnoise = 5\n',
  );
  const state = join(folder, 'host');
  const file = join(folder, 'recording.ndjson');
  execFileSync(virshSim, ['init', state, host]);
  run('record', file, '--every', '5s', '--for', '60s', '-c', `sim://${state}`, '--virsh', virshSim);
  const lines = readFileSync(file, 'utf8').split(/(?<=\n)/);
  const bytes = (kind: string, size: (line: string) => number) => {
    const own = lines.filter((line) => line.includes(`"kind":"${kind}"`)).map(size);
    return own.reduce((all, each) => all + each, 0) / own.length;
  };
  const perDay = 86_400 / 5;
  const aDay = (size: (line: string) => number) =>
    ((bytes('header', size) + bytes('full', size)) * perDay) / 100 + bytes('delta', size) * perDay * 0.99;
  const plain = aDay((line) => Buffer.byteLength(line));
  const zipped = aDay((line) => gzipSync(line).length + 10);
  return [
    markdown(
      ['a day of 500 vCPUs at 5 s, from a minute of it', 'MB'],
      [
        ['plain', (plain / 1e6).toFixed(0)],
        ['gzipped', (zipped / 1e6).toFixed(0)],
      ],
    ),
    verdict('below 1,500 MB', plain < 1.5e9),
  ];
}

/** Time and memory of a simulation of 1,000 cycles. */
export function speed(): readonly string[] {
  const told = join(folder, 'memory');
  const hook = `import{writeFileSync}from'node:fs';import{isMainThread}from'node:worker_threads';process.on('exit',()=>isMainThread&&writeFileSync(${JSON.stringify(told)},String(process.resourceUsage().maxRSS)))`;
  const rows = ['1', '2'].map((jobs) => {
    const start = performance.now();
    execFileSync(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      bin,
      'simulate',
      join(scenarios, 'large-1024.toml'),
      '--cycles',
      '1000',
      '--jobs',
      jobs,
      '--quiet',
    ]);
    const seconds = (performance.now() - start) / 1000;
    return { jobs, seconds, memory: Number(readFileSync(told, 'utf8')) / 1024 };
  });
  return [
    markdown(
      ['--jobs', 'seconds', 'most memory of the process, MB'],
      rows.map(({ jobs, seconds, memory }) => [jobs, seconds.toFixed(1), memory.toFixed(0)]),
    ),
    verdict(
      'under 20 s and 300 MB',
      rows.every(({ seconds, memory }) => seconds < 20 && memory < 300),
    ),
  ];
}
