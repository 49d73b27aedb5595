import { expect, test } from 'vitest';
import { daemonVersion } from '../../../src/virsh/commands/daemon-version.ts';

const said = (version: string) =>
  `Compiled against library: libvirt 9.0.0\nUsing API: QEMU 9.0.0\nRunning against daemon: ${version}\n\n`;

test('asks the daemon', () => {
  expect(daemonVersion.words).toEqual(['version', '--daemon']);
});

test.each(['9.0.0', '10.12.3', '1000.2000.3000'])('%s', (version) => {
  expect(daemonVersion.parse(said(version))).toBe(version);
});

test.each([
  ['nothing', '\n', '""'],
  ['two numbers', 'Running against daemon: 9.0\n', '"Running against daemon: 9.0"'],
  ['more than three', 'Running against daemon: 9.0.0.1\n', '"Running against daemon: 9.0.0.1"'],
  ['what is no number', 'Running against daemon: 9.x.0\n', '"Running against daemon: 9.x.0"'],
  ['other words before', 'Not Running against daemon: 9.0.0\n', '"Not Running against daemon: 9.0.0"'],
])('%s is none', (_, stdout, shown) => {
  expect(() => daemonVersion.parse(stdout)).toThrow(
    `'virsh version --daemon' printed no usable daemon: ${shown}`,
  );
});
