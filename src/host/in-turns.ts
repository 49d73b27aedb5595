/**
 * Which of some things are to be asked with the next sample, so that none is older than `everyMs`: those that would be
 * with the one after it, and before that a few at a time, so that not all are asked at once for ever.
 * @param askedMs when it was last asked; undefined: it has to be asked
 * @param atMs when the next sample will be taken
 * @param sinceMs how long that is after the last one
 */
export function inTurns<T>(
  items: readonly T[],
  askedMs: (item: T) => number | undefined,
  everyMs: number,
  { atMs, sinceMs }: Next,
): readonly T[] {
  const due: T[] = [];
  const early: { readonly item: T; readonly ageMs: number }[] = [];
  for (const item of items) {
    const ageMs = atMs - (askedMs(item) ?? Number.NEGATIVE_INFINITY);
    if (!(ageMs + sinceMs <= everyMs)) due.push(item);
    else if (ageMs >= spread * everyMs) early.push({ item, ageMs });
  }
  const atATime = Math.ceil((items.length * sinceMs) / ((1 - spread) * everyMs));
  if (due.length < atATime) {
    early.sort((a, b) => b.ageMs - a.ageMs);
    due.push(...early.slice(0, atATime - due.length).map(({ item }) => item));
  }
  return due;
}

/** Whether what was last asked then is to be asked with the next sample, since the one after it would be farther from the time that is wanted. */
export function isDue(askedMs: number, everyMs: number, { atMs, sinceMs }: Next): boolean {
  return !(atMs - askedMs + sinceMs / 2 < everyMs);
}

export type Next = { readonly atMs: number; readonly sinceMs: number };

/** Turns begin at this share of the time. */
const spread = 0.75;
