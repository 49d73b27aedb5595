/**
 * `vcpusched watch 1` on a real libvirtd with QEMU guests: what a cycle costs against a C program that reads the same
 * (bench/watch/reader.c), and ten minutes of a hundred guests of which ten are busy. Needs root, and what
 * test/real/install.sh and libvirt-dev install.
 *
 *   npm run build && node bench/run.js watch [--guests 8,100] [--cycles 60] [--minutes 10] [--write] [cost] [hundred]
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GuestSpec, removeGuests, startGuests } from '../test/real/support/guests.ts';
import { type PrivateHost, startHost } from '../test/real/support/private-host.ts';
import { markdown, printTables, verdict } from './support/document.ts';
import { root } from './support/root.ts';
import { bin, folder } from './support/run.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guests: { type: 'string', default: '8,100' },
    cycles: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);

/** CPU milliseconds of a cycle. */
type Cost = { readonly program: number; readonly libvirtd: number };

async function cost(host: PrivateHost): Promise<readonly string[]> {
  const reader = compileReader();
  const rows = [];
  for (const count of values.guests.split(',').map(Number)) {
    await startMore(host, count, dealtOut);
    const least = await costOf(host, [reader, host.uri], (n) => [`${n}`, '1'], 4);
    const ours = await costOf(host, [...watch(host), '-q', '--cycles'], (n) => [`${n}`], 60);
    rows.push(row(count, least, ours));
    process.stderr.write(`${rows.at(-1)?.join('  ')}\n`);
  }
  const isMet = rows.every(([, , , ratio, , , daemon]) => Number(ratio) <= 4 && Number(daemon) <= 1.3);
  return [markdown(head, rows), verdict('the first ratio at most 4, the second at most 1.3', isMet)];
}

function watch(host: PrivateHost): readonly string[] {
  return [process.execPath, bin, 'watch', '1', '-c', host.uri, '--state-dir', join(folder, 'state')];
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

/** Starts guests of one vCPU until there are so many. */
async function startMore(
  host: PrivateHost,
  count: number,
  kind: (number: number) => Omit<GuestSpec, 'name'>,
): Promise<void> {
  const present = (await host.virsh('list', '--name')).split('\n').filter(Boolean).length;
  const specs = Array.from({ length: count - present }, (_, i): GuestSpec => {
    const number = present + i;
    return { name: `guest-${number}`, ...kind(number) };
  });
  for (let from = 0; from < specs.length; from += 8) await startGuests(host, specs.slice(from, from + 8));
}

/** Idle, but for the first few, which want an eighth of a pCPU. */
function dealtOut(number: number): Omit<GuestSpec, 'name'> {
  const isBusy = number < 8;
  return { vcpus: [{ duty: isBusy ? 8 : 0, phase: (8 * number) % 64 }], isAsleep: !isBusy };
}

/** All on pCPU 0, and idle but for the first ten, which want a sixteenth. */
function crowded(number: number): Omit<GuestSpec, 'name'> {
  const isBusy = number < 10;
  return { vcpus: [{ duty: isBusy ? 4 : 0, phase: (6 * number) % 64 }], pins: ['0'], isAsleep: !isBusy };
}

/** A hundred guests, ten of which are busy, all on one pCPU, and what watch does on them. */
async function hundred(host: PrivateHost): Promise<readonly string[]> {
  await startMore(host, 100, crowded);
  const cycles = 60 * Number(values.minutes);
  const { program, libvirtd, err } = await run(host, [
    ...watch(host),
    ...['--verbose', '--log-format', 'json', '--cycles', `${cycles}`],
  ]);
  const lines = err.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
  const done = lines.filter(({ event }) => event === 'cycle');
  const pins = (from: number, to: number) =>
    done.slice(from, to).reduce((sum, { moves = 0, failed = 0 }) => sum + moves - failed, 0);
  const late = pins(60, cycles);
  const restored = await run(host, [process.execPath, bin, 'restore', ...watch(host).slice(4)]);
  process.stderr.write(restored.err);
  return [
    markdown(
      [
        'cycles',
        'of them failed',
        'pins in the first minute',
        'after it',
        'CPU ms a cycle',
        'of libvirtd',
        'at the end',
      ],
      [
        [
          cycles,
          cycles - done.length,
          pins(0, 60),
          late,
          (program / cycles).toFixed(1),
          (libvirtd / cycles).toFixed(1),
          done.at(-1)?.summary ?? '',
        ],
      ],
    ),
    verdict('no cycle fails, and nothing moves after the first minute', done.length === cycles && late === 0),
  ];
}

/** A line of the log, as vcpusched-watch(1) has it. */
type Line = {
  readonly event: string;
  readonly moves?: number;
  readonly failed?: number;
  readonly summary?: string;
};

/**
 * Two runs, so that what a start and an end cost is in neither; nor what a minute of compiling costs Node.
 * @param first how many cycles are not counted
 */
async function costOf(
  host: PrivateHost,
  command: readonly string[],
  more: (cycles: number) => readonly string[],
  first: number,
) {
  const short = await run(host, [...command, ...more(first)]);
  const long = await run(host, [...command, ...more(first + cycles)]);
  return {
    program: (long.program - short.program) / cycles,
    libvirtd: (long.libvirtd - short.libvirtd) / cycles,
  };
}

/** CPU milliseconds of a command with all that it starts, and of libvirtd meanwhile. */
async function run(host: PrivateHost, command: readonly string[]): Promise<Cost & { readonly err: string }> {
  const before = daemonMs(host);
  const child = spawn('bash', ['-c', '"$@" >/dev/null; status=$?; times; exit $status', 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${err}`);
  const ofChildren = told.split('\n')[1] ?? '';
  const program = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60_000 * Number(minutes) + 1000 * Number(seconds),
    0,
  );
  return { program, libvirtd: daemonMs(host) - before, err };
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

/** On a host of its own. */
function onHost(table: (host: PrivateHost) => Promise<readonly string[]>) {
  return async () => {
    const host = await startHost();
    try {
      return await table(host);
    } finally {
      await removeGuests(host);
      await host.stop();
    }
  };
}

await printTables('docs/performance.md', { cost: onHost(cost), hundred: onHost(hundred) }, [
  ...positionals,
  ...(values.write ? ['--write'] : []),
]);
