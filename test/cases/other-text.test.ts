import { expect, test } from 'vitest';
import { affinitiesOf, movesIn, planJson, simInMemory } from '../support/sim-in-memory.ts';

// Text that comes with virsh's answers and belongs to none: it is no complaint, and no part of the answer.

const crowded = 'pcpus = 4\n[[domains]]\nname = "g%d"\ncount = 3\naffinity = 0\ndemand = 60\n';
const control = async () => movesIn(await planJson(simInMemory(crowded)));

const loader = `ERROR: ld.so: object 'libproxychains.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.\n`;
const logLine = '2026-01-02 03:04:05.678+0000: 4711: info : libvirt version: 9.0.0\n';
const warning =
  '2026-01-02 03:04:05.678+0000: 4711: warning : virProcessGetAffinity:512 : something to know\n';

test.each([
  ['the loader', loader],
  ['the locale', 'bash: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8)\n'],
  ['GLib', '\n(process:4711): GLib-WARNING **: 03:04:05.678: something\n'],
  ['a log', `${logLine}${warning}`],
])('%s speaks when virsh starts', async (_, greeting) => {
  const sim = simInMemory(crowded, { greeting });
  expect(movesIn(await planJson(sim))).toEqual(await control());
  const { status, err } = await sim.vcpusched('once');
  expect([status, err]).toEqual([0, '']);
  expect(new Set(Object.values(affinitiesOf(sim))).size).toBe(3);
});

test('the client library logs in the middle of an answer and of a pin', async () => {
  const sim = simInMemory(crowded, {
    edit: (command, { stdout = '', stderr = '' }) =>
      /^(vcpuinfo|vcpupin|domstats|list|nodecpumap)/.test(command)
        ? { stdout, stderr: `${logLine}${stderr}${warning}` }
        : undefined,
  });
  const { status, err } = await sim.vcpusched('once');
  expect([status, err]).toEqual([0, '']);
  expect(new Set(Object.values(affinitiesOf(sim))).size).toBe(3);
});

test('a wrapper says something on stdout first', async () => {
  let said = false;
  const sim = simInMemory(crowded, {
    edit: (command, { stdout = '' }) => {
      if (!command.startsWith('domstats') || said) return undefined;
      said = true;
      return { stdout: `Welcome to host.example\nLast login: Thu Jan  1 00:00:00 2026\n${stdout}` };
    },
  });
  expect(movesIn(await planJson(sim))).toEqual(await control());
});

test('a complaint between log lines is still one', async () => {
  const sim = simInMemory(crowded, {
    instead: (command) =>
      command.startsWith('vcpupin')
        ? {
            stderr: `${logLine}error: cannot set CPU affinity on process 4711: Operation not permitted\n${warning}`,
          }
        : undefined,
  });
  const { status, err } = await sim.vcpusched('once');
  expect(status).toBe(1);
  expect(err).toContain('cannot set CPU affinity on process 4711: Operation not permitted');
  expect(err).not.toContain('libvirt version');
});

test('what is no complaint is shown with -v', async () => {
  const { err } = await simInMemory(crowded, { greeting: loader }).vcpusched('plan', '-v');
  expect(err).toContain('cannot be preloaded');
});
