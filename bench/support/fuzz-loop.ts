import { blockCoverage, type Covered } from './block-coverage.ts';
import { drawFrom } from './draw.ts';
import { mutate } from './mutate.ts';

/** Something that reads or writes hostile text. */
export type Target = {
  readonly name: string;
  /** the files whose coverage guides and is told */
  readonly files: readonly string[];
  /** texts to begin with */
  readonly seeds: readonly string[];
  /** what its format has besides the texts that stand in its files */
  readonly words?: readonly string[];
  /** throws where something does not hold; what the parser throws by its own declaration it has to catch */
  readonly run: (text: string) => void | Promise<void>;
  /** how long one text of at most so many characters may take */
  readonly mostMs?: number;
  readonly mostCharacters?: number;
};

/** What came of some seconds of a target. */
export type Fuzzed = {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly corpus: number;
  readonly covered: Covered;
  readonly faults: readonly { readonly what: string; readonly text: string }[];
};

/**
 * Runs a target with texts that come from those before by small changes; what runs a block that was never run is changed
 * further. It takes some 30 ms to read the counters, so they are read after many texts.
 * @param url of the bundle that the target is in
 * @param about is told each text before it is run: one may never end
 */
export async function fuzz(
  target: Target,
  seconds: number,
  seed: number,
  url: string,
  about: (text: string) => void,
): Promise<Fuzzed> {
  const { mostMs = 500, mostCharacters = 20_000 } = target;
  const coverage = blockCoverage(url);
  const draw = drawFrom(seed);
  const words = [...(target.words ?? []), ...literalsIn(target.files.map(coverage.textOf).join('\n'))];
  const corpus = [...target.seeds];
  const faults = new Map<string, string>();
  let executions = 0;

  async function wrongWith(text: string): Promise<string | undefined> {
    about(text);
    executions++;
    const start = process.cpuUsage();
    try {
      await target.run(text);
    } catch (error) {
      return String(error instanceof Error ? (error.stack ?? error.message) : error);
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 > mostMs ? 'slow' : undefined;
  }

  /** What is slow is slow three times, and not because of what was cleaned up just then. */
  async function isWrong(text: string): Promise<string | undefined> {
    let wrong = await wrongWith(text);
    for (let more = 0; more < 2 && wrong === 'slow'; more++) wrong = await wrongWith(text);
    return wrong;
  }

  async function attempt(text: string): Promise<void> {
    const wrong = await isWrong(text);
    if (wrong === undefined) return;
    const kind = kindOf(wrong);
    if (faults.has(kind)) return;
    faults.set(kind, text);
    faults.set(kind, await shortened(text, async (each) => kindOf((await isWrong(each)) ?? '') === kind));
  }

  /** Those of some texts that run what has never been run, found by halves. */
  async function keepNew(texts: readonly string[]): Promise<void> {
    let left = texts;
    for (let times = 0; times < 4 && left.length > 0; times++) {
      let some = left;
      while (some.length > 1) {
        const half = some.slice(0, Math.ceil(some.length / 2));
        for (const text of half) await attempt(text);
        some = coverage.take(false) ? half : some.slice(half.length);
      }
      const [found = ''] = some;
      await attempt(found);
      if (coverage.take(true)) corpus.push(found);
      left = left.slice(left.indexOf(found) + 1);
      for (const text of left) await attempt(text);
      if (!coverage.take(false)) return;
    }
  }

  for (const text of corpus) await attempt(text);
  coverage.take(true);
  const startMs = performance.now();
  while (performance.now() - startMs < seconds * 1000) {
    const batch: string[] = [];
    for (const endMs = performance.now() + batchMs; performance.now() < endMs; ) {
      // The last ones have been changed least.
      const from = Math.floor(corpus.length * (1 - draw(0, 1) ** 2));
      const text = mutate(corpus[from] ?? '', draw, { words, others: corpus }, mostCharacters);
      batch.push(text);
      await attempt(text);
    }
    if (coverage.take(false)) await keepNew(batch);
  }
  return {
    target: target.name,
    executions,
    seconds: (performance.now() - startMs) / 1000,
    corpus: corpus.length,
    covered: coverage.of(target.files),
    faults: [...faults].map(([what, text]) => ({ what, text })),
  };
}

/** Some times what it costs to read the counters. */
const batchMs = 300;

/** A fault by where it was thrown, and not by what its message says of the text. */
function kindOf(wrong: string): string {
  const [first = '', ...rest] = wrong.split('\n');
  const place = rest.find((line) => /^\s+at /.test(line)) ?? '';
  return `${first.replaceAll(/\d+|"[^"]*"|'[^']*'/g, '…').slice(0, 200)} ${place.trim().replace(/\(.*\/|:\d+\)?$/g, '')}`;
}

/** Leaves out pieces for as long as the fault stays, for some seconds. */
async function shortened(text: string, isStill: (text: string) => Promise<boolean>): Promise<string> {
  let short = text;
  const endMs = performance.now() + 5000;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < short.length && performance.now() < endMs; ) {
      const less = short.slice(0, at) + short.slice(at + size);
      if (await isStill(less)) short = less;
      else at += size;
    }
  }
  return short;
}

/** Texts between quotes, and the letters of regular expressions. */
function literalsIn(source: string): readonly string[] {
  const texts = [
    ...source.matchAll(/"((?:[^"\\\n]|\\.){1,40})"|'((?:[^'\\\n]|\\.){1,40})'|`([^`$\\]{1,40})`/g),
  ];
  return [...new Set(texts.map(([, a, b, c]) => a ?? b ?? c ?? ''))];
}
