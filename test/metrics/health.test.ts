import { expect, test } from 'vitest';
import { health } from '../../src/metrics/health.ts';

test('is there for three intervals and the timeout after a good cycle', () => {
  let now = 0;
  const state = health({ interval: 10, timeout: 40 }, () => now);
  expect(state.now()).toEqual({ isHealthy: false, text: 'no cycle has succeeded yet' });
  state.succeeded();
  now = 70_000;
  expect(state.now()).toEqual({
    isHealthy: true,
    text: 'the last good cycle ended 70 s ago; at most 70 s are healthy',
  });
  now = 70_001;
  expect(state.now().isHealthy).toBe(false);
  state.succeeded();
  expect(state.now().isHealthy).toBe(true);
});
