import { tuning } from './constants.ts';

/** A smoothed series: the mean of its values since the last step. */
export type Smoothed = {
  readonly level: number;
  /** of how many values that is the mean */
  readonly count: number;
  /** by how much values have missed the level of late, with their signs */
  readonly error: number;
  /** by how much they usually miss it, without */
  readonly noise: number;
};

/**
 * Takes in the next value. Errors that are large beside the noise, or keep their sign, are a step: the values
 * before it count less, or nothing. All others are noise and are averaged away, the better the longer.
 * @source the tracking signal of Trigg and Leach, "Exponential smoothing with an adaptive response rate", 1967
 */
export function smooth(before: Smoothed | undefined, value: number): Smoothed {
  if (before === undefined) return { level: value, count: 1, error: 0, noise: 0 };
  const { errorMemory, noiseMemory, noisePoints, noiseGrowth, leastSmoothingGain } = tuning;
  const { stepFromNoise, stepAtNoise } = tuning;
  const off = value - before.level;
  const usual = Math.max(before.noise, noisePoints);
  const error = before.error + errorMemory * (off - before.error);
  // A step is no noise, and must not hide the next one.
  const noise = before.noise + noiseMemory * (Math.min(Math.abs(off), noiseGrowth * usual) - before.noise);
  const tracking = (Math.abs(error) / usual - stepFromNoise) / (stepAtNoise - stepFromNoise);
  const step = Math.min(1, Math.max(0, tracking));
  const gain = Math.max(step, 1 / (before.count + 1), leastSmoothingGain);
  return { level: before.level + gain * off, count: 1 / gain, error: (1 - step) * error, noise };
}
