import { defineConfig } from 'vitest/config';

/** Measurements on a real host, which print what they find; one after the other, since they share its pCPUs. */
export default defineConfig({
  test: {
    include: ['bench/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    reporters: ['dot'],
  },
});
