import { tuning } from './constants.ts';

/**
 * Smoothed series of values, by position: of each the mean of its values since the last step. In arrays, since a large
 * host has twenty thousand of them.
 */
export type SeriesSet = {
  readonly level: Float64Array;
  /** of how many values that is the mean; 0 where there are none */
  readonly count: Int32Array;
  /** the standard deviation of a single value */
  readonly noise: Float64Array;
  /** the last values since the step, oldest first: `window` places for each series */
  readonly recent: Float64Array;
  readonly recentCount: Int32Array;
  readonly window: number;
};

export function emptySeries(size: number): SeriesSet {
  const window = tuning.stepWindowCycles;
  return {
    level: new Float64Array(size),
    count: new Int32Array(size),
    noise: new Float64Array(size),
    recent: new Float64Array(size * window),
    recentCount: new Int32Array(size),
    window,
  };
}

/** Takes a series over from another set as it is. */
export function copySeries(from: SeriesSet, source: number, to: SeriesSet, target: number): void {
  to.level[target] = from.level[source] as number;
  to.count[target] = from.count[source] as number;
  to.noise[target] = from.noise[source] as number;
  const kept = Math.min(from.recentCount[source] as number, to.window);
  const end = source * from.window + (from.recentCount[source] as number);
  to.recent.set(from.recent.subarray(end - kept, end), target * to.window);
  to.recentCount[target] = kept;
}

/**
 * Takes in the next value. Where the last few differ from those before by more than noise can do, they are a step,
 * and what was before is forgotten. All others are noise and are averaged away, the better the longer.
 * @source the generalised likelihood ratio test for a change of the mean: Basseville and Nikiforov, "Detection of
 * Abrupt Changes", 1993, chapter 2; the noise by the mean moving range, as control charts have it
 */
export function smooth(series: SeriesSet, at: number, value: number): void {
  const { level, count, noise, recent, recentCount, window } = series;
  const known = count[at] as number;
  if (known === 0) {
    recent[at * window] = value;
    recentCount[at] = 1;
    begin(series, at);
    return;
  }
  const last = recent[at * window + (recentCount[at] as number) - 1] as number;
  pushRecent(series, at, value);
  const mean = (level[at] as number) + (value - (level[at] as number)) / (known + 1);
  const before = noise[at] as number;
  const stepLength = stepIn(series, at, mean, known + 1, before);
  if (stepLength > 0) {
    const first = at * window + (recentCount[at] as number) - stepLength;
    recent.copyWithin(at * window, first, first + stepLength);
    recentCount[at] = stepLength;
    begin(series, at);
    return;
  }
  // A step that is not known as one yet is no noise, and must not hide itself.
  const range = Math.min(Math.abs(value - last) / meanRange, tuning.stepStdDevs * before);
  level[at] = mean;
  count[at] = known + 1;
  noise[at] = Math.max(tuning.minNoisePoints, before + (range - before) / window);
}

/** The mean distance of two values in a row in standard deviations, for normal noise: 2 / √π. */
const meanRange = 2 / Math.sqrt(Math.PI);

function pushRecent({ recent, recentCount, window }: SeriesSet, at: number, value: number): void {
  const first = at * window;
  let length = recentCount[at] as number;
  if (length === window) {
    recent.copyWithin(first, first + 1, first + window);
    length -= 1;
  }
  recent[first + length] = value;
  recentCount[at] = length + 1;
}

/** Begins anew with its recent values; how noisy it is has to be guessed. */
function begin({ level, count, noise, recent, recentCount, window }: SeriesSet, at: number): void {
  const length = recentCount[at] as number;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += recent[at * window + i] as number;
  level[at] = sum / length;
  count[at] = length;
  noise[at] = Math.max(tuning.minNoisePoints, (tuning.initialNoiseShare * sum) / length);
}

/** How many of the last of `count` values are most surely a level of their own; 0 where none are. */
function stepIn(series: SeriesSet, at: number, level: number, count: number, noise: number): number {
  const { recent, recentCount, window } = series;
  const end = at * window + (recentCount[at] as number);
  let surest = tuning.stepStdDevs * noise;
  let stepLength = 0;
  let sum = 0;
  for (let length = 1; length <= (recentCount[at] as number) && length < count; length++) {
    sum += recent[end - length] as number;
    // How far the mean of the last is from that of those before, as if each of the two were the mean of one value.
    const off = (Math.abs(sum / length - level) * count) / (count - length);
    const sure = off / Math.sqrt(1 / length + 1 / (count - length));
    if (sure <= surest) continue;
    surest = sure;
    stepLength = length;
  }
  return stepLength;
}
