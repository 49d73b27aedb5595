import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { executable } from '../support/executable.ts';
import { domains, program, type Sim, sim, told, until, virshSim } from '../support/sim.ts';

const stacked = () => sim(`pcpus = 4\n${domains(8, 40, 0)}`);
const allOnZero = Array.from({ length: 8 }, (_, i) => `guest-${i + 1}/0 0`);
const onceArgs = ['once', '--window', '0.5'];
const fileIn = ({ stateDir }: Sim, name: string) =>
  existsSync(stateDir) ? join(stateDir, readdirSync(stateDir)[0] ?? '', name) : '/nonexistent';
const lockOf = (host: Sim) =>
  existsSync(fileIn(host, 'lock')) ? readFileSync(fileIn(host, 'lock'), 'utf8') : '';
const isPin = (call: readonly string[]) => call.at(-1)?.includes('vcpupin') === true;

/** A virsh that sets the pins of a batch one by one, a moment apart, and notes its process group at the start. */
function slowVirsh(pinning: string): string {
  return executable(
    `sim() { ${process.execPath} ${virshSim} "$@"; }`,
    'case "$*" in *vcpupin*)',
    `  echo $$ > ${pinning}.new; mv ${pinning}.new ${pinning}`,
    `  printf '%s\\n' "$3" | tr ';' '\\n' | grep ^vcpupin | while read -r pin; do sim "$1" "$2" $pin; done > /dev/null`,
    'esac',
    'sim "$@"',
  );
}

describe.concurrent('restore', () => {
  test('after once: all as it was, in two virsh processes that read and one that pins; then there is nothing', async () => {
    const host = await stacked();
    await host.vcpusched(onceArgs);
    const before = host.calls().length;
    expect(await host.vcpusched(['restore'])).toEqual({
      status: 0,
      stdout: 'restored 6 vCPUs\n',
      stderr: '',
    });
    expect(host.calls().slice(before).map(isPin)).toEqual([false, false, true]);
    expect(await host.affinities()).toEqual(allOnZero);
    expect(await host.vcpusched(['restore'])).toEqual({
      status: 0,
      stdout: 'nothing to restore\n',
      stderr: '',
    });
    expect(host.calls().slice(before).filter(isPin)).toHaveLength(1);
  });

  test('a script of it has the same effect', async () => {
    const host = await stacked();
    await host.vcpusched(onceArgs);
    const { stdout } = await host.vcpusched(['restore', '--format', 'shell']);
    expect(await execa('sh', { input: stdout, reject: false })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await host.affinities()).toEqual(allOnZero);
    expect((await host.vcpusched(['restore'])).stdout).toBe('nothing to restore\n');
  });

  test('watch --restore-on-exit, ended by a signal', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.4', '--restore-on-exit']);
    await until(() => host.calls().some(isPin));
    watch.kill();
    expect(await watch).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('vcpusched: ') });
    expect(await host.affinities()).toEqual(allOnZero);
  });

  test('a guest pinned by hand while watch runs is left alone', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.3']);
    // The first line only says what it watches.
    await told(watch.stderr, 'pinned');
    const moved = (await host.affinities()).findIndex((line) => !line.endsWith(' 0'));
    const name = `guest-${moved + 1}`;
    await host.virsh('vcpupin', name, '0', '0-3', '--live');
    await host.virsh('demand', name, '90');
    const cycles = host.calls().length;
    await until(() => host.calls().length > cycles + 4);
    watch.kill();
    expect((await watch).stderr).toMatch(`vcpusched: ${name} vCPU 0: somebody else has pinned it since`);
    expect(await host.affinities()).toContain(`${name}/0 0-3`);
    const { stdout, stderr } = await host.vcpusched(['restore']);
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(/^restored \d vCPUs\n$/),
      expect.stringContaining(`left alone: ${name} vCPU 0`),
    ]);
    expect(await host.affinities()).toEqual(allOnZero.with(moved, `${name}/0 0-3`));
  });
});

// At a moment by chance; signals.search.test.ts tries each.
describe.concurrent.each([1, 2, 3])('SIGKILL in the middle of a batch, %i', () => {
  test.each(['watch alone, so that its virsh goes on', 'its virsh too'])('%s', async (whom) => {
    const host = await stacked();
    const pinning = join(host.stateDir, '../pinning');
    const watch = host.start(['watch', '0.4', '--virsh', slowVirsh(pinning)]);
    await until(() => existsSync(pinning));
    await sleep(Math.random() * 700);
    watch.kill('SIGKILL');
    if (whom === 'its virsh too') {
      const group = `-${readFileSync(pinning, 'utf8').trim()}`;
      await execa('kill', ['-KILL', '--', group], { reject: false });
    }
    await watch;
    const { status, stdout, stderr } = await host.vcpusched(['restore']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^(restored \d vCPUs?|nothing to restore)\n$/);
    expect(await host.affinities()).toEqual(allOnZero);
    await sleep(300);
    expect(await host.affinities(), 'and nobody pins any more').toEqual(allOnZero);
    expect((await host.vcpusched(onceArgs)).status).toBe(0);
  });
});

describe.concurrent('one at a time', () => {
  const taken = (pid: number | undefined, command: string, { uri }: Sim) => ({
    status: 75,
    stdout: '',
    stderr: `vcpusched: another vcpusched (pid ${pid}, ${command}) balances ${uri}: end that one first\n`,
  });

  test('the second one ends at once and names the first; who only looks is let in', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.3']);
    await until(() => host.calls().some(isPin));
    for (const args of [onceArgs, ['watch', '1'], ['restore']]) {
      expect(await host.vcpusched(args)).toEqual(taken(watch.pid, 'watch', host));
    }
    for (const args of [
      ['plan', '--window', '0.2'],
      ['status', '--window', '0.2'],
      [...onceArgs, '--dry-run'],
      ['restore', '--dry-run'],
    ]) {
      expect(await host.vcpusched(args), args.join(' ')).toMatchObject({ status: 0, stderr: '' });
    }
    watch.kill();
    await watch;
    expect((await host.vcpusched(['restore'])).status).toBe(0);
  });

  test('a holder that is killed has it no longer, even where a virsh of it that reads lives on', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.3']);
    await until(() => lockOf(host) !== '');
    const calls = host.calls().length;
    host.fault('slow=5000');
    await until(() => host.calls().length > calls);
    watch.kill('SIGKILL');
    await watch;
    host.fault('');
    expect(await host.vcpusched(onceArgs)).toMatchObject({ status: 0, stderr: '' });
  });

  test('another folder is another lock; another connection too', async () => {
    const [host, other] = [await stacked(), await stacked()];
    const watch = host.start(['watch', '0.3']);
    await until(() => lockOf(host) !== '');
    const apart = { VCPUSCHED_STATE_DIR: join(host.stateDir, '../other') };
    expect(await host.vcpusched(onceArgs, apart)).toMatchObject({ status: 0 });
    const sameFolder = { VCPUSCHED_STATE_DIR: host.stateDir };
    expect(await other.vcpusched(onceArgs, sameFolder)).toMatchObject({ status: 0 });
    watch.kill();
    await watch;
  });
});

/** These need a mount namespace, which root has, and most kernels grant to others. */
describe.concurrent('a disk that does not take it: nothing is pinned, one line, and what was kept is as it was', () => {
  const inNamespace = async (host: Sim, first: string, args: readonly string[], then = ':') => {
    const own = process.geteuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user'];
    const words = [program, '-c', host.uri, '--virsh', virshSim, ...args];
    const script = `${first} && { "$@"; status=$?; ${then} && exit $status; exit 99; }`;
    const { exitCode, stdout, stderr } = await execa(
      'unshare',
      [...own, 'sh', '-c', script, 'sh', ...words],
      {
        env: { PATH: process.env['PATH'], VCPUSCHED_STATE_DIR: host.stateDir },
        extendEnv: false,
        reject: false,
      },
    );
    return { status: exitCode, stdout, stderr };
  };

  const readOnlyOf = ({ stateDir }: Sim) =>
    `mount --bind ${stateDir} ${stateDir} && mount -o remount,bind,ro ${stateDir}`;

  test.each(['once', 'watch'])('read-only: %s', async (command) => {
    const host = await stacked();
    await host.vcpusched([...onceArgs, '--max-moves', '2']);
    const [before, text] = [await host.affinities(), readFileSync(fileIn(host, 'state.json'))];
    const args = command === 'watch' ? ['watch', '0.3'] : onceArgs;
    expect(await inNamespace(host, readOnlyOf(host), args)).toEqual({
      status: 1,
      stdout: '',
      stderr: `vcpusched: the affinities to restore cannot be saved in ${fileIn(host, 'lock')}: the file system is read-only: make it writable, or name another folder with --state-dir; without them nothing is pinned`,
    });
    expect([await host.affinities(), readFileSync(fileIn(host, 'state.json'))]).toEqual([before, text]);
    await host.vcpusched(['restore']);
    expect(await host.affinities()).toEqual(allOnZero);
  });

  /** A file system with room for what is there, the lock, and a part of a new file, which must not take its place. */
  const fullOf = ({ stateDir }: Sim) => {
    const small = `cp -a ${stateDir} ${stateDir}.1 && mount -t tmpfs -o size=12k,mode=700 tmpfs ${stateDir} && cp -a ${stateDir}.1/. ${stateDir}`;
    return `${small} && head -c 3000 /dev/zero > ${stateDir}/1 && { cat /dev/zero > ${stateDir}/2; true; } 2> /dev/null`;
  };
  const isSame = (host: Sim) => {
    const file = fileIn(host, 'state.json');
    return `cmp ${file} ${file.replace(host.stateDir, `${host.stateDir}.1`)}`;
  };

  test.each(['once', 'watch'])('full: %s', async (command) => {
    const host = await stacked();
    await host.vcpusched([...onceArgs, '--max-moves', '2']);
    const before = await host.affinities();
    const args = command === 'watch' ? ['watch', '0.5', '--cycles', '3'] : onceArgs;
    const ended = await inNamespace(host, fullOf(host), args, isSame(host));
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr.replace(/^watching [^\n]+\n/, '')).toMatch(
      /^(vcpusched: the affinities to restore cannot be saved in \S+: no space is left: make room there; without them nothing is pinned\n?)+$/,
    );
    expect(await host.affinities()).toEqual(before);
    await host.vcpusched(['restore']);
    expect(await host.affinities()).toEqual(allOnZero);
  });

  test.each([
    [
      'read-only',
      readOnlyOf,
      'the file system is read-only: make it writable, or name another folder with --state-dir',
    ],
    ['full', fullOf, 'no space is left: make room there'],
  ])(
    '%s: restore puts back all the same, says that it could not be noted, and can be run again',
    async (_, disk, why) => {
      const host = await stacked();
      await host.vcpusched([...onceArgs, '--max-moves', '2']);
      const ended = await inNamespace(host, disk(host), ['restore'], ':');
      expect(ended).toEqual({
        status: 1,
        stdout: 'restored 2 vCPUs',
        stderr: expect.stringMatching(
          `^vcpusched: what was restored could not be noted in \\S+: ${why}; a second restore finds where vCPUs are and does what is left$`,
        ),
      });
      expect(await host.affinities()).toEqual(allOnZero);
      expect(await host.vcpusched(['restore'])).toEqual({
        status: 0,
        stdout: 'nothing to restore\n',
        stderr: '',
      });
      await host.vcpusched(onceArgs);
      expect((await host.vcpusched(['restore'])).stdout).toMatch(/^restored \d vCPUs\n$/);
      expect(await host.affinities()).toEqual(allOnZero);
    },
  );

  test('full from the pins on: once says what was pinned, and restore can put it back', async () => {
    const host = await stacked();
    const fill = join(host.stateDir, 'fill');
    const filling = executable(
      `case "$*" in *vcpupin*) [ -e ${host.stateDir}.full ] || cat /dev/zero > ${fill} 2> /dev/null; touch ${host.stateDir}.full;; esac`,
      `exec ${process.execPath} ${virshSim} "$@"`,
    );
    const small = `mkdir -p ${host.stateDir} && mount -t tmpfs -o size=32k,mode=700 tmpfs ${host.stateDir}`;
    const restored = `rm ${fill} && ${program} -c ${host.uri} --virsh ${virshSim} restore`;
    const ended = await inNamespace(host, small, ['--virsh', filling, ...onceArgs], restored);
    expect(ended.status).toBe(1);
    expect(ended.stdout).toMatch(/^pinned \d vCPUs: .+\nrestored \d vCPUs$/);
    expect(ended.stderr).toMatch(
      /^vcpusched: \d vCPUs were pinned, but that could not be noted in \S+: no space is left: .+; the affinities that were saved before are still there, and 'vcpusched restore' restores them$/,
    );
    expect(await host.affinities()).toEqual(allOnZero);
  });
});

test.concurrent('once --since-last: two virsh processes that read, one that pins, and no window the second time', async () => {
  const host = await stacked();
  const args = ['once', '--since-last', '--window', '1', '--max-moves', '1', '--json'];
  await host.vcpusched(args);
  await sleep(1100);
  const before = host.calls().length;
  const { stdout } = await host.vcpusched(args);
  // Of a modelled host that has more pCPUs than this machine, their times are asked for once more.
  const calls = host.calls().slice(before);
  const others = calls.filter((call) => call.at(-1)?.startsWith('echo unchanged') !== true);
  expect(others.map(isPin)).toEqual([false, false, true]);
  expect((JSON.parse(stdout) as { windowMs: number }).windowMs).toBeGreaterThan(1100);
});
