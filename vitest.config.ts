import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './test/support/totals-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**'],
    // No test is to fail for a slow machine; one that hangs ends all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The tests of the program wait more than they compute; the default is one worker on two cores.
    maxWorkers: 3,
    reporters: ['default', new TotalsReporter()],
  },
});
