import { expect, test } from 'vitest';
import { vcpupin } from '../../../src/virsh/commands/vcpupin.ts';

test('live, by UUID, with named options', () => {
  const uuid = '6c0e3c5a-54d1-4b0e-9d8e-000000000003';
  expect(vcpupin(uuid, 3, [0, 1, 2, 8]).words.join(' ')).toBe(
    `vcpupin --domain ${uuid} --vcpu 3 --cpulist 0-2,8 --live`,
  );
});
