/**
 * Breaks a text at spaces, but not before a %, so that each line has at most `width` characters, unless a word alone has more.
 * @param indent stands before each line but the first, and counts for all
 */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}
