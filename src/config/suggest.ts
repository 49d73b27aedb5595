/** `; did you mean max-moves?` for a word that is nearly one of those that there are, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const close = known
    .map((each) => ({ each, far: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.min(3, Math.floor(each.length / 3))))
    .sort((a, b) => a.far - b.far);
  return close[0] === undefined ? '' : `; did you mean ${close[0].each}?`;
}

/** Levenshtein's: how many letters to insert, to take out or to change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
