/** What is taken for a step of a series, and what for noise. */
export type Smoothing = {
  /** how many of the last values may turn out to be a step, and what the noise is a mean of */
  readonly stepWindowCycles: number;
  readonly stepStdDevs: number;
  readonly initialNoiseShare: number;
  readonly minNoisePoints: number;
};

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
  /** the last values since the step, oldest first: as many places for each series as a step may have values */
  readonly recent: Float64Array;
  readonly recentCount: Int32Array;
  readonly smoothing: Smoothing;
};

export function emptySeries(size: number, smoothing: Smoothing): SeriesSet {
  const floats = (length: number) => new Float64Array(length);
  const [count, recentCount] = [new Int32Array(size), new Int32Array(size)];
  return {
    level: floats(size),
    count,
    noise: floats(size),
    recent: floats(size * smoothing.stepWindowCycles),
    recentCount,
    smoothing,
  };
}

/** Takes a series over from another set as it is. */
export function copySeries(from: SeriesSet, source: number, to: SeriesSet, target: number): void {
  to.level[target] = from.level[source] as number;
  to.count[target] = from.count[source] as number;
  to.noise[target] = from.noise[source] as number;
  to.recentCount[target] = from.recentCount[source] as number;
  const window = from.smoothing.stepWindowCycles;
  to.recent.set(from.recent.subarray(source * window, (source + 1) * window), target * window);
}

/**
 * Takes in the next value. Where the last few differ from those before by more than noise can do, they are a step,
 * and what was before is forgotten. All others are noise and are averaged away, the better the longer.
 * @source the generalised likelihood ratio test for a change of the mean: Basseville and Nikiforov, "Detection of
 * Abrupt Changes", 1993, chapter 2; the noise by the mean moving range, as control charts have it
 */
export function smooth(series: SeriesSet, at: number, value: number): void {
  const { level, count, noise, recent, recentCount, smoothing } = series;
  const { stepWindowCycles: window, stepStdDevs, minNoisePoints } = smoothing;
  const first = at * window;
  let length = recentCount[at] as number;
  if (length === 0) {
    recent[first] = value;
    beginAnew(series, at, 1);
    return;
  }
  const last = recent[first + length - 1] as number;
  if (length === window) recent.copyWithin(first, first + 1, first + length--);
  recent[first + length++] = value;
  const seen = (count[at] as number) + 1;
  const before = noise[at] as number;
  const mean = (level[at] as number) + (value - (level[at] as number)) / seen;
  const stepLength = stepIn(recent, first + length, length, mean, seen, stepStdDevs * before);
  if (stepLength > 0) {
    recent.copyWithin(first, first + length - stepLength, first + length);
    beginAnew(series, at, stepLength);
    return;
  }
  // A step that is not known as one yet is no noise, and must not hide itself.
  const range = Math.min(Math.abs(value - last) / meanRange, stepStdDevs * before);
  level[at] = mean;
  count[at] = seen;
  recentCount[at] = length;
  noise[at] = Math.max(minNoisePoints, before + (range - before) / window);
}

/** The mean distance of two values in a row in standard deviations, for normal noise. */
const meanRange = 2 / Math.sqrt(Math.PI);

/** Begins with the recent values; how noisy it is has to be guessed. */
function beginAnew(
  { level, count, noise, recent, recentCount, smoothing }: SeriesSet,
  at: number,
  length: number,
): void {
  const first = at * smoothing.stepWindowCycles;
  let sum = 0;
  for (let i = first; i < first + length; i++) sum += recent[i] as number;
  const mean = sum / length;
  level[at] = mean;
  count[at] = recentCount[at] = length;
  noise[at] = Math.max(smoothing.minNoisePoints, smoothing.initialNoiseShare * mean);
}

/** How many of the last of `count` values are most surely a level of their own; 0 where none are. */
function stepIn(
  recent: Float64Array,
  end: number,
  most: number,
  level: number,
  count: number,
  least: number,
): number {
  let surest = least;
  let [stepLength, sum] = [0, 0];
  for (let length = 1; length <= most && length < count; length++) {
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
