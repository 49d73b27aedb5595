import { expect, test } from 'vitest';
import { localTopology } from '../../src/host/local-topology.ts';

const files: Readonly<Record<string, string>> = {
  '/sys/devices/system/node/online': '0,8\n',
  '/sys/devices/system/node/node0/cpulist': '0-1\n',
  '/sys/devices/system/node/node8/cpulist': '2-3\n',
  '/sys/devices/system/cpu/cpu0/topology/thread_siblings_list': '0-1\n',
  '/sys/devices/system/cpu/cpu1/topology/thread_siblings_list': '0-1\n',
  '/sys/devices/system/cpu/cpu2/topology/thread_siblings_list': '\n',
};

test('cells and cores as the kernel tells them', async () => {
  const topology = await localTopology([0, 1, 2, 3], async (path) => files[path]);
  expect(topology.map(({ id, cellId, coreId, siblings }) => [id, cellId, coreId, siblings])).toEqual([
    [0, 0, 0, [0, 1]],
    [1, 0, 0, [0, 1]],
    [2, 8, 2, [2]],
    [3, 8, 3, [3]],
  ]);
});

test('a pCPU of which no cell is told is left out, and without cells there is no topology', async () => {
  expect((await localTopology([0, 9], async (path) => files[path])).map(({ id }) => id)).toEqual([0]);
  expect(await localTopology([0, 1], async () => undefined)).toEqual([]);
});
