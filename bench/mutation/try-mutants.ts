import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { type RunnerTestCase, TestRunner } from 'vitest';
import { addOutcome, current, type Outcome, readOutcomes } from './outcomes.ts';

/** What the code that Stryker has written looks at. */
type Stryker = {
  currentTestId?: string | undefined;
  activeMutant?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number;
  /** how often each mutant was met, as modules were loaded and by each test */
  mutantCoverage?: { readonly static: Hits; readonly perTest: Readonly<Record<string, Hits>> };
};

type Hits = Readonly<Record<string, number>>;

const stryker: Stryker = {};
Object.assign(globalThis, { __stryker__: stryker });
// One failure is enough: the smallest one takes long to find.
fc.configureGlobal({ endOnFailure: true });
const { setTimeout, clearTimeout, performance } = globalThis;
/** Of all files of tests, which share this. */
const outcomes = readOutcomes('.');

/** Runs each test as it is, and then with each mutant that it has met and that is still alive. */
// biome-ignore lint/style/noDefaultExport: vitest wants it so
export default class extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const fn = TestRunner.getTestFn(test);
    const startMs = performance.now();
    stryker.currentTestId = test.id;
    await fn();
    // What is met from here on is not what the test meets, nor what loading does.
    stryker.currentTestId = 'a trial';
    const mostMs = 3000 + 10 * (performance.now() - startMs);
    const met = Object.entries(stryker.mutantCoverage?.perTest[test.id] ?? {}).filter(([mutant]) =>
      isAlive(mutant),
    );
    for (const [mutant, hits] of met) {
      writeFileSync(current, mutant);
      Object.assign(stryker, { activeMutant: mutant, hitCount: 0, hitLimit: 1000 + 100 * hits });
      note(mutant, await this.tryOnce(test, mostMs));
      stryker.activeMutant = undefined;
      stryker.hitCount = undefined;
    }
    writeFileSync(current, '');
    if (met.length > 0 && (await this.tryOnce(test, mostMs)) !== 'survived')
      // It also fails without a mutant when it runs again, so that it tells nothing.
      for (const [mutant] of met) note(mutant, 'survived');
    stryker.currentTestId = undefined;
    this.onBeforeTryTask(test);
  }

  override onAfterRunFiles(): void {
    super.onAfterRunFiles();
    for (const mutant of Object.keys(stryker.mutantCoverage?.static ?? {}))
      if (!outcomes.has(mutant)) note(mutant, 'loaded');
  }

  private async tryOnce(test: RunnerTestCase, mostMs: number): Promise<Outcome> {
    this.onBeforeTryTask(test);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), mostMs);
    });
    const run = async (): Promise<Outcome> => {
      await TestRunner.getTestFn(test)();
      this.onAfterTryTask(test);
      return 'survived';
    };
    const isEndless = () => (stryker.hitCount ?? 0) > (stryker.hitLimit ?? 0);
    const outcome = await Promise.race([run(), late]).catch(() => (isEndless() ? 'timeout' : 'killed'));
    clearTimeout(timer);
    return outcome;
  }
}

function isAlive(mutant: string): boolean {
  const outcome = outcomes.get(mutant);
  return outcome !== 'killed' && outcome !== 'timeout';
}

function note(mutant: string, outcome: Outcome): void {
  if (outcomes.get(mutant) === outcome) return;
  outcomes.set(mutant, outcome);
  addOutcome('.', mutant, outcome);
}
