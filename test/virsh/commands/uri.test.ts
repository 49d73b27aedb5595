import { expect, test } from 'vitest';
import { uri } from '../../../src/virsh/commands/uri.ts';
import { recorded } from '../../support/recorded.ts';

test('a recorded one', () => {
  expect(uri.parse(recorded('hosts/qemu-9.0.0/uri').stdout)).toBe('qemu:///system');
});

test.each(['qemu+unix:///system?socket=/run/x', 'qemu+ssh://root@host:22/system', 'test:///default'])(
  '%s',
  (text) => {
    expect(uri.parse(`${text}\n\n`)).toBe(text);
  },
);

test('what a wrapper says before it is not its', () => {
  expect(uri.parse('Welcome to node7\nUnauthorised use is logged.\nqemu:///system\n\n')).toBe(
    'qemu:///system',
  );
});

test.each(['', 'system', 'qemu:///a b', 'qemu:///a\nqemu:///b'])('%j is none', (text) => {
  expect(() => uri.parse(text)).toThrow(
    `'virsh uri' printed no usable connection URI: ${JSON.stringify(text)}`,
  );
});
