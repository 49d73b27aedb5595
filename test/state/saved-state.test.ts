import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSet } from '../../src/model/cpu-set.ts';
import { vcpuKey } from '../../src/model/host-load.ts';
import { parseState } from '../../src/state/parse-state.ts';
import type { SavedState, SavedVcpu } from '../../src/state/saved-state.ts';
import { formatState } from '../../src/state/state-format.ts';
import { anyText } from '../support/any-text.ts';
import { saved, stateOf } from './support.ts';

const cpus = fc.uniqueArray(fc.nat({ max: 300 }), { minLength: 1, maxLength: 9 }).map((list) => cpuSet(list));
const whole = fc.nat({ max: 1e9 });
const time = fc.bigInt({ min: 0n, max: 10n ** 19n });
const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((some) => (some === undefined ? {} : { [key]: some }));
const vcpu: fc.Arbitrary<SavedVcpu> = fc
  .tuple(
    fc.record({
      domain: fc.record({ uuid: fc.uuid(), name: anyText }),
      vcpu: fc.nat({ max: 65_535 }),
      id: whole,
      original: cpus,
      set: fc.array(cpus, { maxLength: 3 }),
      foreign: fc.boolean(),
    }),
    optional('cpuTimeNs', time),
    optional('goneAtMs', whole),
  )
  .map(([each, ...some]) => Object.assign({}, each, ...some));
const shortText = anyText.filter((text) => text.length <= 100);
const refusal = fc
  .tuple(fc.record({ partition: anyText, pcpus: cpus, online: cpus }), optional('granted', cpus))
  .map(([each, some]) => ({ ...each, ...some }));
const sample = fc.record({
  boot: shortText,
  takenAtMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  domains: fc.array(
    fc
      .tuple(
        fc.record({
          uuid: fc.uuid(),
          vcpus: fc.array(fc.record({ vcpu: fc.nat({ max: 65_535 }), cpuTimeNs: time, delayNs: time }), {
            maxLength: 3,
          }),
        }),
        optional('id', whole),
      )
      .map(([each, some]) => ({ ...each, ...some })),
    { maxLength: 3 },
  ),
});
const state: fc.Arbitrary<SavedState> = fc
  .tuple(
    fc.record({
      vcpus: fc.uniqueArray(vcpu, { maxLength: 4, selector: vcpuKey }),
      moves: fc.array(fc.record({ key: shortText, atMs: whole, from: cpus, to: cpus }), { maxLength: 4 }),
    }),
    optional('boot', shortText),
    optional('refused', fc.array(refusal, { maxLength: 3 })),
    optional('sample', sample),
  )
  .map(([each, ...some]) => Object.assign({}, each, ...some));

test('what is written is read again', () => {
  fc.assert(
    fc.property(state, (each) => {
      expect(parseState(formatState(each))).toEqual({ state: each, faults: [] });
    }),
  );
});

const text = formatState({
  ...stateOf(saved(1), saved(2), saved(3)),
  moves: [{ key: 'x/0', atMs: 5, from: [0], to: [1] }],
});
/** An entry of which the checksum is as it should be. */
const entry = (over: object) => {
  const { domain, cpuTimeNs, ...rest } = saved(1);
  const plain = { ...domain, ...rest, cpuTimeNs: `${cpuTimeNs}`, original: '0', set: ['1'], ...over };
  return `{"format":"vcpusched-state","formatVersion":1,"vcpus":[${JSON.stringify(plain)}],"moves":[]}`;
};
const faultsOf = (damaged: string) => parseState(damaged).faults;

describe('what an earlier version has written', () => {
  test('is read, without a checksum', () => {
    const { domain, cpuTimeNs, original, set, ...rest } = saved(1);
    const old = {
      format: 'vcpusched-state',
      formatVersion: 1,
      boot: 'this-boot',
      vcpus: [
        { ...domain, ...rest, cpuTimeNs: `${cpuTimeNs}`, original: `${original}`, set: set.map(String) },
      ],
      moves: [],
    };
    expect(parseState(`${JSON.stringify(old, undefined, 1)}\n`)).toEqual({
      state: stateOf(saved(1)),
      faults: [],
    });
  });
});

describe('one damaged entry costs that entry, and is named', () => {
  test.each([
    [{ original: '0-' }, 'original: a list of CPUs is wanted'],
    [{ original: '' }, 'original: a list of CPUs is wanted'],
    [{ original: '3,1' }, 'original: a list of CPUs is wanted'],
    [{ original: '1,1' }, 'original: a list of CPUs is wanted'],
    [{ original: undefined }, 'original: Invalid key'],
    [{ set: ['1', 'x'] }, 'set: a list of CPUs is wanted'],
    [{ set: Array(9).fill('1') }, 'set: Invalid length'],
    [{ id: -7 }, 'id: '],
    [{ id: 2 ** 31 }, 'id: '],
    [{ vcpu: 1.5 }, 'vcpu: '],
    [{ vcpu: 70_000 }, 'vcpu: '],
    [{ uuid: 'guest-1' }, 'uuid: a UUID is wanted'],
    [{ cpuTimeNs: '-5' }, 'cpuTimeNs: nanoseconds are wanted'],
    [{ foreign: 'no' }, 'foreign: '],
    [{ goneAtMs: -1 }, 'goneAtMs: '],
  ])('%j', (over, message) => {
    const { state: left, faults } = parseState(entry(over));
    expect([left.vcpus, faults]).toEqual([[], [expect.stringContaining(message)]]);
    expect(faults[0]).toMatch(/^vcpus\.0 \(guest-1/);
  });

  test('two entries about one vCPU: neither', () => {
    const double = formatState(stateOf(saved(1), saved(2), saved(1, { original: [2] })));
    const { state: left, faults } = parseState(double);
    expect(left.vcpus).toEqual([saved(2)]);
    expect(faults).toEqual([`vcpus: 2 entries about ${saved(1).domain.uuid}/0`]);
  });
});

describe('what cannot be used at all, and why', () => {
  test.each([
    ['', 'it is empty'],
    ['\0\0\0\0', 'it is no JSON'],
    ['[]', 'format: Invalid key: Expected "format" but received undefined'],
    ['{"format":"vcpusched-recording"}', 'format: '],
    ['{"format":"vcpusched-state","formatVersion":1,"vcpus":7}', 'vcpus: '],
  ])('%s', (damaged, message) => {
    expect(() => parseState(damaged)).toThrow(expect.objectContaining({ newer: false }));
    expect(() => parseState(damaged)).toThrow(message);
  });

  test('cut anywhere', () => {
    for (let end = 0; end < text.length - 1; end++)
      expect(() => parseState(text.slice(0, end)), `${end}`).toThrow();
  });

  test('of a newer format, whatever else is in it', () => {
    expect(() => parseState('{"format":"vcpusched-state","formatVersion":2,"vcpus":{}}')).toThrow(
      expect.objectContaining({ newer: true, message: 'format 2' }),
    );
  });

  test('lists that would take all memory are refused by arithmetic', () => {
    const many = { ...saved(1), vcpu: 0 };
    const { domain, ...rest } = many;
    const entries = Array.from({ length: 2000 }, (_, vcpu) => ({
      ...domain,
      ...rest,
      vcpu,
      cpuTimeNs: '5',
      original: '0-99999',
      set: Array(8).fill('0-99999'),
    }));
    const bomb = JSON.stringify({ format: 'vcpusched-state', formatVersion: 1, vcpus: entries, moves: [] });
    expect(() => parseState(bomb)).toThrow('its lists name more than 5000000 pCPUs');
    const ranges = Array.from({ length: 20_000 }, (_, i) => `${i * 2}`).join(',');
    expect(faultsOf(entry({ original: ranges }))).toEqual([
      expect.stringContaining('original: Invalid length'),
    ]);
    expect(faultsOf(entry({ original: Array(8000).fill('0-99999').join(',') }))).toEqual([
      expect.stringContaining('original: '),
    ]);
  });
});
