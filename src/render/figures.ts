/** `76 %` */
export function percent(pct: number): string {
  return `${Math.round(pct)} %`;
}

/** `1 move`, `2 moves` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1:02:03`: hours, minutes and seconds */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const padded = (value: number) => `${value}`.padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${padded(Math.floor(seconds / 60) % 60)}:${padded(seconds % 60)}`;
}

/** `18:02:03`: a wall clock time, in milliseconds since the epoch, where this machine is */
export function clockTime(atMs: number): string {
  return new Date(atMs).toTimeString().slice(0, 8);
}

/** A length of time in words that are short: `90 s`, `45 min`, `1 h 30 min`. */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  if (minutes < 120) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `12.3 MiB` */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${['bytes', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

/** `4.2 %`, `76 %`: to a tenth below ten */
export function tenths(pct: number): string {
  return `${pct < 9.95 ? pct.toFixed(1) : Math.round(pct)} %`;
}
