import { expect, test } from 'vitest';
import { jobWatch } from '../../src/host/job-watch.ts';

test('a domain of which less is told than before has a job', () => {
  const { hasJob } = jobWatch();
  expect(hasJob('a', 1, true)).toBe(false);
  expect(hasJob('a', 1, false)).toBe(true);
  expect(hasJob('a', 1, false)).toBe(true);
  expect(hasJob('a', 1, true)).toBe(false);
});

test('one of which it was never told has none, as far as one knows; nor has another start', () => {
  const { hasJob, forgetOthers } = jobWatch();
  expect(hasJob('a', 1, false)).toBe(false);
  hasJob('a', 1, true);
  expect(hasJob('a', 2, false)).toBe(false);
  expect(hasJob('a', undefined, false)).toBe(false);
  forgetOthers(new Set(['b']));
  expect(hasJob('a', 1, false)).toBe(false);
});
