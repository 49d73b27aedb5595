import type { Command } from '../command.ts';

/** `echo`: what a batch marks its output with. */
export const echo: Command = {
  name: 'echo',
  options: [
    ...['shell', 'xml', 'split', 'err'].map((name) => ({ name, kind: 'flag' }) as const),
    { name: 'string', kind: 'argv' },
  ],
  unconnected: true,
  run: (args) => {
    const quoted = args.list('string').map((word) => {
      const xml = args.has('xml') ? escapeXml(word) : word;
      const shell = args.has('shell') ? quoteForShell(xml) : xml;
      return args.has('split') ? `${splitAtCommas(shell).join('\n')}\n` : shell;
    });
    const text = quoted.join(' ');
    return args.has('err') ? { err: text } : { out: text };
  },
};

export function escapeXml(text: string): string {
  const entities = [
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ["'", '&apos;'],
    ['"', '&quot;'],
  ] as const;
  return entities.reduce((escaped, [char, entity]) => escaped.replaceAll(char, entity), text);
}

function quoteForShell(text: string): string {
  return /^[\w%+,\-./:=@^]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `,,` stands for a comma. */
function splitAtCommas(text: string): readonly string[] {
  return text.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
}
