import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { unconfigured } from '../../src/config/configuration.ts';
import { type RawSettings, readSettings } from '../../src/config/settings.ts';
import { type VcpuLoad, vcpuKey } from '../../src/model/host-load.ts';
import type { PastMove } from '../../src/model/past-move.ts';
import type { Move, Plan } from '../../src/model/plan.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { balanceSession } from '../../src/session/balance-session.ts';
import { readScenario } from '../../src/simulate/scenario/read-scenario.ts';
import { foreignReason } from '../../src/state/reconcile.ts';
import { hostOf, type Wish } from '../balance/support.ts';
import { temporaryDirectory } from '../support/executable.ts';
import { samplesOf } from '../support/record-scenario.ts';

const hourMs = 3_600_000;
const measured = (pcpuCount: number, wishes: readonly Wish[]) => ({
  load: hostOf(pcpuCount, wishes),
  coverage: { measured: wishes.length, running: wishes.length, reason: undefined },
  leftAlone: [],
});
const keyOf = (index: number) =>
  vcpuKey(measured(1, Array(index + 1).fill({ demand: 0, on: 0 })).load.vcpus[index] as VcpuLoad);
const past = (index: number, atMs: number, from = 1, to = 0): PastMove => ({
  key: keyOf(index),
  atMs,
  from: [from],
  to: [to],
});
function deciding(raw: RawSettings, pastMoves: readonly PastMove[] = []) {
  const decide = balanceSession(readSettings(raw), 'now');
  decide.recall(pastMoves);
  return decide;
}
const held = ({ leftAlone }: Plan) => leftAlone.map(({ domain, reason }) => `${domain.name}: ${reason}`);
const goes = ({ moves }: Plan) => moves.map(({ domain, to }) => `${domain.name} to ${to}`);
const done = ({ moves }: Plan) => moves.map((move: Move) => ({ move, error: undefined }));

/** The first of the two is the one that a plan would rather move. */
const stacked = measured(2, [
  { demand: 50, on: 0 },
  { demand: 60, on: 0 },
]);

describe('a plan that is a gain by one reading of demand alone', () => {
  const starved = { kind: 'measured', usagePct: 15, delayPct: 40 } as const;
  const fed = { kind: 'measured', usagePct: 50, delayPct: 0 } as const;
  const wishes: readonly Wish[] = [
    ...Array<Wish>(4).fill({ demand: 0, on: 0, reading: starved }),
    ...Array<Wish>(2).fill({ demand: 0, on: 1, reading: fed }),
  ];
  test.each([
    ['nothing was moved', [], 1],
    ['something was moved within the hour', [past(5, 1)], 0],
    ['it was an hour ago', [past(5, -1)], 1],
  ])('%s', (_, moves, count) => {
    expect(deciding({}, moves).plan(measured(2, wishes), hourMs).moves).toHaveLength(count);
  });
});

describe('--max-rate', () => {
  test('a vCPU that has moved so often in the last hour stays; another goes', () => {
    const plan = deciding({ maxRate: '2' }, [past(0, 1), past(0, hourMs - 1)]).plan(stacked, hourMs);
    expect(goes(plan)).toEqual(['d0001 to 1']);
    expect(held(plan)).toEqual(['d0000: it has moved as often within an hour as --max-rate 2 allows']);
  });

  test('until one of the moves is an hour old', () => {
    const plan = deciding({ maxRate: '2' }, [past(0, 1), past(0, hourMs - 1)]).plan(stacked, hourMs + 1);
    expect([goes(plan), held(plan)]).toEqual([['d0000 to 1'], []]);
  });

  test('one that is where it may not be is moved all the same', () => {
    const exiled = measured(2, [{ demand: 60, on: 0, allowed: [1] }]);
    expect(goes(deciding({ maxRate: '1' }, [past(0, 1)]).plan(exiled, 2))).toEqual(['d0000 to 1']);
  });

  test('whom a plan has worn out is told with it, and stays from then on', () => {
    const { plan, recordPins, pastMoves } = deciding({ maxRate: '1' });
    const first = plan(stacked, 7);
    expect(recordPins(done(first), 7)).toMatchObject([
      {
        domain: { name: 'd0000' },
        vcpu: 0,
        reason: 'it has moved as often within an hour as --max-rate 1 allows',
      },
    ]);
    expect(pastMoves()).toEqual([{ key: keyOf(0), atMs: 7, from: [0], to: [1] }]);
    const onTheOther = measured(2, [
      { demand: 50, on: 1 },
      { demand: 60, on: 1 },
    ]);
    expect(goes(plan(onTheOther, 8))).toEqual(['d0001 to 0']);
  });

  test('a pin that failed is no move', () => {
    const { plan, recordPins, pastMoves } = deciding({ maxRate: '1' });
    const failed = plan(stacked, 7).moves.map((move) => ({ move, error: 'no' }));
    expect([recordPins(failed, 7), pastMoves()]).toEqual([[], []]);
    expect(held(plan(stacked, 8))).toEqual(['d0000: its last pin failed: no']);
  });
});

test('a rule for a domain has another cooldown', () => {
  const rule = { name: 'd0000', cooldown: 90, where: 'c.toml:3' };
  const unsaid = { uuid: undefined, managed: undefined, cpus: undefined, priority: undefined };
  const configuration = { ...unconfigured, rules: [{ ...unsaid, ...rule }] };
  const { plan, recall } = balanceSession(readSettings({ cooldown: '60' }, configuration), 'now');
  recall([past(0, 1000), past(1, 1000)]);
  expect(held(plan(stacked, 60_999))).toEqual([
    'd0000: its last move is less than 90 s ago (c.toml:3)',
    'd0001: its last move is less than 60 s ago (--cooldown)',
  ]);
  expect(held(plan(stacked, 61_000))).toEqual(['d0000: its last move is less than 90 s ago (c.toml:3)']);
});

test('--cooldown', () => {
  const { plan, isAnyHeldForNow } = deciding({ cooldown: '60' }, [past(0, 1000)]);
  expect(held(plan(stacked, 60_999))).toEqual(['d0000: its last move is less than 60 s ago (--cooldown)']);
  expect(isAnyHeldForNow()).toBe(true);
  expect(held(plan(stacked, 61_000))).toEqual([]);
  expect(isAnyHeldForNow()).toBe(false);
});

describe('a plan that would only take back the last moves', () => {
  const alone = measured(2, [{ demand: 60, on: 0 }]);

  test('is not made, and says why', () => {
    const plan = deciding({ policy: 'lightest' }, [past(0, 1)]).plan(alone, 2);
    expect(plan.moves).toEqual([]);
    expect(plan.summary).toMatch(/^it would only undo the last moves, /);
  });

  test('is made an hour later', () => {
    expect(goes(deciding({ policy: 'lightest' }, [past(0, 1)]).plan(alone, hourMs + 1))).toEqual([
      'd0000 to 1',
    ]);
  });

  test('is made when demand has changed so much that it is a clear gain', () => {
    const plan = deciding({}, [past(0, 1)]).plan(stacked, 2);
    expect(goes(plan)).toEqual(['d0000 to 1']);
  });

  test('spread: counts have no noise', () => {
    expect(goes(deciding({ policy: 'spread' }, [past(0, 1)]).plan(alone, 2))).toEqual([]);
    const idle = measured(2, [
      { demand: 0, on: 0 },
      { demand: 0, on: 0 },
    ]);
    expect(goes(deciding({ policy: 'spread' }, [past(0, 1)]).plan(idle, 2))).toEqual(['d0000 to 1']);
  });
});

test('each that is left alone has a kind, which a metric counts it by', () => {
  const eight = measured(
    2,
    Array.from({ length: 8 }, () => ({ demand: 40, on: 0 })),
  );
  const vcpus = eight.load.vcpus.map((vcpu, i): VcpuLoad => {
    if (i === 5) return { ...vcpu, reading: { kind: 'new', reason: 'it has just started' } };
    return i === 6 ? { ...vcpu, allowed: [] } : vcpu;
  });
  const session = deciding({ maxRate: '1', maxMoves: '1' }, [past(0, 1)]);
  const [failing] = session.plan(stacked, 2).moves;
  if (failing === undefined) throw new Error('there is a move');
  session.recordPins([{ move: failing, error: 'no' }], 3);
  const others = new Map([
    [keyOf(2), foreignReason],
    [keyOf(3), 'libvirt is still busy with its last pin'],
  ]);
  const floating = vcpus.map((vcpu, i) =>
    i === 4 || i === 7 ? { ...vcpu, placement: { affinity: [0, 1], lastPcpu: 0 } } : vcpu,
  );
  const { leftAlone } = session.plan({ ...eight, load: { ...eight.load, vcpus: floating } }, 4, others);
  expect(leftAlone.map(({ domain, kind }) => `${domain.name}: ${kind}`)).toEqual([
    'd0000: rate-limited',
    'd0001: pin-failed',
    'd0002: foreign',
    'd0003: busy',
    'd0005: unmeasured',
    'd0006: limited',
    'd0007: policy',
  ]);
});

const scenarioFile = join(temporaryDirectory(), 'eight.toml');
writeFileSync(
  scenarioFile,
  'pcpus = 4\n[[domains]]\nname = "guest-%d"\ncount = 8\naffinity = 0\ndemand = 30\n',
);

test('what it has measured is not kept: memory does not grow with the cycles', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const session = balanceSession(readSettings({}), 'patient');
  const first: WeakRef<object>[] = [];
  await (async () => {
    let before: Snapshot | undefined;
    for (const { snapshot } of samplesOf(readScenario(scenarioFile), 12)) {
      if (first.length < 3) first.push(new WeakRef(snapshot));
      if (before !== undefined) session.plan(session.measure(before, snapshot), snapshot.takenAtMs);
      before = snapshot;
    }
  })();
  // What a loop or a promise still holds goes with the turn of the event loop.
  await setImmediate();
  collect();
  expect(first.map((each) => each.deref())).toEqual([undefined, undefined, undefined]);
});
