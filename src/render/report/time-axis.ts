import { spanText } from '../figures.ts';
/** Labels for the starts of columns of equal length: a text about each tenth of the way, else undefined. */
export function timeLabels(count: number, secondsPerColumn: number): readonly (string | undefined)[] {
  const wholeSeconds = count * secondsPerColumn;
  const step = steps.find((seconds) => wholeSeconds / seconds <= mostLabels) ?? wholeSeconds / mostLabels;
  return Array.from({ length: count }, (_, i) => {
    const tick = Math.ceil((i * secondsPerColumn) / step);
    // The column that a round time falls into, or the first that begins after it.
    return tick * step < (i + 1) * secondsPerColumn ? spanText(tick * step) : undefined;
  });
}

const mostLabels = 10;
const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
