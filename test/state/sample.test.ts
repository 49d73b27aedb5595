import { describe, expect, test } from 'vitest';
import { unbounded } from '../../src/model/bounds.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { sampleOf, snapshotOf } from '../../src/state/sample.ts';
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
