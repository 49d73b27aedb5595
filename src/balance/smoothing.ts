import { tuning } from './constants.ts';

/** A smoothed series: its level, and the smoothed error of that level with and without its sign. */
export type Smoothed = { readonly level: number; readonly error: number; readonly absoluteError: number };

/**
 * Takes in the next value. Errors that keep their sign are a step and count at once, errors that alternate
 * are noise and are averaged away.
 * @source Trigg and Leach, "Exponential smoothing with an adaptive response rate", 1967
 */
export function smooth(before: Smoothed | undefined, value: number): Smoothed {
  if (before === undefined) return { level: value, error: 0, absoluteError: 0 };
  const { errorMemory, noisePoints, leastSmoothingGain } = tuning;
  const off = value - before.level;
  const error = errorMemory * off + (1 - errorMemory) * before.error;
  const absoluteError = errorMemory * Math.abs(off) + (1 - errorMemory) * before.absoluteError;
  const tracking = Math.abs(error) / Math.max(absoluteError, noisePoints);
  const gain = Math.min(1, Math.max(leastSmoothingGain, tracking));
  return { level: before.level + gain * off, error, absoluteError };
}
