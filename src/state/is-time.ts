/**
 * Whether a value of a file is a time in milliseconds since the epoch that people can be shown: a Date has no more, and the
 * hour after it is shown, too.
 */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15 - 86_400_000;
}
