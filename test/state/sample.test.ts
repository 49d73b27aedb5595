import { describe, expect, test } from 'vitest';
import { unbounded } from '../../src/model/bounds.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { parseState } from '../../src/state/parse-state.ts';
import { sampleOf, snapshotOf } from '../../src/state/sample.ts';
import { noState } from '../../src/state/saved-state.ts';
import { formatState } from '../../src/state/state-format.ts';
import { domainOf } from './support.ts';

const at = (takenAtMs: number): Snapshot => ({
  takenAtMs,
  pcpuTimes: new Map(),
  capacity: new Map(),
  online: [0, 1],
  topology: [],
  isolated: [],
  domains: [
    {
      ...domainOf(1),
      id: 7,
      bounds: unbounded,
      vcpus: [
        {
          number: 0,
          counters: { cpuTimeNs: 5n, delayNs: undefined },
          placement: { affinity: [0], lastPcpu: 0 },
          problem: undefined,
        },
        { number: 2, counters: undefined, placement: undefined, problem: 'busy' },
      ],
    },
  ],
  leftAlone: [],
});

test('the counters and their time are kept, what could not be read is not', () => {
  expect(snapshotOf(sampleOf(at(1000), 'a'), at(61_000), 'a', 2000)).toMatchObject({
    takenAtMs: 1000,
    domains: [
      {
        uuid: domainOf(1).uuid,
        id: 7,
        vcpus: [{ number: 0, counters: { cpuTimeNs: 5n, delayNs: undefined } }],
      },
    ],
  });
});

describe('what the background of pCPUs is told from', () => {
  const placed = { affinity: [0], lastPcpu: 0 };
  const snapshot: Snapshot = {
    ...at(1000),
    pcpuTimes: new Map([[1, { busyNs: 3n, totalNs: 9n }]]),
    domains: at(1000).domains.map((domain) => ({
      ...domain,
      cpuTimeNs: 8n,
      vcpus: [
        {
          number: 0,
          counters: { cpuTimeNs: 5n, delayNs: 4n, polledNs: 1n },
          placement: placed,
          problem: undefined,
        },
      ],
    })),
  };
  /** Through the file, as the next run reads it. */
  const read = (results?: Parameters<typeof sampleOf>[2]) => {
    const sample = sampleOf(snapshot, 'a', results);
    return snapshotOf(parseState(formatState({ ...noState, sample })).state.sample, at(61_000), 'a', 2000);
  };
  const pin = { domain: domainOf(1), vcpu: 0, from: [0], to: [1] };

  test('is kept', () => {
    expect(read()).toMatchObject({
      pcpuTimes: new Map([[1, { busyNs: 3n, totalNs: 9n }]]),
      domains: [
        { cpuTimeNs: 8n, vcpus: [{ counters: { polledNs: 1n }, placement: { affinity: [0], lastPcpu: 0 } }] },
      ],
    });
  });

  test.each([
    ['that took', undefined, { affinity: [1], lastPcpu: 0 }],
    ['that failed leaves unknown where it is', 'busy', undefined],
  ])('after a pin %s', (_, error, placement) => {
    expect(read([{ move: pin, error }])?.domains[0]?.vcpus[0]?.placement).toEqual(placement);
  });

  test('may be missing in a file of before', () => {
    const { pcpus, ...sample } = sampleOf(snapshot, 'a');
    expect(pcpus).toHaveLength(1);
    expect(snapshotOf(sample, at(61_000), 'a', 2000)?.pcpuTimes).toEqual(new Map());
  });
});

describe('a sample is of use', () => {
  const kept = sampleOf(at(10_000), 'a');
  test.each([
    ['of the same boot and a window old', 12_000, 'a', true],
    ['younger than a window', 11_999, 'a', false],
    ['15 minutes old', 910_000, 'a', true],
    ['older', 910_001, 'a', false],
    ['of another boot', 12_000, 'b', false],
    ['where the boot is not known', 12_000, undefined, false],
    ['from the future', 9000, 'a', false],
  ])('%s: %4$s', (_, nowMs, boot, isUsed) => {
    expect(snapshotOf(kept, at(nowMs), boot, 2000) !== undefined).toBe(isUsed);
  });

  test('there has to be one', () => {
    expect(snapshotOf(undefined, at(1), 'a', 1)).toBeUndefined();
  });
});
