/**
 * `; did you mean max-moves?` for a word that is nearly one of those that there are, or nothing.
 * @param prefix what all of them begin with
 */
export function didYouMean(word: string, known: readonly string[], prefix = ''): string {
  const [closest] = known
    .filter((each) => Math.abs(each.length - word.length) <= mostFar)
    .map((each) => ({ each, far: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, far }) => far <= Math.min(mostFar, Math.ceil(each.length / 4)))
    .sort((a, b) => a.far - b.far);
  return closest === undefined ? '' : `; did you mean ${prefix}${closest.each}?`;
}

const mostFar = 3;

/** How many letters to insert, to take out, to change or to swap with the next one (Damerau, Levenshtein). */
function distance(a: string, b: string): number {
  const far: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => far[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    far.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
