import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';

/** A line for each check: how it went, its name, what was found, and what to do. */
export function doctorText(
  checks: readonly {
    readonly name: string;
    readonly status: 'ok' | 'warning' | 'fault' | 'unknown';
    readonly message: string;
    readonly remedy?: string | undefined;
  }[],
  look: Style,
): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, message, remedy }) => {
      const word = look.verdict(status, words[status].padEnd(longest));
      const text = remedy === undefined ? message : `${message}: ${remedy}`;
      return `${word}  ${name.padEnd(width)}  ${safeText(text)}\n`;
    })
    .join('');
}

const words = { ok: 'ok', warning: 'warning', fault: 'FAULT', unknown: 'not known' } as const;
const longest = Math.max(...Object.values(words).map(({ length }) => length));
