import { VirshError } from './command.ts';

/**
 * Cuts a batch string into commands and their words, by virsh's rules: commands end at `;` or a line break,
 * `#` begins a comment, quotes are as in a shell; an open single quote is let pass, an open double one is not.
 * @source vshCommandStringGetArg in libvirt's tools/vsh.c
 */
export function splitBatch(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const skipped = /^(?:[ \t]|\\\n|#[^\n]*)/.exec(rest)?.[0];
    if (skipped !== undefined) {
      at += skipped.length;
    } else if (rest.startsWith(';') || rest.startsWith('\n')) {
      commands.push([]);
      at++;
    } else {
      const { word, length } = readWord(rest);
      commands.at(-1)?.push(word);
      at += length;
    }
  }
  return commands.filter((words) => words.length > 0);
}

function readWord(text: string): { readonly word: string; readonly length: number } {
  let word = '';
  let quote = '';
  let i = 0;
  for (; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote === '' && /[ \t;\n]/.test(char)) break;
    if ((char === "'" || char === '"') && (quote === '' || quote === char)) {
      quote = quote === '' ? char : '';
    } else if (char === '\\' && quote !== "'") {
      i++;
      if (i === text.length) throw new VirshError('dangling \\');
      if (text.charAt(i) !== '\n') word += text.charAt(i);
    } else {
      word += char;
    }
  }
  if (quote === '"') throw new VirshError('missing "');
  return { word, length: i };
}
