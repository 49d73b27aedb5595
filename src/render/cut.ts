import stringWidth from 'string-width';

/** A text of at most so many columns: where it has more, its beginning with an ellipsis. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  const end = width > ellipsis.length ? ellipsis : '';
  if (isPlain.test(text)) return text.slice(0, width - end.length) + end;
  let kept = '';
  let room = width - end.length;
  graphemes ??= new Intl.Segmenter('en');
  for (const { segment } of graphemes.segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept + end;
}

/** How many columns a text has. */
export function widthOf(text: string): number {
  return isPlain.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII, as nearly all text is: a column for each character. */
export const isPlain = /^[ -~]*$/;

let graphemes: Intl.Segmenter | undefined;
