// What `vcpusched once` costs beyond what it cannot do without: Node's start-up, its virsh processes and the
// window. All are timed in turn in one run, and the ratio of the medians is printed.
//
//   node bench/once.js [rounds] [vcpusched options]     such as: node bench/once.js 7 -c qemu:///system
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [rounds = '7', ...options] = process.argv.slice(2);
const windowMs = 1000;
const folder = mkdtempSync(join(tmpdir(), 'vcpusched-bench-'));
process.env.VCPUSCHED_STATE_DIR = join(folder, 'state');
try {
  const once = [
    join(import.meta.dirname, '../bin/vcpusched.js'),
    'once',
    '-q',
    '--window',
    `${windowMs / 1000}`,
    ...options,
  ];
  const calls = recordedCalls(once);
  const times = { node: [], virsh: [], once: [] };
  for (let round = 0; round < Number(rounds); round++) {
    times.node.push(timeMs(process.execPath, ['-e', '0']));
    times.virsh.push(calls.reduce((sum, [program, ...args]) => sum + timeMs(program, args), 0));
    times.once.push(timeMs(process.execPath, once));
  }
  const [node, virsh, whole] = [times.node, times.virsh, times.once].map(median);
  const least = node + virsh + windowMs;
  print(
    `median of ${rounds} rounds, ms: node ${node}, ${calls.length} virsh processes ${virsh}, window ${windowMs}`,
  );
  print(`once ${whole}: ${(whole / least).toFixed(2)} times the sum, ${whole - least} ms above it`);
} finally {
  rmSync(folder, { recursive: true });
}

/** The virsh processes of one run, so that the same ones can be timed by themselves. */
function recordedCalls(once) {
  const log = join(folder, 'calls');
  const wrapper = join(folder, 'virsh');
  const at = once.indexOf('--virsh');
  const virsh = at < 0 ? (process.env.VCPUSCHED_VIRSH ?? 'virsh') : once[at + 1];
  writeFileSync(wrapper, `#!/bin/sh\nprintf '%s\\0' "$@" '' >>'${log}'\nexec '${virsh}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  execFileSync(process.execPath, [...once, '--virsh', wrapper], { stdio: 'inherit' });
  const calls = readFileSync(log, 'utf8').split('\0\0').slice(0, -1);
  return calls.map((call) => [virsh, ...call.split('\0')]);
}

function timeMs(program, args) {
  const start = performance.now();
  execFileSync(program, args, { stdio: 'ignore' });
  return performance.now() - start;
}

function median(values) {
  return Math.round(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
