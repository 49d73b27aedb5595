import { declare } from '../../../src/cli.ts';

/** An option as the command line declares it: `--high`, with `-q` and the like where it has a short form. */
export type Option = {
  readonly long: string;
  readonly short: string | undefined;
  readonly takesValue: boolean;
  /** what the help says of it */
  readonly description: string;
  /** the commands that have it; undefined: all */
  readonly commands: readonly string[] | undefined;
};

/** What the program itself knows: the documents have to agree with it. */
export function commandLine(): { readonly commands: readonly string[]; readonly options: readonly Option[] } {
  const { commands, globalCommand } = declare();
  const own = new Map<string, Option>();
  for (const { name, options } of commands) {
    for (const declared of options) {
      const { rawName } = declared;
      const { long } = option(declared, undefined);
      own.set(rawName, option(declared, [...(own.get(rawName)?.commands ?? []), name]));
      if (long === '--') throw new Error(`no long form: ${rawName}`);
    }
  }
  return {
    commands: commands.map(({ name }) => name),
    options: [...globalCommand.options.map((declared) => option(declared, undefined)), ...own.values()],
  };
}

function option(
  { rawName, description }: { readonly rawName: string; readonly description: string },
  commands: readonly string[] | undefined,
): Option {
  return {
    long: `--${/--([a-z0-9-]+)/.exec(rawName)?.[1] ?? ''}`,
    short: /^-[A-Za-z]\b/.exec(rawName)?.[0],
    takesValue: rawName.includes('<'),
    description,
    commands,
  };
}

/** The long options of one command, its own and those of all. */
export function optionsOf(command: string): readonly string[] {
  return commandLine()
    .options.filter(({ commands }) => commands === undefined || commands.includes(command))
    .map(({ long }) => long)
    .sort();
}

/** The long options that a text speaks of, without those of other programs. */
export function optionsIn(text: string, ofOthers: readonly string[] = []): readonly string[] {
  const found = new Set(text.match(/(?<![\w-])--[a-z][a-z0-9-]*/g));
  return [...found].filter((name) => !ofOthers.includes(name)).sort();
}
