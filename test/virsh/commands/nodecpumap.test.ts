import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodecpumap } from '../../../src/virsh/commands/nodecpumap.ts';
import { recorded } from '../../support/recorded.ts';

test.each([
  ['hosts/qemu-9.0.0/nodecpumap', [0, 1]],
  ['hosts/test-driver-9.0.0/nodecpumap', [0, 2, 4]],
])('%s', (name, map) => {
  expect(nodecpumap.parse(recorded(name).stdout)).toEqual({ map, count: map.length });
});

test.each([
  ['the map can say another number', 'CPUs online:  1\nCPU map:   yy\n', { map: [0, 1], count: 1 }],
  ['the number is not told', 'CPU map:   yy\n', { map: [0, 1], count: undefined }],
  ['the number is none', 'CPUs online:  x\nCPU map:   yy\n', { map: [0, 1], count: undefined }],
  ['text before the number', 'CPUs online:  x2\nCPU map:   yy\n', { map: [0, 1], count: undefined }],
  ['text behind the number', 'CPUs online:  2x\nCPU map:   yy\n', { map: [0, 1], count: undefined }],
  ['what a wrapper says before', 'Welcome: CPU map: yyy\nCPU map:   yy\n', { map: [0, 1], count: undefined }],
])('%s', (_, stdout, expected) => {
  expect(nodecpumap.parse(stdout)).toEqual(expected);
});

test.each([
  ['', '""'],
  ['CPU map:        ----\n', '"----"'],
  ['CPU map:        yyxy\n', '"yyxy"'],
  ['CPU map:        yy', JSON.stringify('CPU map:        yy')],
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
        const stdout = `CPUs present:   ${cpus.length}\nCPUs online:    ${online.length}\nCPU map:        ${map}\n\n`;
        expect(nodecpumap.parse(stdout)).toEqual({ map: online, count: online.length });
      },
    ),
  );
});
