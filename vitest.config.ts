import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './test/support/totals-reporter.ts';

export default defineConfig({
  test: {
    globalSetup: 'test/support/executable.ts',
    // No test is to fail for a slow machine; one that hangs ends all the same.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 300_000 } },
    // The tests of the program wait more than they compute; the default is one worker on two cores.
    maxWorkers: 3,
    // No test changes a module, so the files share what they import.
    isolate: false,
    setupFiles: process.env['CI'] ? ['test/support/one-seed.ts'] : [],
    reporters: ['default', new TotalsReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{cases,cli,docs,real}/**', 'test/**/*.search.test.ts'],
        },
      },
      // Many random hosts, a file that is cut at each byte, a day of many vCPUs.
      { extends: true, test: { name: 'search', include: ['test/**/*.search.test.ts'] } },
      // The whole program in one process, on hosts of every kind.
      { extends: true, test: { name: 'cases', include: ['test/cases/**/*.test.ts'] } },
      { extends: true, test: { name: 'cli', include: ['test/cli/**/*.test.ts'] } },
      { extends: true, test: { name: 'docs', include: ['test/docs/**/*.test.ts'] } },
    ],
  },
});
