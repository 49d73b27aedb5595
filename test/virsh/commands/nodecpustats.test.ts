import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodecpustats } from '../../../src/virsh/commands/nodecpustats.ts';
import { recorded } from '../../support/recorded.ts';

const { parse } = nodecpustats(0);

test('one pCPU by its number', () => {
  expect(nodecpustats(17).words).toEqual(['nodecpustats', '--cpu', '17']);
});

test('recorded: busy is user and system, and all four are the clock of the pCPU', () => {
  expect(parse(recorded('hosts/demand-9.0.0/nodecpustats.0').stdout)).toEqual({
    busyNs: 470_420_000_000n + 35_930_000_000n,
    totalNs: 470_420_000_000n + 35_930_000_000n + 616_770_000_000n + 1_970_000_000n,
  });
});

test('a host without iowait, and with time in interrupts, as FreeBSD has it', () => {
  expect(parse('user:  5\nsystem:  6\nidle:  7\nintr:  1\n\n')).toEqual({ busyNs: 12n, totalNs: 19n });
});

describe('garbled', () => {
  test.each([
    ['nothing', '', 'user time: ""'],
    ['per cent', 'usage:            12.3%\n', 'user time: "usage:            12.3%"'],
    ['no idle time', 'user:  1\nsystem:  2\n', String.raw`idle time: "user:  1\nsystem:  2"`],
    ['text before it', 'x user:  1\nsystem:  2\nidle:  3\n', 'user time: '],
    ['text behind it', 'user:  1 %\nsystem:  2\nidle:  3\n', 'user time: '],
    [
      'a number that is none',
      'user:  -1\nsystem:  2\nidle:  3\n',
      String.raw`user time: "user:  -1\nsystem:  2\nidle:  3"`,
    ],
  ])('%s', (_, stdout, what) => {
    expect(() => parse(stdout)).toThrow(`'virsh nodecpustats' printed no usable ${what}`);
  });
});

test('what is printed is read again, above 2^53 too', () => {
  const ns = fc.bigInt(0n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(ns, ns, ns, ns, (user, system, idle, iowait) => {
      const row = (name: string, value: bigint) => `${`${name}:`.padEnd(8)}${String(value).padStart(20)}\n`;
      const printed = row('user', user) + row('system', system) + row('idle', idle) + row('iowait', iowait);
      const busyNs = user + system;
      expect(parse(`${printed}\n`)).toEqual({ busyNs, totalNs: busyNs + idle + iowait });
    }),
  );
});
