/**
 * Text that came from elsewhere (a domain's name, virsh's complaint) as one line that no terminal obeys: control
 * characters, C1 among them, line separators and those that turn the writing direction become `\u{9b}`.
 */
export function safeText(text: string): string {
  return text.replaceAll(unsafe, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

// Cc: controls; Cf: format characters such as U+202E; Zl, Zp: separators; Cs: lone surrogates.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** JSON with the same characters escaped as JSON has it, so that it may go to a terminal too. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : [...utf16(character)].join(''),
  );
}

function* utf16(character: string): Generator<string> {
  for (let i = 0; i < character.length; i++)
    yield `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
}
