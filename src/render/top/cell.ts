import stringWidth from 'string-width';
import { safeText } from '../safe-text.ts';

/**
 * A text of foreign origin as a part of a row that has exactly so many columns: made safe, cut or filled up. It is to
 * be dressed afterwards.
 */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = ''): string {
  const fitted = cut(isPlain.test(text) ? text : safeText(text), width, ellipsis);
  const room = ' '.repeat(Math.max(0, width - widthOf(fitted)));
  return align === 'left' ? fitted + room : room + fitted;
}

/** Printable ASCII, as nearly all text is: a column for each character. */
const isPlain = /^[ -~]*$/;

function widthOf(text: string): number {
  return isPlain.test(text) ? text.length : stringWidth(text);
}

function cut(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  const end = width > ellipsis.length ? ellipsis : '';
  if (isPlain.test(text)) return text.slice(0, width - end.length) + end;
  let kept = '';
  let room = width - end.length;
  for (const { segment } of graphemes.segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept + end;
}

const graphemes = new Intl.Segmenter('en');
