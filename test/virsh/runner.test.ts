import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VirshMissing } from '../../src/virsh/failures.ts';
import { virshRunner } from '../../src/virsh/runner.ts';
import type { VirshOptions } from '../../src/virsh/virsh-options.ts';
import { executable } from '../support/executable.ts';

afterEach(() => void vi.unstubAllEnvs());

const nowMs = () => performance.now();
const runner = (path: string, over: Partial<VirshOptions> = {}) =>
  virshRunner({ path, uri: undefined, readonly: false, timeoutMs: 20_000, ...over }, nowMs);

describe('how it is run', () => {
  test('in the C locale, whatever the user has', async () => {
    vi.stubEnv('LANGUAGE', 'de');
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    const { stdout } = await runner(executable("env | grep -E '^(LC_ALL|LANGUAGE)='"))([]);
    expect(stdout).toBe('LC_ALL=C\n');
  });

  test('without what makes virsh or its library write logs', async () => {
    const noisy = [
      'VIRSH_DEBUG',
      'VIRSH_LOG_FILE',
      'LIBVIRT_DEBUG',
      'LIBVIRT_LOG_OUTPUTS',
      'LIBVIRT_LOG_FILTERS',
    ];
    for (const name of noisy) vi.stubEnv(name, '1');
    vi.stubEnv('LIBVIRT_DEFAULT_URI', 'test:///default');
    const { stdout } = await runner(executable("env | grep -E '^(VIRSH|LIBVIRT)_'"))([]);
    expect(stdout).toBe('LIBVIRT_DEFAULT_URI=test:///default\n');
  });

  test('found on PATH, with the global options first and every argument as it is', async () => {
    const path = executable(`printf '<%s>' "$@"`);
    vi.stubEnv('PATH', `${dirname(path)}:${process.env['PATH']}`);
    const virsh = runner('virsh', { uri: 'test:///a b', readonly: true });
    const { stdout } = await virsh(['$(id) "x" ; y', '', '*']);
    expect(stdout).toBe('<-r><-c><test:///a b><$(id) "x" ; y><><*>');
  });

  test('without input, in a process group of its own', async () => {
    const { stdout } = await runner(executable('cat', 'echo "$$ $(cut -d" " -f5 /proc/$$/stat)"'))([]);
    const [pid, group] = stdout.trim().split(' ');
    expect(group).toBe(pid);
  });

  test('what it says comes back whole, newlines, exit status and all', async () => {
    const virsh = runner(
      executable('head -c 3000000 /dev/zero | tr "\\0" x', 'echo', 'echo no >&2', 'exit 3'),
    );
    const before = nowMs();
    const { stdout, stderr, exitCode, firstStderrAtMs } = await virsh([]);
    expect({ length: stdout.length, stderr, exitCode }).toEqual({
      length: 3_000_001,
      stderr: 'no\n',
      exitCode: 3,
    });
    expect(firstStderrAtMs).toBeGreaterThan(before);
    expect(firstStderrAtMs).toBeLessThanOrEqual(nowMs());
  });
});

describe('the time of the text that is waited for', () => {
  const lines = ['echo noise >&2', 'printf "error: mar" >&2', 'printf "k.0\\n" >&2'];

  test.each([
    ['that of the text, in however many pieces it comes', 'error: mark.0\n', true],
    ['none, where it does not come', 'error: mark.1\n', false],
  ])('%s', async (_, waitFor, comes) => {
    const { firstStderrAtMs, stderr } = await runner(executable(...lines))([], undefined, { waitFor });
    expect(stderr).toBe('noise\nerror: mark.0\n');
    expect(Number.isNaN(firstStderrAtMs)).toBe(!comes);
  });
});

describe('a host without a socket for read-only connections', () => {
  const absent =
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/run/libvirt/virtqemud-sock-ro': No such file or directory";
  const lines = [
    'if [ "$1" = -r ]; then',
    `cat >&2 <<'E'`,
    absent,
    'E',
    'exit 1',
    'fi',
    `printf '<%s>' "$@"`,
  ];

  test('a reader takes the other one, and keeps to it', async () => {
    const path = executable('echo "$@" >> "$0.calls"', ...lines);
    const virsh = runner(path, { readonly: true });
    expect((await virsh(['list'])).stdout).toBe('<list>');
    expect((await virsh(['uri'])).stdout).toBe('<uri>');
    expect(readFileSync(`${path}.calls`, 'utf8')).toBe('-r list\nlist\nuri\n');
  });

  test('and pins nothing over it', async () => {
    const virsh = runner(executable(...lines), { readonly: true });
    await expect(virsh(['list;vcpupin --domain x'])).rejects.toThrow('a reader may not pin');
  });

  test('another complaint is no reason for that', async () => {
    const refused = absent.replace('No such file or directory', 'Permission denied');
    const virsh = runner(executable(...lines.map((line) => (line === absent ? refused : line))), {
      readonly: true,
    });
    expect((await virsh(['list'])).stderr).toContain('Permission denied');
  });
});

describe('how it fails', () => {
  test('it is not there', async () => {
    await expect(runner('no-such-virsh')([])).rejects.toThrow(VirshMissing);
    await expect(runner('/nonexistent/virsh')([])).rejects.toThrow("looked for '/nonexistent/virsh'");
  });

  test('it may not be run', async () => {
    const path = executable('echo');
    chmodSync(path, 0o644);
    await expect(runner(path)([])).rejects.toMatchObject({
      status: 69,
      message: `cannot run virsh ('${path}'): EACCES`,
    });
  });

  test('a signal ends it', async () => {
    const path = executable('kill -TERM $$');
    await expect(runner(path)([])).rejects.toMatchObject({
      status: 69,
      message: `cannot run virsh ('${path}'): it was ended by SIGTERM`,
    });
  });

  test.each([
    ['itself', 'exec sleep 1000'],
    ['one that ignores SIGTERM', 'trap "" TERM; while :; do :; done'],
    ['a wrapper whose child hangs', 'sleep 1000; echo'],
  ])('it hangs: %s', async (_, line) => {
    await expect(
      runner(executable(line), { timeoutMs: 300, uri: 'qemu:///system' })([]),
    ).rejects.toMatchObject({
      status: 69,
      message:
        'virsh did not answer within 0.3 s (qemu:///system): is libvirtd stuck? --timeout sets how long to wait',
    });
  });
});

describe('an abort', () => {
  test.each([
    ['itself', 'echo up >&2; exec sleep 1000'],
    ['a wrapper whose child goes on', 'echo up >&2; sleep 1000; echo'],
  ])('ends it: %s', async (_, line) => {
    const stop = new AbortController();
    const run = runner(executable(line))([], stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('before the start, nothing is started', async () => {
    await expect(runner(executable('echo'))([], AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
