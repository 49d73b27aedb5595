import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeGuests, startGuests } from './support/guests.ts';
import { type PrivateHost, startHost } from './support/private-host.ts';
import { measure } from './support/truth.ts';

let host: PrivateHost;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

test('a duty of 16, 12, 4 and 0 ticks is a usage of 25, 19, 6 and 0 per cent, on one vCPU or on each of two', async () => {
  const duties = [16, 12, 4, 0];
  const one = duties.map((duty, i) => ({ name: `one-${i}`, vcpus: [{ duty, phase: 16 * i }] }));
  const two = { name: 'two', vcpus: [{ duty: 16 }, { duty: 4, phase: 16 }], pins: ['0', '1'] };
  const [first, second, third, fourth, last] = await startGuests(host, [...one, two]);
  const shares = await measure(4000);
  const usage = (uuid = '', vcpu = 0): number =>
    shares.find((each) => each.uuid === uuid && each.vcpu === vcpu)?.usagePct ?? Number.NaN;

  expect.soft(usage(first?.uuid)).toBeCloseTo(25, -1);
  expect.soft(usage(second?.uuid)).toBeCloseTo(19, -1);
  expect.soft(usage(third?.uuid)).toBeCloseTo(6, -1);
  expect.soft(usage(fourth?.uuid)).toBeLessThan(2);
  expect.soft(usage(last?.uuid, 0)).toBeCloseTo(25, -1);
  expect.soft(usage(last?.uuid, 1)).toBeCloseTo(6, -1);
  const pinned = shares.filter(({ uuid }) => uuid === last?.uuid);
  expect(pinned.map(({ affinity, lastPcpu }) => ({ affinity, lastPcpu }))).toEqual([
    { affinity: [0], lastPcpu: 0 },
    { affinity: [1], lastPcpu: 1 },
  ]);
  await removeGuests(host);
});
