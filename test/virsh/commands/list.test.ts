import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { list, listPersistent, rowsOfName } from '../../../src/virsh/commands/list.ts';
import { listAll } from '../../../src/virsh/commands/list-all.ts';
import { unicodeText } from '../../support/any-text.ts';
import { recorded } from '../../support/recorded.ts';

const uuidOf = (end: number) => `6c0e3c5a-54d1-4b0e-9d8e-0000000000${String(end).padStart(2, '0')}`;

test('a recorded host, with names of the odd kind and two that forge rows', () => {
  expect(list.parse(recorded('hosts/qemu-9.0.0/list').stdout)).toEqual(
    [
      [0, 'web'],
      [1, 'db'],
      [2, 'floating'],
      [3, 'hotplug'],
      [4, 'paused'],
      [6, '3'],
      [7, `it's "quoted"`],
      [8, '  spaces around and  within'],
      [9, '; destroy web; echo ;;'],
      [10, '--all'],
      [11, 'csi\u009b31mred'],
      [12, '#hash $(id) `id` \\ back'],
      [13, 'Größe-日本-\u202eabc'],
      [14, 'row'],
      [1, 'web'],
      [15, 'line'],
    ].map(([end, name]) => ({ uuid: uuidOf(Number(end)), name })),
  );
});

test('no domain is active', () => {
  expect(list.parse('\n')).toEqual([]);
});

test('a table is refused (list --uuid alone printed one in 10.7)', () => {
  expect(() => list.parse(' Id   Name   State\n------\n 1    web    running\n')).toThrow(
    `'virsh list --uuid --name' printed no usable UUID: " Id   Name   State"`,
  );
});

test('cut anywhere, it is refused: it would be a list of fewer domains', () => {
  const { stdout } = recorded('hosts/limits-9.0.0/list');
  for (let length = 0; length < stdout.length; length++)
    expect(() => list.parse(stdout.slice(0, length))).toThrow(
      "'virsh list --uuid --name' printed no usable ",
    );
});

test('what is printed is read again, padded or not', () => {
  const name = unicodeText({ minLength: 1 }).filter((text) => !/\n| $/.test(text));
  const row = fc.record({ uuid: fc.uuid(), name });
  fc.assert(
    fc.property(fc.array(row), fc.nat(9), (rows, padding) => {
      const printed = rows.map((each) => `${each.uuid} ${each.name}${' '.repeat(padding)}\n`);
      expect(list.parse(`${printed.join('')}\n`)).toEqual(rows);
    }),
  );
});

test('which domains are asked for', () => {
  expect([list, listPersistent, listAll].map(({ words }) => words.slice(1))).toEqual([
    ['--uuid', '--name'],
    ['--uuid', '--name', '--persistent'],
    ['--all', '--uuid', '--name'],
  ]);
  expect(listAll.parse(`${uuidOf(1)} web\n\n`)).toEqual([{ uuid: uuidOf(1), name: 'web' }]);
});

test.each([
  ['text before it', `x${uuidOf(1)} web`],
  ['a UUID that goes on', `${uuidOf(1)}0 web`],
  ['no space behind it', `${uuidOf(1)}-web`],
])('%s: a line that is no row', (_, line) => {
  expect(list.parse(`${uuidOf(2)} db\n${line}\n\n`)).toEqual([{ uuid: uuidOf(2), name: 'db' }]);
});

test('the rows that a name looks like are those behind its first line', () => {
  const row = (end: number) => ({ uuid: uuidOf(end), name: 'x' });
  expect(rowsOfName(`${uuidOf(1)} x\n${uuidOf(2)} x\nno row\n${uuidOf(3)} x`)).toEqual([row(2), row(3)]);
  expect(rowsOfName(`${uuidOf(1)} x`)).toEqual([]);
});
