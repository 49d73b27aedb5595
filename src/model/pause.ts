/** That nothing is to be pinned for now, and by whose word. */
export type Pause = {
  /** milliseconds since the epoch; undefined until somebody ends it */
  readonly untilMs: number | undefined;
  /** `command`: by `vcpusched pause`; `maintenance`: by a window of the settings */
  readonly by: 'command' | 'maintenance';
};

/** A time of the week at which nothing is to be pinned, in the local time of the host that vcpusched runs on. */
export type MaintenanceWindow = {
  /** the days on which it begins: 0 is Sunday */
  readonly days: readonly number[];
  /** minutes after midnight */
  readonly fromMin: number;
  /** minutes after midnight; not after `fromMin` where it ends on the next day */
  readonly toMin: number;
};

/** The end of the window that a time is in, in milliseconds since the epoch; undefined where it is in none. */
export function maintenanceEnd(windows: readonly MaintenanceWindow[], time: Date): number | undefined {
  const ends = windows.flatMap(({ days, fromMin, toMin }) =>
    // One that began yesterday may still last.
    [0, -1].flatMap((offset) => {
      const begin = atMinute(time, offset, fromMin);
      const end = atMinute(time, toMin > fromMin ? offset : offset + 1, toMin);
      return days.includes(begin.getDay()) && begin <= time && time < end ? [end.getTime()] : [];
    }),
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** The calendar knows of days of 23 and 25 hours. */
function atMinute(time: Date, dayOffset: number, minute: number): Date {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate() + dayOffset, 0, minute);
}
