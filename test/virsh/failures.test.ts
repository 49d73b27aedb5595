import { describe, expect, test } from 'vitest';
import { complaintAndRemarks, isPermission, spawnFailure, virshFailure } from '../../src/virsh/failures.ts';
import { recorded } from '../support/recorded.ts';

const failure = (name: string) =>
  virshFailure('cannot read the host', complaintAndRemarks(recorded(`stderr/${name}`).stderr).complaint);

describe('what a recorded complaint amounts to', () => {
  test.each([
    [
      'daemon-down',
      69,
      "cannot reach libvirt: failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory: is the daemon running, and is the connection URI right?",
    ],
    ['daemon-killed', 69, 'cannot reach libvirt: '],
    ['refused-connection', 69, 'cannot reach libvirt: '],
    ['unknown-host', 69, 'cannot reach libvirt: '],
    ['unknown-uri-scheme', 69, 'cannot reach libvirt: '],
    ['unknown-uri-path', 69, 'cannot reach libvirt: '],
    ['no-such-socket', 69, 'cannot reach libvirt: '],
    [
      'permission-denied',
      77,
      "not permitted to connect to libvirt: failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied: run as root, or join the libvirt group; on most systems status and plan need neither with --connect qemu:///system",
    ],
    ['polkit-refused', 77, 'not permitted to connect to libvirt: '],
    [
      'read-only',
      77,
      'cannot read the host: operation forbidden: read only access prevents virDomainPinVcpuFlags',
    ],
    [
      'no-such-domain',
      1,
      "cannot read the host: failed to get domain '6c0e3c5a-54d1-4b0e-9d8e-0000000000ff'",
    ],
  ])('%s', (name, status, message) => {
    expect(failure(name)).toMatchObject({ status, message: expect.stringContaining(message) });
  });

  test.each([
    ['/run/user/1000/libvirt/virtqemud-sock', true],
    ['/home/alice/.cache/libvirt/libvirt-sock', true],
    ['/var/run/libvirt/libvirt-sock', false],
  ])('without a daemon at %s the connection of the system is named: %s', (socket, isNamed) => {
    const text = `failed to connect to the hypervisor: Failed to connect socket to '${socket}': No such file or directory`;
    const { message } = virshFailure('cannot read the host', text);
    expect(message.endsWith(' --connect qemu:///system shows the domains of the system')).toBe(isNamed);
  });

  // virsh writes it so where it had been connected before (7.0 to 12.9).
  test('a connection that was lost and cannot be made again', () => {
    const text =
      "Failed to reconnect to the hypervisor: Failed to connect socket to '/x': Connection refused";
    expect(virshFailure('cannot read the host', text)).toMatchObject({
      status: 69,
      message: expect.stringContaining(`cannot reach libvirt: ${text}`),
    });
  });

  test('every message is one line', () => {
    expect(failure('bad-cpulist').message).toBe(
      "cannot read the host: Invalid cpulist 'x': invalid argument: Failed to parse bitmap 'x'",
    );
  });
});

test.each([
  ['read-only', true],
  ['permission-denied', true],
  ['no-such-pcpu', false],
  ['no-such-vcpu', false],
  ['not-running.vcpupin', false],
])('%s is a refusal: %s', (name, refused) => {
  expect(isPermission(recorded(`stderr/${name}`).stderr)).toBe(refused);
});

test('a virsh that is not there: both packages and the way to try without', () => {
  const options = { path: 'virsh', uri: undefined, readonly: false, timeoutMs: 1 };
  expect(spawnFailure(options, { code: 'ENOENT' })).toMatchObject({
    status: 69,
    message:
      "virsh not found (looked for 'virsh'): install libvirt-clients (Debian, Ubuntu) or libvirt-client (Fedora, RHEL), " +
      "or name it with --virsh; to try vcpusched without a hypervisor, see 'virsh-sim help'",
  });
});

describe('complaints and remarks', () => {
  const log = '2026-01-05 10:11:12.345+0000: 4242: warning : virEventPollUpdateTimeout:255 : timer -1';
  const loader = "ERROR: ld.so: object 'x.so' from LD_PRELOAD cannot be preloaded: ignored.";

  test.each<[string, string, string, readonly string[]]>([
    ['silence', '', '', []],
    ['a complaint', 'error: x\n', 'x', []],
    ['two', 'error: x\nerror: y\n', 'x: y', []],
    ['one of several lines', 'error: x\nand more\n\nof it\n', 'x: and more: of it', []],
    ['a loader', `${loader}\n`, '', [loader]],
    ['a loader, then a complaint', `${loader}\nerror: x\n`, 'x', [loader]],
    ['a log', `${log}\n`, '', [log]],
    ['a log within a complaint', `error: x\n${log}\nerror: y\n`, 'x: y', [log]],
    [
      'what says error elsewhere in the line',
      'libvirt: XML-RPC error : x\n',
      '',
      ['libvirt: XML-RPC error : x'],
    ],
  ])('%s', (_, stderr, complaint, remarks) => {
    expect(complaintAndRemarks(stderr)).toEqual({ complaint, remarks });
  });
});
