/**
 * What a cycle of `vcpusched watch 1` costs on a real libvirtd with QEMU guests, against a C program that reads the same
 * (bench/watch/reader.c). Needs root, and what test/real/install.sh and libvirt-dev install.
 *
 *   npm run build && node bench/run.js watch [--guests 8,100] [--cycles 60] [--write]
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GuestSpec, removeGuests, startGuests } from '../test/real/support/guests.ts';
import { type PrivateHost, startHost } from '../test/real/support/private-host.ts';
import { markdown, printTables } from './support/document.ts';
import { root } from './support/root.ts';
import { bin, folder } from './support/run.ts';

const { values } = parseArgs({
  options: {
    guests: { type: 'string', default: '8,100' },
    cycles: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);

/** CPU milliseconds of a cycle. */
type Cost = { readonly program: number; readonly libvirtd: number };

async function table(): Promise<readonly string[]> {
  const reader = compileReader();
  const host = await startHost();
  try {
    const rows = [];
    for (const count of values.guests.split(',').map(Number)) {
      await startMore(host, count);
      const least = await costOf(host, [reader, host.uri], (n) => [`${n}`, '1']);
      const ours = await costOf(
        host,
        [
          process.execPath,
          bin,
          'watch',
          '1',
          '-q',
          '-c',
          host.uri,
          '--state-dir',
          join(folder, 'state'),
          '--cycles',
        ],
        (n) => [`${n}`],
      );
      rows.push(row(count, least, ours));
      process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
    }
    return [markdown(head, rows)];
  } finally {
    await removeGuests(host);
    await host.stop();
  }
}

const head = [
  'guests',
  'reader.c, ms',
  'watch and virsh, ms',
  'ratio',
  'libvirtd under reader.c, ms',
  'under watch, ms',
  'ratio',
];

function row(count: number, least: Cost, ours: Cost): readonly (string | number)[] {
  const ratio = (a: number, b: number) => (a / b).toFixed(2);
  return [
    count,
    least.program.toFixed(2),
    ours.program.toFixed(2),
    ratio(ours.program, least.program),
    least.libvirtd.toFixed(2),
    ours.libvirtd.toFixed(2),
    ratio(ours.libvirtd, least.libvirtd),
  ];
}

function compileReader(): string {
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libvirt'], { encoding: 'utf8' });
  const program = join(folder, 'reader');
  execFileSync('cc', [
    '-O2',
    join(root, 'bench/watch/reader.c'),
    '-o',
    program,
    ...flags.trim().split(/\s+/),
  ]);
  return program;
}

/** Idle guests of one vCPU, but for the first few, which want an eighth of a pCPU. */
async function startMore(host: PrivateHost, count: number): Promise<void> {
  const present = (await host.virsh('list', '--name')).split('\n').filter(Boolean).length;
  const specs = Array.from({ length: count - present }, (_, i): GuestSpec => {
    const number = present + i;
    return { name: `guest-${number}`, vcpus: [{ duty: number < 8 ? 8 : 0, phase: (8 * number) % 64 }] };
  });
  for (let from = 0; from < specs.length; from += 20) await startGuests(host, specs.slice(from, from + 20));
}

/** Two runs, so that what a start and an end cost is in neither. */
async function costOf(
  host: PrivateHost,
  command: readonly string[],
  more: (cycles: number) => readonly string[],
) {
  const short = await run(host, [...command, ...more(4)]);
  const long = await run(host, [...command, ...more(4 + cycles)]);
  return {
    program: (long.program - short.program) / cycles,
    libvirtd: (long.libvirtd - short.libvirtd) / cycles,
  };
}

/** CPU milliseconds of a command with all that it starts, and of libvirtd meanwhile. */
async function run(host: PrivateHost, command: readonly string[]): Promise<Cost> {
  const before = daemonMs(host);
  const child = spawn('bash', ['-c', '"$@" >/dev/null; status=$?; times; exit $status', 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`);
  const ofChildren = told.split('\n')[1] ?? '';
  const program = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds),
    0,
  );
  return { program, libvirtd: daemonMs(host) - before };
}

/** What all threads of the daemon have run. */
function daemonMs(host: PrivateHost): number {
  const pid = daemonPid(host);
  const threads = readdirSync(`/proc/${pid}/task`);
  const ran = threads.map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0],
  );
  return ran.reduce((sum, ns) => sum + Number(ns) / 1e6, 0);
}

/** Its number outside of its namespace. */
function daemonPid(host: PrivateHost): string {
  const inside = readFileSync(join(host.directory, 'run/libvirtd.pid'), 'utf8').trim();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (/^Name:\tlibvirtd$/m.test(status) && status.includes(`NSpid:\t${pid}\t${inside}\n`)) return pid;
    } catch {
      // it has ended
    }
  }
  throw new Error('no libvirtd');
}

await printTables('docs/performance.md', { watch: table }, values.write ? ['watch', '--write'] : ['watch']);
