import { expect, test } from 'vitest';
import { watch } from '../../src/commands/watch.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { type FakeContextOptions, fakeContext } from '../support/fake-context.ts';
import { guest, type SimHost, simHost } from '../support/sim-host.ts';

/** Watches every 5 s until it is balanced, at most 40 cycles; tells the pins of each. */
async function untilBalanced(raw: RawSettings, options: FakeContextOptions) {
  const { context, output, host } = fakeContext(options);
  const settings = { interval: '5', untilBalanced: true, cycles: '40', json: true, ...raw };
  const status = await watch(readSettings(settings), context);
  const lines = output.out().split('\n').slice(0, -1);
  const pins = lines.map((line) => (JSON.parse(line) as { moves: readonly unknown[] }).moves.length);
  return { status, pins, host };
}

const stacked = () =>
  simHost(
    4,
    Array.from({ length: 8 }, (_, i) => guest(i, { demands: [20] })),
  );

function countsOf({ domains, now }: SimHost): readonly number[] {
  const places = domains.flatMap(({ vcpus }) => vcpus.map(({ pcpu }) => pcpu));
  return now.topology.map(({ id: pcpu }) => places.filter((place) => place === pcpu).length);
}

test.each<[policy: string, pins: readonly number[]]>([
  ['threshold', [6, 0]],
  ['lightest', [1, 1, 1, 1, 1, 1, 0]],
  ['spread', [4, 2, 2, 0]],
  ['busiest', [1, 1, 1, 1, 1, 1, 0]],
  ['stddev', [1, 1, 1, 1, 1, 1, 0]],
])('--policy %s ends with 0 when it has nothing more to do', async (policy, pins) => {
  const ended = await untilBalanced({ policy }, { host: stacked() });
  expect(ended).toMatchObject({ status: 0, pins });
  expect(countsOf(ended.host)).toEqual([2, 2, 2, 2]);
});

test('--policy none ends at once', async () => {
  const ended = await untilBalanced({ policy: 'none' }, { host: stacked() });
  expect(ended).toMatchObject({ status: 0, pins: [0] });
  expect(countsOf(ended.host)).toEqual([8, 0, 0, 0]);
});

test('ends once nothing gains', async () => {
  const small = simHost(
    2,
    [30, 20, 25, 5].map((demand, i) => guest(i, { demands: [demand], affinity: [i < 2 ? 0 : 1] })),
  );
  const [first, ...others] = (await untilBalanced({}, { host: small })).pins;
  expect(first).toBeGreaterThan(0);
  expect(others).toEqual([0]);
});

test('what may not move at once is waited for', async () => {
  expect((await untilBalanced({ maxMoves: '4' }, { host: stacked() })).pins).toEqual([4, 2, 0]);
});

test('a vCPU whose pin failed has its next try first', async () => {
  let isRefused = true;
  const answer = (command: string) =>
    isRefused && command.startsWith('vcpupin') ? { stderr: 'error: no\n' } : undefined;
  const onSleep = (untilMs: number) => {
    isRefused = untilMs < 30_000;
  };
  const host = simHost(
    2,
    [1, 2].map((i) => guest(i, { demands: [60] })),
  );
  const ended = await untilBalanced({}, { host, answer, onSleep });
  expect(ended.status).toBe(0);
  expect(countsOf(ended.host)).toEqual([1, 1]);
  expect(ended.pins.at(-1)).toBe(0);
});

test('a vCPU that has just come is measured first', async () => {
  const host = simHost(2, [guest(1, { demands: [60] })]);
  let cycle = 0;
  const onSleep = () => {
    if (++cycle === 1) host.domains = [...host.domains, guest(2, { demands: [60] })];
  };
  expect((await untilBalanced({}, { host, onSleep })).pins).toEqual([0, 1, 0]);
});

test('a cycle that fails does not end it', async () => {
  const answer = (_: string, process: number) => (process === 1 ? { stdout: 'garbled' } : undefined);
  const ended = await untilBalanced({}, { host: stacked(), answer });
  expect(ended).toMatchObject({ status: 0, pins: [6, 0] });
});

test('a policy that would move a vCPU for ever ends when that only takes back its last move', async () => {
  const host = simHost(2, [guest(1, { demands: [60] })]);
  expect((await untilBalanced({ policy: 'lightest' }, { host })).pins).toEqual([1, 0]);
});
