import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './test/support/totals-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**'],
    reporters: ['default', new TotalsReporter()],
  },
});
