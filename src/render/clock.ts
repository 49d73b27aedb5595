/** A moment as people of a time zone read it: `2026-11-27 14:05`, `14:05`, and the hour that begins with it. */
export function clock(ms: number, zone: string) {
  const parts = (at: number) => {
    const text = formatOf(zone).format(at);
    return { day: text.slice(0, 10), time: text.slice(12, 17) };
  };
  const { day, time } = parts(ms);
  return { day, time, moment: `${day} ${time}`, hour: `${day} ${time}-${parts(ms + 3_600_000).time}` };
}

/** The time zone that this program runs in. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(zone, format);
  return format;
}

/** To make one takes long. */
const formats = new Map<string, Intl.DateTimeFormat>();
