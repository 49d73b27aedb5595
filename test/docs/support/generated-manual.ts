import { shownDefault } from '../../../src/cli/help.ts';
import { argumentsOf, type CommandName, commands } from '../../../src/options/commands.ts';
import type { Group } from '../../../src/options/options.ts';
import { wrap } from '../../../src/render/wrap.ts';
import { commandLine, type Option, settingFacts } from './command-line.ts';
import { read } from './project.ts';

const { verbs, options } = commandLine();

/** The page of a command with the sections that are made from the declaration. */
export function withDeclared(page: string, command: CommandName): string {
  const synopsis = withSection(page, 'SYNOPSIS', synopsisOf(command));
  const own = options.filter(({ scope }) => scope.includes(command));
  return withSection(synopsis, 'OPTIONS', `${textOf('introduction')}${grouped(own)}`);
}

/** The overview with the list of commands, and the options that every command has. */
export function overviewWithDeclared(page: string): string {
  const list = withSection(
    page,
    'COMMANDS',
    (Object.keys(commands) as CommandName[]).map(commandEntry).join(''),
  );
  const common = options.filter(({ scope }) => scope.length === verbs.length);
  return withSection(list, 'OPTIONS', `${textOf('introduction')}${common.map(entry).join('')}`);
}

function withSection(page: string, title: string, text: string): string {
  const start = page.indexOf(`\n.SH ${title}\n`) + `\n.SH ${title}\n`.length;
  const end = page.indexOf('\n.SH ', start - 1) + 1;
  if (start < title.length || end <= 0) throw new Error(`the page has no section ${title} before another`);
  return `${page.slice(0, start)}${text}${page.slice(end)}`;
}

const titles: Readonly<Record<Group, string>> = {
  own: '',
  host: '.SS Host and domains\n',
  policy: '.SS Policy\n',
  output: '.SS Output\n',
};

function grouped(all: readonly Option[]): string {
  return (Object.keys(titles) as Group[])
    .map((group) => {
      const entries = all.filter((option) => option.group === group).map(entry);
      return entries.length === 0 ? '' : `${titles[group]}${entries.join('')}`;
    })
    .join('');
}

function commandEntry(name: CommandName): string {
  const page = verbs.includes(name) ? `See\n.BR vcpusched\\-${name} (1).\n` : '';
  const sentences = commands[name].text
    .split(/(?<=[.]) (?=[A-Z])/)
    .map((each) => `${wrap(escaped(each), 79, '')}\n`);
  const text = verbs.includes(name) ? sentences.slice(0, 1) : sentences;
  return `.TP\n.BI ${name} "${argumentsOf(name).map(argument).join('')}"\n${text.join('')}${page}`;
}

function argument({ value, isOptional, isRepeated }: ReturnType<typeof argumentsOf>[number]): string {
  return ` ${isOptional ? `\\fR[\\fP${value}\\fR]\\fP` : value}${isRepeated ? ' ...' : ''}`;
}

/** `.TP` with the names of an option, and what options.roff says of it. */
function entry({ long, short, value }: Option): string {
  const name = escaped(long);
  const tag =
    value === undefined
      ? short === undefined
        ? `.B ${name}`
        : `.BR ${escaped(short)} ", " ${name}`
      : short === undefined
        ? `.BI ${name} " ${value}"`
        : `.BI "${escaped(short)}\\fR, \\fP${name} " ${value}`;
  const { range = '', ...facts } = settingFacts(long);
  const text = textOf(long)
    .replace('{range}', escaped(range))
    .replace('{default}', escaped(shownDefault(facts) ?? ''));
  return `.TP\n${tag}\n${text}`;
}

function synopsisOf(command: CommandName): string {
  const own = options.filter(({ group, scope }) => group === 'own' && scope.includes(command));
  const words = argumentsOf(command).map(({ value, isOptional, isRepeated, complete }) => {
    if (isOptional) return `.RI [ ${value} ]\n`;
    if (Array.isArray(complete)) return `.BR ${complete.join(' | ')}\n`;
    return `.I ${value}${isRepeated ? ' ...' : ''}\n`;
  });
  const named = own.map(({ long, value }) =>
    value === undefined ? `.RB [ ${escaped(long)} ]\n` : `.RB [ ${escaped(long)}\n.IR ${value} ]\n`,
  );
  return `.B vcpusched ${command}\n${[...words, ...named].join('')}.RI [ options ]\n`;
}

const texts = new Map(
  read('src/options/options.roff')
    .split(/^\.\\" (?=--|introduction$)/m)
    .slice(1)
    .map((part): [string, string] => {
      const [name = '', ...lines] = part.split('\n');
      return [name, lines.join('\n')];
    }),
);

/** The keys of the texts that options.roff has. */
export const describedOptions = [...texts.keys()];

/** What options.roff says of an option, with {range} and {default} in it. */
export function textOf(name: string): string {
  return texts.get(name) ?? '';
}

function escaped(text: string): string {
  return text.replaceAll('-', '\\-');
}
