import { policies } from '../../balance/policies/index.ts';
import { argumentsOf, type CommandName, type Completion, commandNames } from '../../options/commands.ts';
import { dashed } from '../../options/names.ts';
import { optionKeys, optionOf } from '../../options/options.ts';
import { factsOf } from '../../options/values.ts';
import { isOf } from '../help.ts';

/** What a shell offers for a value: one of these words, what it finds by itself, or nothing. */
export type Offer = readonly string[] | 'file' | 'folder' | 'program' | 'domain' | undefined;

/** An option as the completions have it. */
export type OfferedOption = {
  /** `--connect`, and `-c` if it has a letter */
  readonly names: readonly string[];
  readonly help: string;
  /** what stands for its value; undefined for a flag */
  readonly value: string | undefined;
  readonly offer: Offer;
  readonly isRepeatable: boolean;
  /** whether it can stand before the command */
  readonly isCommon: boolean;
  /** the commands for which it does something */
  readonly commands: readonly CommandName[];
};

/** All options, as they are declared. */
export function offeredOptions(): readonly OfferedOption[] {
  return optionKeys.flatMap((key) => {
    const option = optionOf(key);
    if (option === undefined) return [];
    const { choices, notation } = factsOf(option.schema);
    const long = `--${dashed(key)}`;
    return [
      {
        names: option.short === undefined ? [long] : [long, `-${option.short}`],
        help: option.help,
        value: option.value,
        offer: choices.length > 0 ? choices : offerOf(option.complete),
        isRepeatable: notation === 'list',
        isCommon: option.group !== 'own',
        commands: commandNames.filter((name) => isOf(name, key)),
      },
    ];
  });
}

/** What is offered for each argument of a command. */
export function offeredArguments(command: CommandName) {
  return argumentsOf(command).map(({ value, complete, isRepeated }) => ({
    value,
    isRepeated: isRepeated === true,
    offer: offerOf(complete),
  }));
}

function offerOf(complete: Completion | undefined): Offer {
  if (complete === 'policy') return Object.keys(policies);
  return complete === 'command' ? commandNames : complete;
}
