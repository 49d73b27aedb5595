import { defineConfig } from 'vitest/config';

/** The tests of a folder, in one process, which are the ones that try its mutants; see bench/mutation.ts. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/executable.ts',
    include: [`test/${process.env['MUTATED']}/**/*.test.ts`],
    exclude: ['test/**/*.search.test.ts'],
    runner: 'bench/mutation/try-mutants.ts',
    isolate: false,
    fileParallelism: false,
    testTimeout: 300_000,
    // What a mutant has left behind is no fault of the tests.
    dangerouslyIgnoreUnhandledErrors: true,
    onConsoleLog: () => false,
    reporters: ['dot'],
  },
});
