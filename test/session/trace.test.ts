import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { control } from '../support/any-text.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { affinitiesOf, simInMemory } from '../support/sim-in-memory.ts';

const crowded = 'pcpus = 2\n[[domains]]\nname = "guest-%d"\ncount = 4\naffinity = 0\ndemand = 40\n';
const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('has each call of virsh with its answer, and the decision with what it was based on', async () => {
  const file = join(temporaryDirectory(), 'trace');
  const sim = simInMemory(crowded);
  const { status } = await sim.vcpusched('once', '--trace', file);
  const lines = linesOf(file);
  const calls = lines.filter(({ kind }) => kind === 'virsh');
  expect([status, calls.length]).toEqual([0, sim.calls.length]);
  expect(calls.map(({ args }) => String(args).split(';')[0])).toEqual(sim.calls.map(([first]) => first));
  expect(calls[0]).toMatchObject({
    exitCode: 0,
    tookMs: 20,
    stdout: expect.stringContaining('vcpu.0.time='),
  });
  expect(lines.at(-1)).toMatchObject({
    kind: 'decision',
    windowMs: expect.any(Number),
    vcpus: [{}, {}, {}, {}],
    verdict: { kind: 'moves' },
    moves: [{ done: true }, { done: true }],
  });
});

test('goes on in the same file, and says why nothing was moved', async () => {
  const file = join(temporaryDirectory(), 'trace');
  const sim = simInMemory(crowded);
  await sim.vcpusched('once', '--trace', file);
  const first = linesOf(file).length;
  await sim.vcpusched('once', '--trace', file);
  expect(linesOf(file).slice(first).at(-1)).toMatchObject({ verdict: { kind: 'balanced' }, moves: [] });
});

test('one that cannot be opened, or is a link, ends the command before anything is done', async () => {
  const folder = temporaryDirectory();
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
  const sim = simInMemory(crowded);
  await expect(sim.vcpusched('once', '--trace', folder)).rejects.toMatchObject({ status: 1 });
  await expect(sim.vcpusched('once', '--trace', join(folder, 'link'))).rejects.toMatchObject({ status: 1 });
  expect(sim.calls).toEqual([]);
});

test('a full disk ends the trace alone', async () => {
  const sim = simInMemory(crowded);
  const { status, err } = await sim.vcpusched('once', '--trace', '/dev/full');
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/^vcpusched: --trace: cannot write \/dev\/full: ENOSPC.+; the trace ends here\n$/),
  ]);
  expect(Object.values(affinitiesOf(sim)).sort()).toEqual(['0', '0', '1', '1']);
});

test('has no character that a terminal obeys', async () => {
  const file = join(temporaryDirectory(), 'trace');
  const sim = simInMemory(crowded.replace('guest-%d', 'csi\u009b31m\u202e%d'));
  await sim.vcpusched('once', '--trace', file);
  expect(readFileSync(file, 'utf8').replaceAll('\n', '')).not.toMatch(control);
  expect(JSON.stringify(linesOf(file))).toContain('csi\u009b31m');
});
