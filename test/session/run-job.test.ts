import { expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { balanceSession } from '../../src/session/balance-session.ts';
import { steerByCycles } from '../../src/session/run-job.ts';
import { scopeOf } from '../../src/session/scope.ts';
import { replay } from '../../src/simulate/score/replay.ts';
import { hostOf } from '../simulate/support/host-of.ts';

const host = () => hostOf('pcpus = 2\n[[domains]]\nname = "g%d"\ncount = 4\naffinity = 0\ndemand = 40\n');
const cycles = { intervalMs: 2000, count: 5 };

test('a policy is asked from the second cycle on, with the two samples around the one before', async () => {
  const settings = readSettings({ policy: 'none' });
  const balance = balanceSession(settings, 'patient');
  const asked: (readonly [number, number])[] = [];
  const steer = steerByCycles({
    ...balance,
    measure: (before, after, known) => {
      asked.push([before.takenAtMs, after.takenAtMs]);
      return balance.measure(before, after, known);
    },
  });
  await replay(host(), cycles, scopeOf(settings), steer);
  expect(asked).toEqual([
    [0, 2000],
    [2000, 4000],
    [4000, 6000],
    [6000, 8000],
  ]);
});

test('what it pins takes, and it remembers when', async () => {
  const settings = readSettings({});
  const balance = balanceSession(settings, 'patient');
  const { cycles: records } = await replay(host(), cycles, scopeOf(settings), steerByCycles(balance));
  expect(records.map(({ moves }) => moves)).toEqual([0, 2, 0, 0, 0]);
  expect(records.map(({ sd }) => sd)).toEqual([80, 0, 0, 0, 0]);
  expect(balance.pastMoves().map(({ atMs }) => atMs)).toEqual([2000, 2000]);
});
