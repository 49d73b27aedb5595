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

/** `12.3 MiB` */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${['bytes', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}
