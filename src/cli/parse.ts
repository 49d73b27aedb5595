import { cac } from 'cac';
import type { RawSettings } from '../config/configuration.ts';
import { VcpuschedError } from '../errors.ts';
import { exitStatus } from '../exit-status.ts';
import { didYouMean } from '../model/suggest.ts';
import { argumentsOf, type CommandName, commandNames, commandUsage } from '../options/commands.ts';
import { camel, dashed } from '../options/names.ts';
import { type Option, type OptionKey, optionKeys, optionOf } from '../options/options.ts';
import { factsOf } from '../options/values.ts';

/** A command line: the command that it names, and what it says. */
export type CommandLine = {
  /** undefined if there is none, which only --help and --version do without */
  readonly command: CommandName | undefined;
  /** options and arguments, as they were typed */
  readonly raw: RawSettings;
  /** each connection that is asked for, as -c and --host name them, in the order of the options */
  readonly connections: readonly string[];
};

/**
 * Reads a command line by the declaration.
 * @param args what follows the program's name
 * @throws {VcpuschedError} status 64 for a command, an option or an argument that it cannot have
 */
export function parse(args: readonly string[]): CommandLine {
  const cli = declare();
  cli.parse(['', '', ...args.map(shield)], { run: false });
  const command = cli.matchedCommand?.name as CommandName | undefined;
  const positionals = [...cli.args, ...(cli.options['--'] as string[])].map((arg) => unshield(String(arg)));
  const raw = readOptions(args, cli.options, command);
  const connections = [cli.options['connect'] ?? []].flat().map((each) => unshield(String(each)));
  if (raw['version'] === true || raw['help'] === true) return { command, raw, connections };
  if (command === undefined) throw unknownCommand(positionals[0]);
  return { command, raw: { ...raw, ...readArguments(command, positionals) }, connections };
}

function declare(): ReturnType<typeof cac> {
  const cli = cac('vcpusched');
  for (const option of accepted(undefined)) cli.option(written(option), '');
  for (const name of commandNames) {
    const command = cli.command(`${name} [...words]`);
    for (const [key, option] of accepted(name))
      if (option.group === 'own') command.option(written([key, option]), '');
  }
  return cli;
}

/** The options that a command accepts, whether they do something there or not; without a command: those of all. */
export function accepted(command: CommandName | undefined): readonly (readonly [OptionKey, Option])[] {
  return optionKeys.flatMap((key) => {
    const option = optionOf(key);
    const isAccepted =
      option?.group !== 'own' || (option.commands as readonly string[]).includes(command ?? '');
    return option === undefined || !isAccepted ? [] : [[key, option] as const];
  });
}

/** `-c, --connect <URI>` */
function written([key, { short, value }]: readonly [OptionKey, Option]): string {
  return `${short === undefined ? '' : `-${short}, `}--${dashed(key)}${value === undefined ? '' : ` <${value}>`}`;
}

function readOptions(
  args: readonly string[],
  found: Readonly<Record<string, unknown>>,
  command: CommandName | undefined,
): RawSettings {
  const known = accepted(command);
  const end = args.indexOf('--');
  for (const word of end < 0 ? args : args.slice(0, end)) {
    const named = /^--([^=]+)=/.exec(word)?.[1];
    const option = known.find(([key]) => named !== undefined && key === camel(named));
    if (option !== undefined && option[1].value === undefined)
      throw usage(`--${named} takes no value`, command);
  }
  const options: Record<string, string | boolean | readonly string[]> = {};
  for (const [name, value] of Object.entries(found)) {
    if (name === '--') continue;
    const [key, option] = known.find(([each, { short }]) => name === each || name === short) ?? [];
    if (option === undefined) throw unknownOption(name, command);
    // cac repeats the value below the short name.
    if (name !== key) continue;
    const values = [value].flat();
    if (values.some((each) => typeof each === 'object'))
      throw usage(`unknown option below '--${dashed(name)}'`, command);
    if (values.some((each) => typeof each === 'boolean') && option.value !== undefined)
      throw usage(`--${dashed(name)} needs a value`, command);
    const texts = values.map((each) => (typeof each === 'string' ? unshield(each) : each === true));
    const isList = factsOf(option.schema).notation === 'list';
    options[name] = isList ? texts.map(String) : (texts.at(-1) ?? '');
  }
  return options;
}

function readArguments(command: CommandName, words: readonly string[]): RawSettings {
  const wanted = argumentsOf(command);
  const isRepeated = wanted.at(-1)?.isRepeated === true;
  const [extra] = isRepeated ? [] : words.slice(wanted.length);
  if (extra !== undefined) throw usage(`'${extra}' is one argument too many for '${command}'`, command);
  const missing = wanted.filter(({ isOptional }) => isOptional !== true)[words.length];
  if (missing !== undefined) throw usage(`'${commandUsage(command)}' needs <${missing.value}>`, command);
  const given = wanted.slice(0, isRepeated ? wanted.length : words.length);
  return Object.fromEntries(given.map(({ key }, i) => [key, isRepeated ? words.slice(i) : words[i]]));
}

/**
 * cac turns what looks like a number into one ('007' into 7, '' into 0): a mark before such a word keeps it text.
 * It also knows which options take no value by their camelCase names only.
 */
function shield(word: string): string {
  if (/^--(?!no-)[^=]+$/.test(word)) return camel(word);
  const [, option = '', value = ''] = /^(-[^=]*=)?(.*)$/s.exec(word) ?? [];
  const isValue = option !== '' || !value.startsWith('-');
  return `${camel(option)}${isValue && Number.isFinite(Number(value)) ? mark : ''}${value}`;
}

function unshield(word: string): string {
  return word.startsWith(mark) ? word.slice(mark.length) : word;
}

const mark = '\u0001';

/** @throws {VcpuschedError} status 64 for a name that no command has */
export function commandNamed(name: string): CommandName {
  const found = commandNames.find((each) => each === name);
  if (found === undefined) throw unknownCommand(name);
  return found;
}

function unknownCommand(name: string | undefined): VcpuschedError {
  const known = `${commandNames.slice(0, -1).join(', ')} and ${commandNames.at(-1)} are the commands`;
  if (name === undefined) return usage(`no command given: ${known}`);
  const suggestion = didYouMean(name, commandNames);
  if (suggestion === '') return usage(`unknown command '${name}': ${known}`);
  return new VcpuschedError(exitStatus.usage, `unknown command '${name}'${suggestion}`);
}

function unknownOption(name: string, command: CommandName | undefined): VcpuschedError {
  const typed = name.length > 1 ? `--${dashed(name)}` : `-${name}`;
  const known = accepted(command).map(([key]) => dashed(key));
  const suggestion = name.length > 1 ? didYouMean(dashed(name), known, '--') : '';
  if (suggestion === '') return usage(`unknown option '${typed}'`, command);
  return new VcpuschedError(exitStatus.usage, `unknown option '${typed}'${suggestion}`);
}

function usage(message: string, command?: CommandName): VcpuschedError {
  const help = command === undefined ? 'vcpusched --help' : `vcpusched ${command} --help`;
  return new VcpuschedError(exitStatus.usage, `${message}; '${help}' shows the usage`);
}
