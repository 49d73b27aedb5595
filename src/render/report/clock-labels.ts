import { clock } from '../clock.ts';

/** Labels for columns of equal length: the time of day at round times, the day where a new one begins; else undefined. */
export function clockLabels(
  count: number,
  fromMs: number,
  columnMs: number,
  zone: string,
): readonly (string | undefined)[] {
  const wholeMinutes = (count * columnMs) / 60_000;
  const step = steps.find((minutes) => wholeMinutes / minutes <= mostLabels) ?? day;
  const every = Math.max(1, Math.ceil(wholeMinutes / step / mostLabels));
  let labelled = 0;
  return Array.from({ length: count }, (_, i) => {
    const now = clock(fromMs + i * columnMs, zone);
    const before = clock(fromMs + (i - 1) * columnMs, zone);
    const isNewDay = now.day !== before.day;
    if (!isNewDay && Math.floor(minutes(now.time) / step) === Math.floor(minutes(before.time) / step))
      return undefined;
    return labelled++ % every > 0 ? undefined : isNewDay ? now.day.slice(5) : now.time;
  });
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

const mostLabels = 12;
const day = 1440;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, day];
