import { defineConfig } from 'vitest/config';
import { TotalsReporter } from '../support/totals-reporter.ts';

/** One file after the other: they share the two pCPUs of one host. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/executable.ts',
    include: ['test/real/**/*.test.ts'],
    // Takes minutes, and is for measuring: RUNS says how often.
    exclude: process.env['RUNS'] === undefined ? ['test/real/first-look.test.ts'] : [],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: ['verbose', new TotalsReporter()],
  },
});
