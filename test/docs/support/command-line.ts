import { type CommandName, commandNames } from '../../../src/options/commands.ts';
import { camel, dashed } from '../../../src/options/names.ts';
import { type Group, optionKeys, optionOf } from '../../../src/options/options.ts';
import { factsOf, type SettingFacts } from '../../../src/options/values.ts';

/** An option as it is declared: `--high`, with `-q` and the like if it has a short form. */
export type Option = {
  readonly long: string;
  readonly short: string | undefined;
  /** what stands for its value; undefined for a flag */
  readonly value: string | undefined;
  readonly group: Group;
  /** the commands that accept it; undefined: all */
  readonly commands: readonly CommandName[] | undefined;
  /** the commands for which it does something */
  readonly scope: readonly CommandName[];
};

/** What the program itself knows: the documents have to agree with it. */
export function commandLine(): {
  readonly commands: readonly CommandName[];
  /** those that do something with a host or a file, and not with the command line itself */
  readonly verbs: readonly CommandName[];
  readonly options: readonly Option[];
} {
  const options = optionKeys.flatMap((key): readonly Option[] => {
    const option = optionOf(key);
    if (option === undefined) return [];
    const { short, value, group, commands: scope } = option;
    return [
      {
        long: `--${dashed(key)}`,
        short: short === undefined ? undefined : `-${short}`,
        value,
        group,
        commands: group === 'own' ? scope : undefined,
        scope,
      },
    ];
  });
  const verbs = commandNames.filter((name) => options.some(({ scope }) => scope.includes(name)));
  return { commands: commandNames, verbs, options };
}

/** @param option its long name, `--window` */
export function settingFacts(option: string): SettingFacts {
  const declared = optionOf(camel(option.slice(2)));
  if (declared === undefined) throw new Error(`there is no option ${option}`);
  return factsOf(declared.schema);
}

/** The long options that do something for a command. */
export function optionsOf(command: CommandName): readonly string[] {
  return commandLine()
    .options.filter(({ scope }) => scope.includes(command))
    .map(({ long }) => long)
    .sort();
}

/** The long options that a text speaks of, without those of other programs. */
export function optionsIn(text: string, ofOthers: readonly string[] = []): readonly string[] {
  const found = new Set(text.match(/(?<![\w-])--[a-z][a-z0-9-]*/g));
  return [...found].filter((name) => !ofOthers.includes(name)).sort();
}
