import { cut, isPlain, widthOf } from '../cut.ts';
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
