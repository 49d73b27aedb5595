import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodecpumap } from '../../../src/virsh/commands/nodecpumap.ts';
import { recorded } from '../../support/recorded.ts';

test.each([
  ['hosts/qemu-9.0.0/nodecpumap', [0, 1]],
  ['hosts/test-driver-9.0.0/nodecpumap', [0, 2, 4]],
])('%s', (name, online) => {
  expect(nodecpumap.parse(recorded(name).stdout)).toEqual(online);
});

test.each([
  ['', '""'],
  ['CPU map:        ----\n', '"----"'],
  ['CPU map:        yyxy\n', '"yyxy"'],
  ['CPUs online:    2\n', JSON.stringify('CPUs online:    2\n')],
])('%j is refused', (stdout, shown) => {
  expect(() => nodecpumap.parse(stdout)).toThrow(`'virsh nodecpumap' printed no usable CPU map: ${shown}`);
});

test('what is printed is read again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1 }).filter((cpus) => cpus.includes(true)),
      (cpus) => {
        const map = cpus.map((online) => (online ? 'y' : '-')).join('');
        const online = cpus.flatMap((isOnline, cpu) => (isOnline ? [cpu] : []));
        expect(nodecpumap.parse(`CPUs present:   ${cpus.length}\nCPU map:        ${map}\n\n`)).toEqual(
          online,
        );
      },
    ),
  );
});
