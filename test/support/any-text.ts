import * as fc from 'fast-check';

const lower = fc.nat({ max: 0xd7ff });
const upper = fc.integer({ min: 0xe000, max: 0x10ffff });

/** Of any code points but halves of surrogate pairs. As `unit: 'binary'`, which takes a second to set up. */
export const unicodeText = (lengths: { readonly minLength?: number; readonly maxLength?: number } = {}) =>
  fc.array(fc.oneof(lower, upper), lengths).map((points) => String.fromCodePoint(...points));

/** Any text at all, and often what a terminal or a shell would obey. */
export const anyText = fc.oneof(
  unicodeText(),
  fc
    .array(
      fc.constantFrom(
        ...'\n\r\t\0\u001b[31m\u009b\u0085\u2028\u2029\u202e\ud800\'"`$(){};&|<>#\\-*?!~ =aä日😀',
      ),
    )
    .map((characters) => characters.join('')),
);

/** What no line of output may hold: controls, C1 among them, line separators, what turns the writing direction. */
export const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u;
