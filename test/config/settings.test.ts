import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unconfigured } from '../../src/config/configuration.ts';
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
    gap: 10,
    sigma: 5,
    place: 'demand',
    numa: 'prefer',
    l3: 'prefer',
    granularity: 'cpu',
    domain: [],
    exclude: [],
    dedicated: 'respect',
    capacity: [],
    maxRate: 480,
    foreign: 'respect',
    restoreOnExit: false,
    sinceLast: false,
    cooldown: 0,
    quiet: false,
    verbose: false,
    json: false,
    debug: false,
    color: 'auto',
    logFormat: 'text',
    maintenance: [],
    host: [],
    moved: '*',
    history: 30 * 86_400,
    last: false,
    metricsVcpus: false,
    window: 2,
    dryRun: false,
    interval: 2,
    untilBalanced: false,
    format: 'table',
    detailedExitcode: false,
    file: 'recording.ndjson',
    every: 5,
    inputs: [],
    subject: '*',
    sweep: [],
    sort: 'pcpu',
    summary: false,
    scale: 1,
    jitter: 0,
    action: 'show',
    configuration: unconfigured,
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
      { maxRate: '1', cooldown: '3600' },
      { maxRate: 1, cooldown: 3600 },
    ],
    [{ cooldown: '0' }, { cooldown: 0 }],
    [
      { timeout: '1m', window: '5s', cooldown: '1h', interval: '1d', period: '1.5m' },
      { timeout: 60, window: 5, cooldown: 3600, interval: 86_400, period: 90 },
    ],
    [
      { gap: '1000', sigma: '0.5', place: 'keep' },
      { gap: 1000, sigma: 0.5, place: 'keep' },
    ],
    [
      { timeout: '3600', window: '3600', interval: '86400' },
      { timeout: 3600, window: 3600, interval: 86_400 },
    ],
    [
      { interval: '0.001', period: '0.001', pcpus: '4096' },
      { interval: 0.001, period: 0.001, pcpus: 4096 },
    ],
    [{ cpus: '8,0-3,^2' }, { cpus: [0, 1, 3, 8] }],
    [
      { pcpu: '1-2,5', sort: 'ready', summary: true },
      { pcpu: [1, 2, 5], sort: 'ready', summary: true },
    ],
    [
      { every: '1.5s', for: '2m' },
      { every: 1.5, for: 120 },
    ],
    [
      { every: '1d', for: '366d' },
      { every: 86_400, for: 366 * 86_400 },
    ],
    [
      { every: '0.1', for: '24h' },
      { every: 0.1, for: 86_400 },
    ],
    ...Object.entries({
      1: 1,
      '2k': 2048,
      '2K': 2048,
      '1.5M': 1.5 * 2 ** 20,
      '3G': 3 * 2 ** 30,
      '1T': 2 ** 40,
    }).map(([maxSize, bytes]): [RawSettings, Record<string, unknown>] => [{ maxSize }, { maxSize: bytes }]),
    [
      { cycles: '1', maxMoves: '1000000000' },
      { cycles: 1, maxMoves: 1e9 },
    ],
    [
      { domain: ['007', '-x'], exclude: ['*'] },
      { domain: ['007', '-x'], exclude: ['*'] },
    ],
    [
      { dedicated: 'share', capacity: ['4-5=0.6', '7=1', '6=.5'] },
      {
        dedicated: 'share',
        capacity: [
          { cpus: [4, 5], share: 0.6 },
          { cpus: [7], share: 1 },
          { cpus: [6], share: 0.5 },
        ],
      },
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
  const time = (range: string) => `a time such as 5s, 2m or 1h, ${range}, is wanted, not`;
  const span = time('from 0.001, at most 1d');
  const count = 'a whole number above 0 is wanted, not';

  test.each<[RawSettings, string]>([
    ...['high', 'target', 'low'].flatMap((name): [RawSettings, string][] =>
      ['0', '100.1', '-5', 'ninety', '', '1e1', '0x10', ' 90', 'Infinity', '.5'].map((text) => [
        { [name]: text },
        `--${name}: ${percent} '${text}'`,
      ]),
    ),
    [{ timeout: '0' }, `--timeout: ${time('above 0, at most 1h')} '0'`],
    [{ timeout: '3601' }, `--timeout: ${time('above 0, at most 1h')} '3601'`],
    [{ window: '-1' }, `--window: ${time('above 0, at most 1h')} '-1'`],
    [{ interval: '0' }, `the interval: ${span} '0'`],
    [{ interval: '0.0001' }, `the interval: ${span} '0.0001'`],
    [{ interval: '86400.1' }, `the interval: ${span} '86400.1'`],
    [{ interval: 'NaN' }, `the interval: ${span} 'NaN'`],
    [{ period: '0.0001' }, `--period: ${span} '0.0001'`],
    [{ pcpus: '0' }, "--pcpus: a whole number above 0, at most 4096 is wanted, not '0'"],
    [{ pcpus: '4097' }, "--pcpus: a whole number above 0, at most 4096 is wanted, not '4097'"],
    [{ scale: '9'.repeat(400) }, `--scale: a number above 0 is wanted, not '${'9'.repeat(400)}'`],
    ...['0', '0s', '25h', '2d', '5 s', '5S', '5ms', 's', '', '-5', '1e1'].map(
      (text): [RawSettings, string] => [{ every: text }, `--every: ${time('above 0, at most 1d')} '${text}'`],
    ),
    [{ for: '367d' }, `--for: ${time('above 0, at most 366d')} '367d'`],
    ...['0', '0.5', '5m', '5MB', '1,5G', 'M', '', '9'.repeat(400)].map((text): [RawSettings, string] => [
      { maxSize: text },
      `--max-size: a size in bytes such as 500M or 2G, at least 1, is wanted, not '${text}'`,
    ]),
    [{ file: '' }, 'record <file>: the name of a file is missing'],
    [{ cycles: '0' }, `--cycles: ${count} '0'`],
    [{ cycles: '1.5' }, `--cycles: ${count} '1.5'`],
    [{ maxMoves: '-3' }, `--max-moves: ${count} '-3'`],
    [{ maxMoves: '1000000001' }, `--max-moves: ${count} '1000000001'`],
    [{ maxRate: '0' }, `--max-rate: ${count} '0'`],
    [{ cooldown: '3601' }, `--cooldown: ${time('from 0, at most 1h')} '3601'`],
    [{ cooldown: '2h' }, `--cooldown: ${time('from 0, at most 1h')} '2h'`],
    [{ cooldown: '-1s' }, `--cooldown: ${time('from 0, at most 1h')} '-1s'`],
    [{ gap: '0' }, "--gap: a number of points above 0, at most 1000 is wanted, not '0'"],
    [{ sigma: '1001' }, "--sigma: a number of points above 0, at most 1000 is wanted, not '1001'"],
    [{ numa: 'always' }, "--numa: prefer, strict, ignore are the choices, not 'always'"],
    [{ granularity: 'socket' }, "--granularity: cpu, core, l3, die, cell are the choices, not 'socket'"],
    [{ foreign: 'ignore' }, "--foreign: respect, adopt are the choices, not 'ignore'"],
    [{ stateDir: '' }, '--state-dir: the name of a folder is missing'],
    [{ place: 'none' }, "--place: demand, spread, keep are the choices, not 'none'"],
    [{ thresholds: 'relative' }, "--thresholds: proportional, absolute are the choices, not 'relative'"],
    [{ format: 'xml' }, "--format: table, json, shell are the choices, not 'xml'"],
    [{ color: 'yes' }, "--color: auto, always, never are the choices, not 'yes'"],
    [{ pcpu: 'x' }, "--pcpu: 'x' is not a CPU number or a range such as 0-3"],
    [{ sort: 'name' }, "--sort: pcpu, load, ready, demand are the choices, not 'name'"],
    [{ cpus: '' }, '--cpus: a list of CPUs such as 0-3,8 is missing'],
    [{ cpus: '0-x' }, "--cpus: '0-x' is not a CPU number or a range such as 0-3"],
    [{ cpus: '3-1' }, "--cpus: the range '3-1' runs backwards"],
    [{ cpus: '1,^1' }, '--cpus: the list names no CPU'],
    [{ dedicated: 'no' }, "--dedicated: respect, share are the choices, not 'no'"],
    [{ capacity: ['1'] }, "--capacity: pCPUs and their share are wanted, such as 4-7=0.6, not '1'"],
    [{ capacity: ['0=1', 'x=0.5'] }, "--capacity: 'x' is not a CPU number or a range such as 0-3"],
    [{ capacity: ['1=0'] }, "--capacity: a share above 0, at most 1, is wanted, not '0'"],
    [{ capacity: ['1=1.5'] }, "--capacity: a share above 0, at most 1, is wanted, not '1.5'"],
    [{ capacity: ['1=-1'] }, "--capacity: pCPUs and their share are wanted, such as 4-7=0.6, not '1=-1'"],
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
