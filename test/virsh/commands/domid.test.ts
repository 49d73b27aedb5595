import { expect, test } from 'vitest';
import { domid } from '../../../src/virsh/commands/domid.ts';

const { words, parse } = domid('6c0e3c5a-54d1-4b0e-9d8e-000000000003');

test('the domain is addressed by its UUID', () => {
  expect(words).toEqual(['domid', '6c0e3c5a-54d1-4b0e-9d8e-000000000003']);
});

test.each([
  ['7\n\n', 7],
  ['-\n\n', undefined],
  ['Welcome to node7\n7\n\n', 7],
])('%j', (stdout, id) => {
  expect(parse(stdout)).toBe(id);
});

test.each(['', 'web', '-1', '7 8'])('garbled: %j', (stdout) => {
  expect(() => parse(stdout)).toThrow(`'virsh domid' printed no usable id: ${JSON.stringify(stdout)}`);
});
