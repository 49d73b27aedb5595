import { expect, test } from 'vitest';
import { progressBar } from '../../src/render/progress-bar.ts';

test.each([
  [0, 60, '[--------------------]   0 %'],
  [15, 60, '[#####---------------]  25 %'],
  [5399, 5400, '[###################-]  99 %'],
  [60, 60, '[####################] 100 %'],
])('%i of %i', (done, all, expected) => {
  expect(progressBar(done, all)).toBe(expected);
});
