import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

/** What of a source file has been run. */
export type Covered = {
  readonly functions: readonly [run: number, all: number];
  readonly blocks: readonly [run: number, all: number];
  readonly lines: readonly [run: number, all: number];
};

/** V8's own counters of the blocks that were run in a bundle of esbuild. */
export type BlockCoverage = {
  /**
   * Whether something was run since the last call that had never been run.
   * @param isKept whether it counts as run from now on
   */
  readonly take: (isKept: boolean) => boolean;
  /** The text of the bundle that a source file has become. */
  readonly textOf: (file: string) => string;
  readonly of: (files: readonly string[]) => Covered;
};

/** @param url of the bundle; nothing of what is to be counted may have been called yet */
export function blockCoverage(url: string): BlockCoverage {
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const isRun = new Uint8Array(text.length);
  const isRunNow = new Uint8Array(text.length);
  const functions = new Map<string, readonly [from: number, to: number]>();
  const blocks = new Map<string, readonly [from: number, to: number]>();
  const modules = modulesIn(text);
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

  /** The answer comes before `post` returns. */
  function counted(): readonly Profiler.FunctionCoverage[] {
    let found: readonly Profiler.FunctionCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      found = result.find((script) => script.url === url)?.functions ?? [];
    });
    return found;
  }

  function take(isKept: boolean): boolean {
    let isNew = false;
    for (const { ranges } of counted()) {
      const [whole, ...parts] = ranges;
      if (whole === undefined) continue;
      const key = `${whole.startOffset}-${whole.endOffset}`;
      if (!functions.has(key)) functions.set(key, [whole.startOffset, whole.endOffset]);
      for (const { startOffset, endOffset } of parts)
        if (!blocks.has(`${startOffset}-${endOffset}`))
          blocks.set(`${startOffset}-${endOffset}`, [startOffset, endOffset]);
      if (whole.count === 0 || whole.endOffset - whole.startOffset > text.length / 2) continue;
      // An inner range has the last word on what it holds.
      for (const { startOffset, endOffset, count } of ranges)
        isRunNow.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      for (let at = whole.startOffset; at < whole.endOffset; at++) {
        if (isRunNow[at] === 0 || isRun[at] === 1) continue;
        if (isKept) isRun[at] = 1;
        isNew = true;
      }
    }
    return isNew;
  }

  const textOf = (file: string) => {
    const [from, to] = modules.get(file) ?? [0, 0];
    return text.slice(from, to);
  };

  function of(files: readonly string[]): Covered {
    const within = files.map((file) => modules.get(file) ?? [0, 0]);
    const isWithin = ([from, to]: readonly [number, number]) =>
      within.some(([start, end]) => from >= start && to <= end);
    const share = (all: readonly (readonly [number, number])[]) =>
      [all.filter(([from]) => isRun[from] === 1).length, all.length] as const;
    const lines = within.flatMap(([from, to]) => linesIn(text, from, to));
    const inFunctions = lines.filter(([at]) =>
      [...functions.values()].some(([from, to]) => from < at && at < to && to - from < text.length / 2),
    );
    return {
      functions: share([...functions.values()].filter(isWithin)),
      blocks: share([...blocks.values()].filter(isWithin)),
      lines: share(inFunctions),
    };
  }
  return { take, textOf, of };
}

/** esbuild begins each module with a comment that names its file. */
function modulesIn(text: string): ReadonlyMap<string, readonly [from: number, to: number]> {
  const heads = [...text.matchAll(/^ *\/\/ ((?:src|bench|test|node_modules)\/\S+)$/gm)];
  return new Map(heads.map((head, i) => [head[1] ?? '', [head.index, heads[i + 1]?.index ?? text.length]]));
}

/** Lines that have more than a bracket, by their first character. */
function linesIn(text: string, from: number, to: number): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = from; at < to; ) {
    const end = text.indexOf('\n', at) < 0 ? to : text.indexOf('\n', at);
    const line = text.slice(at, end);
    if (/\w/.test(line) && !line.trimStart().startsWith('//')) found.push([at + line.search(/\S/), end]);
    at = end + 1;
  }
  return found;
}
