import { describe, expect, test } from 'vitest';
import { connectionFolder } from '../../src/state/connection.ts';

describe('ways to spell one connection have one folder', () => {
  test.each([
    [
      'qemu:///system',
      'qemu+unix:///system',
      'qemu:///system?no_verify=1',
      'qemu+unix:///system?socket=/run/libvirt/libvirt-sock',
      'qemu:///system?socket=/var/run/libvirt/virtqemud-sock',
    ],
    [
      'qemu+ssh://host/system',
      'qemu+ssh://root@host/system',
      'qemu+ssh://admin@HOST/system?keyfile=x',
      'qemu+tls://host/system',
      'qemu+libssh2://host/system',
    ],
  ])('%s', (...uris) => {
    expect(new Set(uris.map(connectionFolder)).size).toBe(1);
  });
});

test('other connections have other folders', () => {
  const uris = [
    'qemu:///system',
    'qemu:///session',
    'lxc:///system',
    'qemu:///system?socket=/run/user/7/libvirt/libvirt-sock',
    'qemu+ssh://host/system',
    'qemu+ssh://other/system',
    'qemu+tcp://host:16509/system',
    'qemu+tcp://host:16510/system',
    'qemu+ssh://anna@host/session',
    'qemu+ssh://ben@host/session',
    'test:///default',
    'not a URI',
  ];
  expect(new Set(uris.map(connectionFolder)).size).toBe(uris.length);
});

test.each(['qemu:///system', `test:///${'x/../'.repeat(99)}ü\u0000*`, 'no URI at all', ''])(
  'the name for %j is safe, and says something to people',
  (uri) => {
    expect(connectionFolder(uri)).toMatch(/^[A-Za-z0-9-]{0,61}[0-9a-f]{8}$/);
  },
);

test('it stays what it is, or nothing would be found again', () => {
  expect(connectionFolder('qemu:///system')).toBe('qemu-system-1021ab2b');
});
