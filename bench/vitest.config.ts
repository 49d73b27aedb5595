import { defineConfig } from 'vitest/config';

/** Measurements on a real host, which print what they find. */
export default defineConfig({
  test: { include: ['bench/**/*.test.ts'], testTimeout: 3_600_000, hookTimeout: 120_000, reporters: ['dot'] },
});
