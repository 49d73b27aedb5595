import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';

test('what is not given takes its default', () => {
  expect(readSettings({ connect: undefined })).toEqual({
    virsh: 'virsh',
    timeout: 40,
    policy: 'threshold',
    high: 90,
    target: 80,
    low: 70,
    thresholds: 'proportional',
    domain: [],
    exclude: [],
    quiet: false,
    verbose: false,
    json: false,
    debug: false,
    color: 'auto',
    window: 2,
    dryRun: false,
    interval: 10,
    format: 'table',
    detailedExitcode: false,
  });
});

describe('what is taken', () => {
  test.each<[RawSettings, Record<string, unknown>]>([
    [
      { high: '100', target: '99.5', low: '0.1' },
      { high: 100, target: 99.5, low: 0.1 },
    ],
    [
      { high: '50', target: '50', low: '50' },
      { high: 50, target: 50, low: 50 },
    ],
    [{ timeout: '0.5' }, { timeout: 0.5 }],
    [
      { timeout: '3600', window: '3600', interval: '86400' },
      { timeout: 3600, window: 3600, interval: 86_400 },
    ],
    [{ cpus: '8,0-3,^2' }, { cpus: [0, 1, 3, 8] }],
    [
      { cycles: '1', maxMoves: '1000000000' },
      { cycles: 1, maxMoves: 1e9 },
    ],
    [
      { domain: ['007', '-x'], exclude: ['*'] },
      { domain: ['007', '-x'], exclude: ['*'] },
    ],
    [
      { connect: 'qemu:///system', virsh: './virsh' },
      { connect: 'qemu:///system', virsh: './virsh' },
    ],
  ])('%j', (raw, expected) => {
    expect(readSettings(raw)).toMatchObject(expected);
  });
});

describe('what is refused, and in which words', () => {
  const percent = 'a number above 0, at most 100 is wanted, not';
  const seconds = (most: number) => `a number of seconds above 0, at most ${most} is wanted, not`;
  const count = 'a whole number above 0 is wanted, not';

  test.each<[RawSettings, string]>([
    ...['high', 'target', 'low'].flatMap((name): [RawSettings, string][] =>
      ['0', '100.1', '-5', 'ninety', '', '1e1', '0x10', ' 90', 'Infinity', '.5'].map((text) => [
        { [name]: text },
        `--${name}: ${percent} '${text}'`,
      ]),
    ),
    [{ timeout: '0' }, `--timeout: ${seconds(3600)} '0'`],
    [{ timeout: '3601' }, `--timeout: ${seconds(3600)} '3601'`],
    [{ window: '-1' }, `--window: ${seconds(3600)} '-1'`],
    [{ interval: '0' }, `watch <seconds>: ${seconds(86_400)} '0'`],
    [{ interval: '86400.1' }, `watch <seconds>: ${seconds(86_400)} '86400.1'`],
    [{ interval: 'NaN' }, `watch <seconds>: ${seconds(86_400)} 'NaN'`],
    [{ cycles: '0' }, `--cycles: ${count} '0'`],
    [{ cycles: '1.5' }, `--cycles: ${count} '1.5'`],
    [{ maxMoves: '-3' }, `--max-moves: ${count} '-3'`],
    [{ maxMoves: '1000000001' }, `--max-moves: ${count} '1000000001'`],
    [{ thresholds: 'relative' }, "--thresholds: proportional, absolute are the choices, not 'relative'"],
    [{ format: 'xml' }, "--format: table, json, shell are the choices, not 'xml'"],
    [{ color: 'yes' }, "--color: auto, always, never are the choices, not 'yes'"],
    [{ cpus: '' }, '--cpus: a list of CPUs such as 0-3,8 is missing'],
    [{ cpus: '0-x' }, "--cpus: '0-x' is not a CPU number or a range such as 0-3"],
    [{ cpus: '3-1' }, "--cpus: the range '3-1' runs backwards"],
    [{ cpus: '1,^1' }, '--cpus: the list names no CPU'],
    [{ domain: ['web', ''] }, '--domain: a pattern is missing'],
    [{ connect: '' }, '--connect: a connection URI is missing'],
    [{ virsh: '' }, '--virsh: the path of virsh is missing'],
  ])('%j', (raw, message) => {
    expect(() => readSettings(raw)).toThrow(expect.objectContaining({ status: 64, message }));
  });

  test.each([
    ['70', '80', '75'],
    ['90', '60', '70'],
    ['60', undefined, undefined],
  ])('thresholds out of order: high %s, target %s, low %s', (high, target, low) => {
    expect(() => readSettings({ high, target, low })).toThrow(
      expect.objectContaining({
        status: 64,
        message:
          `--low ${low ?? 70}, --target ${target ?? 80} and --high ${high} are out of order: ` +
          'low <= target <= high is wanted',
      }),
    );
  });

  test('thresholds in order are taken, all others refused', () => {
    const percent = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(percent, percent, percent, (high, target, low) => {
        const read = () => readSettings({ high: `${high}`, target: `${target}`, low: `${low}` });
        if (low <= target && target <= high) expect(read()).toMatchObject({ high, target, low });
        else expect(read).toThrow('out of order');
      }),
    );
  });
});
