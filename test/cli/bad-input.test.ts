import { describe, expect, test } from 'vitest';
import { executable } from '../support/executable.ts';
import { domains, sim, vcpusched, virshSim } from '../support/sim.ts';

const usage = "; 'vcpusched --help' shows the usage";
const usageOf = (command: string) => `; 'vcpusched ${command} --help' shows the usage`;

describe.concurrent('a wrong command line: status 64, one line, and virsh is not run', () => {
  test.each<[string, string]>([
    [
      '',
      `no command given: once, watch, plan, restore, pause, resume, history, status, top, explain, record, simulate, report, doctor, config, completion and help are the commands${usage}`,
    ],
    [
      'frobnicate',
      `unknown command 'frobnicate': once, watch, plan, restore, pause, resume, history, status, top, explain, record, simulate, report, doctor, config, completion and help are the commands${usage}`,
    ],
    ['once --frob', `unknown option '--frob'${usageOf('once')}`],
    ['watch', `'watch <interval>' needs <interval>${usageOf('watch')}`],
    ['watch 0', "the interval: a time such as 5s, 2m or 1h, from 0.001, at most 1d, is wanted, not '0'"],
    [
      'simulate a.csv --pcpus 5000 --period 10',
      "--pcpus: a whole number above 0, at most 4096 is wanted, not '5000'",
    ],
    [
      'simulate a.csv --pcpus 2 --period 0.0001',
      "--period: a time such as 5s, 2m or 1h, from 0.001, at most 1d, is wanted, not '0.0001'",
    ],
    [
      'simulate a.csv --pcpus 2 --period 10 --interval 0.0001',
      "the interval: a time such as 5s, 2m or 1h, from 0.001, at most 1d, is wanted, not '0.0001'",
    ],
    ['once --high 120', "--high: a number above 0, at most 100 is wanted, not '120'"],
    [
      'once --low 85',
      '--low 85, --target 80 and --high 90 are out of order: low <= target <= high is wanted',
    ],
    ['restore --foreign ignore', "--foreign: respect, adopt are the choices, not 'ignore'"],
    ['restore --window 3', `unknown option '--window'${usageOf('restore')}`],
    ['plan --since-last', `unknown option '--since-last'${usageOf('plan')}`],
    ['once --cpus 0-', "--cpus: '0-' is not a CPU number or a range such as 0-3"],
  ])('vcpusched %s', async (line, message) => {
    const virsh = executable('echo "virsh was run" >&2', 'exit 1');
    const args = line.split(' ').filter((word) => word !== '');
    const env = { VCPUSCHED_VIRSH: virsh };
    expect(await vcpusched(args, env)).toEqual({ status: 64, stdout: '', stderr: `vcpusched: ${message}\n` });
  });
});

describe.concurrent('a host that does not do as it should', () => {
  const four = () => sim(`pcpus = 2\n${domains(4, 30, 0)}`);
  const socket =
    "failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock'";

  test.each<[string, string, number, string]>([
    [
      'libvirtd is down',
      'unreachable',
      69,
      `cannot reach libvirt: ${socket}: No such file or directory: is the daemon running, and is the connection URI right?`,
    ],
    [
      'the socket may not be opened',
      'denied',
      77,
      `not permitted to connect to libvirt: ${socket}: Permission denied: run as root, or join the libvirt group`,
    ],
    [
      'polkit refuses',
      'polkit',
      77,
      "not permitted to connect to libvirt: failed to connect to the hypervisor: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage': run as root, or join the libvirt group",
    ],
    [
      'virsh hangs',
      'hang',
      69,
      'virsh did not answer within 0.7 s (URI): is libvirtd stuck? --timeout sets how long to wait',
    ],
    ['the output of virsh breaks off', 'truncate', 1, 'cannot read the host: '],
    ['the output of virsh is garbled', 'garble', 1, 'cannot read the host: '],
  ])('%s', async (_, fault, status, message) => {
    const host = await four();
    host.fault(fault);
    const timeout = fault === 'hang' ? '0.7' : '30';
    const ended = await host.vcpusched(['once', '--timeout', timeout, '--window', '0.2']);
    expect(ended).toEqual({ status, stdout: '', stderr: expect.stringMatching(/^vcpusched: .+\n$/) });
    expect(ended.stderr.replace(host.uri, 'URI')).toContain(`vcpusched: ${message}`);
  });

  test('one line of the output of virsh is garbled', async () => {
    const host = await four();
    const virsh = executable(`${process.execPath} ${virshSim} "$@" | sed 's/^CPU map:.*/CPU map: 0xff/'`);
    expect(await host.vcpusched(['once', '--virsh', virsh])).toEqual({
      status: 1,
      stdout: '',
      stderr: `vcpusched: cannot read the host: 'virsh nodecpumap' printed no usable CPU map: "0xff"\n`,
    });
  });

  test('pins are refused by a read-only connection', async () => {
    const host = await four();
    const virsh = executable(`exec ${process.execPath} ${virshSim} -r "$@"`);
    const { status, stdout, stderr } = await host.vcpusched(['once', '--virsh', virsh, '--window', '0.3']);
    expect(status).toBe(77);
    expect(stdout).toMatch(/^pinned 0 vCPUs, 2 failed: /);
    expect(stderr).toMatch(
      /^(vcpusched: not pinned: guest-\d vCPU 0, pCPU 0 to 1: operation forbidden: read only access prevents virDomainPinVcpuFlags\n){2}$/,
    );
  });

  test('pins fail', async () => {
    const host = await four();
    host.fault('pin-fails');
    const { status, stdout, stderr } = await host.vcpusched(['once', '--window', '0.3']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^pinned 0 vCPUs, 2 failed: /)]);
    expect(stderr.split('\n')).toHaveLength(3);
  });

  test('a list of CPUs with offline ones', async () => {
    const host = await four();
    await host.virsh('pcpu', '1', 'offline');
    const { status, stderr } = await host.vcpusched(['once', '--cpus', '0-1', '--window', '0.2']);
    expect([status, stderr]).toEqual([64, 'vcpusched: --cpus: pCPU 1 is not online; online are 0\n']);
  });

  test('a field is missing: those vCPUs are unknown, with the reason, and stay', async () => {
    const host = await four();
    host.fault('missing-time=guest-1/0');
    const { stdout } = await host.vcpusched(['plan', '--json', '--window', '0.3']);
    const { vcpus } = JSON.parse(stdout) as { vcpus: { reading: string; reason?: string }[] };
    expect(vcpus.filter(({ reading }) => reading !== 'measured')).toMatchObject([
      { domain: { name: 'guest-1' }, reason: 'libvirt did not report its CPU time (the domain may be busy)' },
    ]);
  });

  test('a libvirt before 7.2 tells no delay, and status says so', async () => {
    const host = await four();
    host.fault('nodelay');
    const { stdout, status } = await host.vcpusched(['status', '--window', '0.3']);
    expect(status).toBe(0);
    expect(stdout).toContain('This libvirt does not report how long vCPUs wait (7.2 and later do)');
  });
});

describe.concurrent('no virsh to run', () => {
  test('it is missing: both packages and the way to try without', async () => {
    expect(await vcpusched(['once', '--virsh', '/nonexistent/virsh'])).toEqual({
      status: 69,
      stdout: '',
      stderr:
        "vcpusched: virsh not found (looked for '/nonexistent/virsh'): install libvirt-clients (Debian, Ubuntu) or " +
        'libvirt-client (Fedora, RHEL), or name it with --virsh; to try vcpusched without a hypervisor, see ' +
        "'virsh-sim help'\n",
    });
  });

  test('watch ends at once too', async () => {
    expect((await vcpusched(['watch', '60', '--virsh', '/nonexistent/virsh'])).status).toBe(69);
  });

  test('--debug shows where', async () => {
    const { stderr } = await vcpusched(['once', '--virsh', '/nonexistent/virsh', '--debug']);
    expect(stderr).toMatch(/\n {4}at /);
  });
});

test.concurrent.each([
  [['--help'], /\n\nUsage: vcpusched <command> \[options\]\n/],
  [['once', '--help'], /^Usage: vcpusched once \[options\]\n(.*\n)+ {6}--dry-run/],
  [['--version'], /^vcpusched \d+\.\d+\.\d+\n$/],
])('vcpusched %j', async (args, shown) => {
  const { status, stdout, stderr } = await vcpusched(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(shown);
});
