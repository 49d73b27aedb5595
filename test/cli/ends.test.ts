import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { domains, program, type Sim, sim, until, virshSim } from '../support/sim.ts';

const stacked = () => sim(`pcpus = 4\n${domains(8, 40, 0)}`);
const allOnZero = Array.from({ length: 8 }, (_, i) => `guest-${i + 1}/0 0`);
const onceArgs = ['once', '--window', '0.5'];
/** Node has no call for it. */
const makeFifo = (path: string) => void execFileSync('mkfifo', [path]);
const hasPinned = (host: Sim) => host.calls().some((call) => call.at(-1)?.includes('vcpupin') === true);

/** The program with its output into a pipe; its own status, what came out of the pipe, and what it said. */
async function piped(host: Sim, args: readonly string[], reader: string) {
  const words = [program, '-c', host.uri, '--virsh', virshSim, ...args];
  const script = `"$@" | ${reader}; exit \${PIPESTATUS[0]}`;
  const { exitCode, stdout, stderr } = await execa('bash', ['--norc', '-c', script, 'bash', ...words], {
    env: { PATH: process.env['PATH'], VCPUSCHED_STATE_DIR: host.stateDir, VCPUSCHED_CONFIG: '/dev/null' },
    extendEnv: false,
    reject: false,
  });
  return { status: exitCode, stdout, stderr };
}

describe.concurrent('a reader that goes away', () => {
  test('skips no restore: watch --json --restore-on-exit | head -1', async () => {
    const host = await stacked();
    const { status, stdout } = await piped(host, ['watch', '0.3', '--json', '--restore-on-exit'], 'head -1');
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { command: 'watch', verdict: { kind: 'moves' } }]);
    expect(hasPinned(host)).toBe(true);
    expect(await host.affinities()).toEqual(allOnZero);
  });

  test('changes no status: once | true where every pin fails', async () => {
    const host = await stacked();
    host.fault('pin-fails');
    const { status, stderr } = await piped(host, onceArgs, 'true');
    expect([status, stderr.split('\n')[0]]).toEqual([1, expect.stringMatching(/^vcpusched: not pinned: /)]);
  });

  test('is no failure where all is well', async () => {
    const host = await stacked();
    expect(await piped(host, onceArgs, 'true')).toMatchObject({ status: 0, stderr: '' });
    expect((await piped(host, ['restore'], 'true')).status).toBe(0);
    expect(await host.affinities()).toEqual(allOnZero);
  });
});

describe.concurrent('signals', () => {
  test('SIGHUP ends watch as SIGTERM does, and --restore-on-exit restores', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.4', '--restore-on-exit']);
    await until(() => hasPinned(host));
    watch.kill('SIGHUP');
    expect(await watch).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('vcpusched: ') });
    expect(await host.affinities()).toEqual(allOnZero);
  });

  test('SIGUSR1 opens no debugger, and ends nothing', async () => {
    const host = await stacked();
    const watch = host.start(['watch', '0.4']);
    await until(() => hasPinned(host));
    watch.kill('SIGUSR1');
    const calls = host.calls().length;
    await until(() => host.calls().length > calls + 2);
    watch.kill();
    expect(await watch).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('vcpusched: ') });
  });
});

test.concurrent.each(['/proc/nope/x', '/proc/self/nope/a/b'])(
  'a folder that there can never be: %s',
  async (folder) => {
    const host = await stacked();
    const ended = await host.vcpusched([...onceArgs, '--state-dir', folder]);
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^vcpusched: the affinities to restore cannot be saved in \S+: the folder cannot exist there: name another folder with --state-dir; without them nothing is pinned\n$/,
    );
  },
);

describe.concurrent('what stands in the place of a file of the state', () => {
  const commands = [onceArgs, ['restore'], ['restore', '--dry-run']];

  async function kept() {
    const host = await stacked();
    await host.vcpusched(onceArgs);
    const folder = join(host.stateDir, readdirSync(host.stateDir)[0] ?? '');
    return { host, folder, file: join(folder, 'state.json'), lock: join(folder, 'lock') };
  }

  test.each<[string, (path: string) => void]>([
    ['a FIFO', makeFifo],
    ['a folder', (path) => void mkdirSync(path)],
    ['a link to a device', (path) => void symlinkSync('/dev/zero', path)],
    ['a link to what was there', (path) => void symlinkSync(`${path}.1`, path)],
  ])('%s is not opened: 65, and it is named', async (_, make) => {
    const { host, file } = await kept();
    renameSync(file, `${file}.1`);
    make(file);
    for (const args of commands) {
      expect(await host.vcpusched(args), args.join(' ')).toEqual({
        status: 65,
        stdout: '',
        stderr: `vcpusched: ${file} cannot be used: it is no regular file: move it away, or name another folder with --state-dir; until then nothing is pinned\n`,
      });
    }
  });

  test('a FIFO for the lock', async () => {
    const { host, lock } = await kept();
    renameSync(lock, `${lock}.1`);
    makeFifo(lock);
    expect(await host.vcpusched(onceArgs)).toMatchObject({ status: 65, stdout: '' });
    expect((await host.vcpusched(['doctor'])).stderr).toBe('');
  });

  test('a link for the draft is not followed', async () => {
    const { host, file, folder } = await kept();
    const elsewhere = join(folder, '../elsewhere');
    writeFileSync(elsewhere, 'mine\n');
    symlinkSync(elsewhere, `${file}.new`);
    expect((await host.vcpusched(['restore'])).status).toBe(0);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine\n');
    expect(await host.affinities()).toEqual(allOnZero);
  });

  test('a link for the folder', async () => {
    const { host, folder } = await kept();
    renameSync(folder, `${folder}.1`);
    symlinkSync(`${folder}.1`, folder);
    const { status, stderr } = await host.vcpusched(onceArgs);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`cannot be saved in ${folder}: `)]);
  });

  test('one damaged entry: once pins nothing, restore puts all others back, and both name it', async () => {
    const { host, file, folder } = await kept();
    const text = readFileSync(file, 'utf8');
    const name = /"name":"(guest-\d)"/.exec(text)?.[1] ?? '';
    writeFileSync(file, text.replace(/"original":"0"/, '"original":"1"'));
    const before = await host.affinities();
    const once = await host.vcpusched(onceArgs);
    expect([once.status, once.stdout]).toEqual([65, '']);
    expect(once.stderr).toMatch(
      `vcpusched: ${file} cannot be used: vcpus.0 (${name} vCPU 0): its checksum is not that of what it says`,
    );
    expect(await host.affinities()).toEqual(before);
    const restored = await host.vcpusched(['restore']);
    expect([restored.status, restored.stdout]).toEqual([65, 'restored 5 vCPUs\n']);
    expect(restored.stderr).toMatch(
      `vcpusched: not restored, because its saved affinity is damaged: ${file}: vcpus.0 (${name} vCPU 0): `,
    );
    const left = (await host.affinities()).filter((line) => !line.endsWith(' 0'));
    expect(left.map((line) => line.split('/')[0])).toEqual([name]);
    expect(readFileSync(join(folder, 'state.damaged.json'), 'utf8')).toContain('"original":"1"');
    expect((await host.vcpusched(['restore'])).stdout).toBe('nothing to restore\n');
  });
});

describe.concurrent('few files, few processes: one line and no stack', () => {
  test.each([22, 25, 28, 31, 34, 40])('%i files', async (files) => {
    const host = await stacked();
    const words = [program, '-c', host.uri, '--virsh', virshSim, ...onceArgs];
    const { exitCode, stderr } = await execa(
      'bash',
      ['--norc', '-c', `ulimit -n ${files}; exec "$@"`, 'bash', ...words],
      {
        env: { PATH: process.env['PATH'], VCPUSCHED_STATE_DIR: host.stateDir, VCPUSCHED_CONFIG: '/dev/null' },
        extendEnv: false,
        reject: false,
      },
    );
    if (exitCode === 0) expect(stderr).toBe('');
    else expect([exitCode, stderr]).toEqual([expect.any(Number), expect.stringMatching(/^vcpusched: .+$/)]);
    expect(stderr).not.toMatch(/internal error|\n {4}at /);
  });
});
