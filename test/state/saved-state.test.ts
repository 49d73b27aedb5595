import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuSet } from '../../src/model/cpu-set.ts';
import { formatState, parseState, type SavedState, type SavedVcpu } from '../../src/state/saved-state.ts';
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
      domain: fc.record({ uuid: anyText, name: anyText }),
      vcpu: whole,
      id: whole,
      original: cpus,
      set: fc.array(cpus, { maxLength: 3 }),
      foreign: fc.boolean(),
    }),
    optional('cpuTimeNs', time),
  )
  .map(([each, some]) => ({ ...each, ...some }));
const sample = fc.record({
  boot: anyText,
  takenAtMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  domains: fc.array(
    fc
      .tuple(
        fc.record({
          uuid: anyText,
          vcpus: fc.array(fc.record({ vcpu: whole, cpuTimeNs: time, delayNs: time }), { maxLength: 3 }),
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
      vcpus: fc.array(vcpu, { maxLength: 4 }),
      moves: fc.array(fc.record({ key: anyText, atMs: whole, from: cpus, to: cpus }), { maxLength: 4 }),
    }),
    optional('boot', anyText),
    optional('sample', sample),
  )
  .map(([each, ...some]) => Object.assign({}, each, ...some));

test('what is written is read again', () => {
  fc.assert(
    fc.property(state, (each) => {
      const { format: _, formatVersion: __, ...read } = { ...Object(parseState(formatState(each))) };
      expect(read).toEqual(each);
    }),
  );
});

describe('what cannot be used, and why', () => {
  const text = formatState(stateOf(saved(1)));
  const changed = (from: string, to: string) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };

  test.each([
    ['', 'it is empty'],
    ['\0\0\0\0', 'it is no JSON'],
    ['[]', 'format: Invalid key: Expected "format" but received undefined'],
    ['{"format":"vcpusched-recording"}', 'format: '],
    [changed('"original": "0"', '"original": "0-"'), 'vcpus.0.original: a list of CPUs is wanted'],
    [changed('"original": "0"', '"original": ""'), 'vcpus.0.original: a list of CPUs is wanted'],
    [changed('"original": "0"', '"origin": "0"'), 'vcpus.0.original: Invalid key'],
    [changed('"id": 7', '"id": -7'), 'vcpus.0.id: '],
    [changed('"cpuTimeNs": "5', '"cpuTimeNs": "-5'), 'vcpus.0.cpuTimeNs: nanoseconds are wanted'],
    [changed('"foreign": false', '"foreign": "no"'), 'vcpus.0.foreign: '],
    [changed('"moves": []', '"moves": [{}]'), 'moves.0.key: '],
  ])('%s', (damaged, message) => {
    expect(() => parseState(damaged)).toThrow(expect.objectContaining({ newer: false }));
    expect(() => parseState(damaged)).toThrow(message);
  });

  test('cut anywhere', () => {
    for (let end = 0; end < text.length - 1; end++) expect(() => parseState(text.slice(0, end))).toThrow();
  });

  test('of a newer format, whatever else is in it', () => {
    expect(() => parseState('{"format":"vcpusched-state","formatVersion":2,"vcpus":{}}')).toThrow(
      expect.objectContaining({ newer: true, message: 'format 2' }),
    );
  });
});
