import { tuning } from './constants.ts';

/** A smoothed series: the mean of its values since the last step. */
export type Smoothed = {
  readonly level: number;
  /** of how many values that is the mean */
  readonly count: number;
  /** the standard deviation of a single value */
  readonly noise: number;
  /** the last values since the step, oldest first */
  readonly recent: readonly number[];
};

/**
 * Takes in the next value. Where the last few differ from those before by more than noise can do, they are a step,
 * and what was before is forgotten. All others are noise and are averaged away, the better the longer.
 * @source the generalised likelihood ratio test for a change of the mean: Basseville and Nikiforov, "Detection of
 * Abrupt Changes", 1993, chapter 2; the noise by the mean moving range, as control charts have it
 */
export function smooth(before: Smoothed | undefined, value: number): Smoothed {
  if (before === undefined) return seriesOf([value]);
  const { maxMeanCycles, stepWindowCycles, stepStdDevs, minNoisePoints } = tuning;
  const earlier = Math.min(before.count, maxMeanCycles - 1);
  const recent = [...before.recent, value].slice(-stepWindowCycles);
  const step = stepIn(recent, (before.level * earlier + value) / (earlier + 1), earlier + 1, before.noise);
  if (step !== undefined) return seriesOf(step);
  // A step that is not known as one yet is no noise, and must not hide itself.
  const range = Math.abs(value - (before.recent.at(-1) ?? value)) / meanRange;
  const noise =
    before.noise + (Math.min(range, stepStdDevs * before.noise) - before.noise) / stepWindowCycles;
  return {
    level: before.level + (value - before.level) / (earlier + 1),
    count: earlier + 1,
    noise: Math.max(minNoisePoints, noise),
    recent,
  };
}

/** The mean distance of two values in a row in standard deviations, for normal noise: 2 / √π. */
const meanRange = 2 / Math.sqrt(Math.PI);

/** A series that begins with some values; how noisy it is has to be guessed. */
function seriesOf(values: readonly number[]): Smoothed {
  const level = values.reduce((sum, value) => sum + value, 0) / values.length;
  const noise = Math.max(tuning.minNoisePoints, tuning.initialNoiseShare * level);
  return { level, count: values.length, noise, recent: values };
}

/** Those of the last of `count` values that are most surely a level of their own; undefined where none are. */
function stepIn(
  recent: readonly number[],
  level: number,
  count: number,
  noise: number,
): readonly number[] | undefined {
  let surest = tuning.stepStdDevs * noise;
  let stepLength = 0;
  let sum = 0;
  for (let length = 1; length <= recent.length && length < count; length++) {
    sum += recent[recent.length - length] ?? 0;
    // How far the mean of the last is from that of those before, as if each of the two were the mean of one value.
    const off = (Math.abs(sum / length - level) * count) / (count - length);
    const sure = off / Math.sqrt(1 / length + 1 / (count - length));
    if (sure <= surest) continue;
    surest = sure;
    stepLength = length;
  }
  return stepLength === 0 ? undefined : recent.slice(-stepLength);
}
