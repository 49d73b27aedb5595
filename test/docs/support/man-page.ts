import { read } from './project.ts';

/** A tagged paragraph of a manual page: `--window seconds`, and the text that explains it. */
type Entry = { readonly tag: string; readonly text: string };

export type ManPage = {
  readonly text: string;
  /** the tagged paragraphs of a section such as OPTIONS */
  readonly entries: (section: string) => readonly Entry[];
  readonly section: (name: string) => string;
};

/** Reads a manual page in man(7) macros, as far as these pages use them. */
export function manPage(path: string): ManPage {
  const source = read(path);
  const sections = new Map(
    source.split(/^\.SH /m).map((part): [string, string] => {
      const [title = '', ...lines] = part.split('\n');
      return [title.replaceAll('"', ''), lines.join('\n')];
    }),
  );
  const section = (name: string): string => {
    const found = sections.get(name);
    if (found === undefined) throw new Error(`${path} has no section ${name}`);
    return found;
  };
  return {
    text: plain(source),
    section: (name) => plain(section(name)),
    entries: (name) =>
      section(name)
        .split(/^\.TP\n/m)
        .slice(1)
        .map((paragraph) => {
          const [tag = '', ...lines] = paragraph.split(/\n(?!\.TQ)/);
          return { tag: plain(tag), text: plain(lines.join('\n').split(/^\.SS /m)[0] ?? '') };
        }),
  };
}

/** Without macros, quotes, fonts and escapes; spaces are not exact. */
function plain(roff: string): string {
  return roff
    .replaceAll(/^\.\\".*\n/gm, '')
    .replaceAll(/^\.[A-Z]+ ?/gm, '')
    .replaceAll(/\\f[A-Z]/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(dq', "'")
    .replaceAll('"', '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
