import { describe, expect, test } from 'vitest';
import { unbounded } from '../../src/model/bounds.ts';
import type { CpuSet } from '../../src/model/cpu-set.ts';
import type { PinResult } from '../../src/model/pin.ts';
import { holding, isRefusal, learnRefused, refusedPcpus } from '../../src/state/refusals.ts';
import { domainOf } from './support.ts';

const invalid = 'cannot set CPU affinity on process 4711: Invalid argument';

/** Domains by index, each with a partition, what its cgroup has, and the affinity of vCPU 0. */
function hostOf(
  domains: readonly (readonly [partition: string | undefined, affinity: CpuSet, granted?: CpuSet])[],
  online: CpuSet = [0, 1, 2, 3, 4, 5, 6, 7],
) {
  return {
    online,
    domains: domains.map(([partition, affinity, granted], i) => ({
      ...domainOf(i),
      id: i,
      bounds: { ...unbounded, partition, granted },
      vcpus: [
        {
          number: 0,
          counters: undefined,
          placement: { affinity, lastPcpu: affinity[0] ?? 0 },
          problem: undefined,
        },
      ],
    })),
  };
}

const pinned = (
  index: number,
  to: CpuSet,
  error: string | undefined,
  shown: CpuSet | undefined,
): PinResult => ({
  move: { domain: domainOf(index), vcpu: 0, from: [0], to },
  error,
  shown,
});
const learned = (...args: Parameters<typeof learnRefused>) =>
  Object.fromEntries(refusedPcpus(learnRefused(...args)));

describe('what is learned from a pin', () => {
  const host = hostOf([[undefined, [0]]]);

  test.each<[string, PinResult, Record<string, CpuSet>]>([
    ['one that took', pinned(0, [5], undefined, [5]), {}],
    ['one that is refused', pinned(0, [5], invalid, [0]), { '': [5] }],
    ['one to several', pinned(0, [5, 6], invalid, [0]), { '': [5, 6] }],
    [
      'one that is cut to what there is',
      pinned(0, [1, 5, 6], 'the host shows its affinity as 1', [1]),
      { '': [5, 6] },
    ],
    ['one that shows something else', pinned(0, [5], 'the host shows its affinity as 2', [2]), {}],
    ['one of which it is not known what came', pinned(0, [5], invalid, undefined), {}],
    [
      'one that has waited',
      pinned(0, [5], 'Timed out during operation: cannot acquire state change lock', [0]),
      {},
    ],
  ])('%s', (_, result, expected) => {
    expect(learned([], [result], host)).toEqual(expected);
  });

  test('for its partition alone, and not what another one of it is seen on', () => {
    const both = hostOf([
      ['/machine', [0]],
      ['/machine', [6]],
      ['/slice', [5]],
    ]);
    expect(learned([], [pinned(0, [5, 6], invalid, [0])], both)).toEqual({ '/machine': [5] });
    expect(learned([], [pinned(0, [5], invalid, [0]), pinned(1, [5], undefined, [5])], both)).toEqual({});
    expect(learned([], [pinned(0, [4], invalid, [0]), pinned(2, [7], invalid, [5])], both)).toEqual({
      '/machine': [4],
      '/slice': [7],
    });
  });

  test('with what the cgroup has, and next to what is known of other partitions', () => {
    const two = hostOf([
      ['/machine', [0], [0, 1, 2, 3, 4]],
      ['/slice', [0]],
    ]);
    const known = learnRefused([], [pinned(0, [4], invalid, [0]), pinned(1, [6], invalid, [0])], two);
    expect(known).toEqual([
      { partition: '/machine', pcpus: [4], online: two.online, granted: [0, 1, 2, 3, 4] },
      { partition: '/slice', pcpus: [6], online: two.online },
    ]);
    expect(learnRefused(known, [pinned(1, [7], invalid, [0])], two)).toEqual([
      known[0],
      { partition: '/slice', pcpus: [6, 7], online: two.online },
    ]);
  });

  test('not from a vCPU that may run anywhere', () => {
    const free = hostOf([[undefined, [0, 1, 2, 3, 4, 5, 6, 7]]]);
    expect(learned([], [pinned(0, [5], invalid, [0])], free)).toEqual({ '': [5] });
  });

  test('not from one that shows as many pCPUs as were asked for, but others', () => {
    expect(learned([], [pinned(0, [5, 6], 'the host shows its affinity as 1-2', [1, 2])], host)).toEqual({});
    expect(learned([], [pinned(0, [5, 6], 'the host shows its affinity as 1', [1])], host)).toEqual({});
  });

  test('is added to what is known', () => {
    const known = learnRefused([], [pinned(0, [5], invalid, [0])], host);
    expect(learned(known, [pinned(0, [7], invalid, [0])], host)).toEqual({ '': [5, 7] });
    expect(learned(known, [], host)).toEqual({ '': [5] });
  });
});

describe('what is learned holds', () => {
  const host = hostOf([['/machine', [0], [0, 1, 2, 3, 4]]]);
  const known = learnRefused([], [pinned(0, [4], invalid, [0])], host);

  test.each<[string, ReturnType<typeof hostOf>, boolean]>([
    ['on the same host', host, true],
    ['while nothing is known of the cgroup', hostOf([['/machine', [0]]]), true],
    ['while no domain is there', hostOf([]), true],
    [
      'not with another pCPU online',
      hostOf([['/machine', [0], [0, 1, 2, 3, 4]]], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
      false,
    ],
    ['not with another cgroup', hostOf([['/machine', [0], [0, 1, 2, 3, 4, 5]]]), false],
  ])('%s', (_, now, isHeld) => {
    expect(holding(known, now)).toEqual(isHeld ? known : []);
  });
});

test.each([
  [invalid, true],
  ["Unable to write to '/sys/fs/cgroup/cpuset/machine/x/cpuset.cpus': Permission denied", true],
  ["Invalid value '5' for 'cpuset.cpus': Invalid argument", true],
  ['cannot set CPU affinity on process 4711: Operation not permitted', true],
  ['invalid argument: vcpu 7 is out of range of live cpu count 2', false],
  ['Timed out during operation: cannot acquire state change lock (held by monitor=x)', false],
  ['operation forbidden: read only access prevents virDomainPinVcpuFlags', false],
  ['authentication unavailable: no polkit agent available: Permission denied', false],
  ['Requested operation is not valid: domain is not running', false],
  ["failed to get domain 'x'", false],
  ['libvirt is busy with the domain and has not carried it out', false],
])('a refusal of pCPUs: %s: %s', (error, expected) => {
  expect(isRefusal(error)).toBe(expected);
});
