/** `76 %` */
export function percent(pct: number): string {
  return `${Math.round(pct)} %`;
}

/** `1 move`, `2 moves` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
