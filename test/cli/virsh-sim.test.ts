import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/executable.ts';
import { until } from '../support/sim.ts';

const bin = 'bin/virsh-sim.js';
const bare = { PATH: process.env['PATH'] ?? '' };

/** Runs the built program; nothing of the caller's environment changes the outcome. */
async function virshSim(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [bin, ...args], {
    env: { ...bare, ...env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
  return { status: exitCode, stdout, stderr };
}

async function hostOf(scenario: string): Promise<{ dir: string; uri: string }> {
  const parent = temporaryDirectory();
  const file = join(parent, 'scenario.toml');
  writeFileSync(file, scenario);
  const dir = join(parent, 'a host');
  expect(await virshSim(['init', dir, file])).toEqual({ status: 0, stdout: '', stderr: '' });
  return { dir, uri: `sim://${dir}` };
}

const none = { time: Number.NaN, delay: Number.NaN };
const stacked = 'pcpus = 8\n[[domains]]\nname = "g-%d"\ncount = 8\naffinity = 0\ndemand = 50\n';

describe('virsh-sim', () => {
  it('lets real time pass on its host', async () => {
    const { uri } = await hostOf('pcpus = 1\n[[domains]]\nname = "g-%d"\ncount = 2\ndemand = [30, 100]\n');
    const sample = async () => {
      const { stdout } = await virshSim(['-c', uri, 'domstats', '--vcpu']);
      const figure = (name: string, field: string): number =>
        Number(new RegExp(`'${name}'[^D]*vcpu\\.0\\.${field}=(\\d+)`).exec(stdout)?.[1]) / 1e9;
      return ['g-1', 'g-2'].map((name) => ({ time: figure(name, 'time'), delay: figure(name, 'delay') }));
    };
    const began = performance.now();
    const [a1 = none, b1 = none] = await sample();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const [a2 = none, b2 = none] = await sample();
    // g-2 always runs or waits, so it tells how much time passed for the host between the two calls.
    const passed = b2.time + b2.delay - b1.time - b1.delay;
    expect(passed).toBeGreaterThan(0.98);
    expect(passed).toBeLessThan((performance.now() - began) / 1000 + 0.02);
    expect((a2.time - a1.time) / passed).toBeCloseTo(0.3, 1);
    expect((b2.time - b1.time) / passed).toBeCloseTo(0.7, 1);
    expect((b2.delay - b1.delay) / passed).toBeCloseTo(0.3, 1);
    expect(a2.delay).toBe(0);
  });

  it('remembers pins from call to call, even from many at a time', async () => {
    const { uri } = await hostOf(stacked);
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    const pins = await Promise.all(
      numbers.map((n) => virshSim(['-c', uri, 'vcpupin', `g-${n}`, '0', `${n}`, '--live'])),
    );
    expect(pins).toEqual(numbers.map(() => ({ status: 0, stdout: '\n', stderr: '' })));
    const { stdout } = await virshSim([
      '-q',
      '-c',
      uri,
      [8, ...numbers].map((n) => `vcpupin g-${n}`).join(';'),
    ]);
    expect(stdout).toBe([0, ...numbers].map((n) => ` 0   ${n}\n`).join(''));
  });

  it('writes a line for each call', async () => {
    const { dir, uri } = await hostOf(stacked);
    await virshSim(['-c', uri, 'list', '--uuid']);
    await virshSim(['-r', 'echo "a"; frob'], { LIBVIRT_DEFAULT_URI: uri });
    expect(readFileSync(join(dir, 'calls.log'), 'utf8')).toBe(
      `${JSON.stringify(['-c', uri, 'list', '--uuid'])}\n${JSON.stringify(['-r', 'echo "a"; frob'])}\n`,
    );
  });

  it('finds its host in the environment', async () => {
    const { dir, uri } = await hostOf(stacked);
    const expected = { status: 0, stdout: '1\n\n', stderr: '' };
    expect(await virshSim(['domid', 'g-1'], { LIBVIRT_DEFAULT_URI: uri })).toEqual(expected);
    expect(await virshSim(['domid', 'g-1'], { VIRSH_SIM_DIR: dir })).toEqual(expected);
    expect(await virshSim(['domid', 'g-1'], { VIRSH_DEFAULT_CONNECT_URI: uri })).toEqual(expected);
  });

  it('has verbs of its own that name the directory', async () => {
    const { dir, uri } = await hostOf(stacked);
    expect(await virshSim(['pcpu', dir, '7', 'offline'])).toMatchObject({ status: 0, stderr: '' });
    expect(await virshSim(['demand', dir, 'g-1', '0'])).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = await virshSim(['-c', uri, 'nodecpumap']);
    expect(stdout).toContain('CPU map:        yyyyyyy-\n');
    const { demand } = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')).host.domains[0].vcpus[0];
    expect(demand).toEqual({ kind: 'constant', pct: 0 });
    expect((await virshSim(['demand', dir, 'g-1', '101'])).stderr).toBe(
      "error: '101' is not 0 to 100 per cent\n",
    );
    expect((await virshSim(['pcpu', dir, '9', 'online'])).stderr).toBe('error: the host has no CPU 9\n');
  });

  it('restarts a domain: counters from 0, a new id, the pins of its configuration', async () => {
    const { uri } = await hostOf(stacked);
    const restart = 'destroy g-1; start g-1; domid g-1; vcpupin g-1';
    const { status, stdout, stderr } = await virshSim([
      '-q',
      '-c',
      uri,
      `vcpupin g-1 0 5 --live; domstats g-1 --vcpu; ${restart}; domstats g-1 --vcpu`,
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const counters = [...stdout.matchAll(/\.time=(\d+)/g)].map(([, ns]) => Number(ns));
    expect(counters).toEqual([expect.toSatisfy((ns: number) => ns > 0), 0]);
    expect(stdout).toContain("\nDomain 'g-1' destroyed\nDomain 'g-1' started\n9\n 0   0\n");
  });

  it('hangs until it is killed, where that is asked for', async () => {
    const { uri } = await hostOf(stacked);
    const { timedOut, exitCode } = await execa(process.execPath, [bin, '-c', uri, 'list'], {
      env: { VIRSH_SIM_FAULT: 'hang' },
      reject: false,
      timeout: 700,
    });
    expect({ timedOut, exitCode }).toEqual({ timedOut: true, exitCode: undefined });
  });

  it('lets go of its host when it is killed', async () => {
    const { dir, uri } = await hostOf(stacked);
    const log = join(dir, 'calls.log');
    const calls = () => (existsSync(log) ? readFileSync(log, 'utf8').match(/.+\n/g) : null) ?? [];
    const slow = execa(process.execPath, [bin, '-c', uri, 'vcpupin', 'g-1', '0', '1'], {
      env: { VIRSH_SIM_FAULT: 'slow=600000' },
      reject: false,
    });
    await until(() => calls().length === 1);
    slow.kill('SIGKILL');
    expect((await slow).signal).toBe('SIGKILL');
    expect((await virshSim(['-c', uri, 'vcpupin', 'g-1', '0', '2'])).status).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('does not mind a reader that has enough', async () => {
    const { uri } = await hostOf('pcpus = 1\n[[domains]]\nname = "g"\ncount = 2000\ndemand = 0\n');
    const { stdout, stderr } = await execa({
      shell: true,
    })`"${process.execPath}" ${bin} -c "${uri}" domstats | head -n 1`;
    expect(stdout).toMatch(/^Domain: 'g-\d+'$/);
    expect(stderr).toBe('');
  });

  it('prints all of a long output into a pipe', async () => {
    const { uri } = await hostOf('pcpus = 1\n[[domains]]\nname = "g"\ncount = 2000\ndemand = 0\n');
    const { stdout } = await virshSim(['-c', uri, 'domstats', '--state', '--vcpu']);
    expect(stdout.match(/^Domain: /gm)).toHaveLength(2000);
    expect(stdout.length).toBeGreaterThan(300_000);
  });

  it('tells of a mistake in a scenario in one line', async () => {
    const file = join(temporaryDirectory(), 'bad.toml');
    writeFileSync(file, 'pcpus = 4\n\n[[domains]]\nname = "a"\ndemand = "much"\n');
    expect(await virshSim(['init', join(file, '..', 'host'), file])).toEqual({
      status: 65,
      stdout: '',
      stderr: `error: ${file}:5: domains.demand: Expected number but received "much"\n`,
    });
    expect(await virshSim(['init', 'somewhere'])).toMatchObject({ status: 64, stdout: '' });
  });

  it('explains itself', async () => {
    const { status, stdout } = await virshSim(['help']);
    expect(status).toBe(0);
    expect(stdout).toContain('virsh-sim init DIR SCENARIO.toml');
    expect(await virshSim(['--help'])).toEqual({ status: 0, stdout, stderr: '' });
    expect(await virshSim(['--version'])).toEqual({ status: 0, stdout: '9.0.0\n', stderr: '' });
  });
});
