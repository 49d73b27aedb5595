import { policies } from '../balance/policies/index.ts';
import { type CommandName, commandNames, commands, commandUsage } from '../options/commands.ts';
import { dashed } from '../options/names.ts';
import { type Group, type OptionKey, optionKeys, optionOf } from '../options/options.ts';
import { factsOf, type SettingFacts } from '../options/values.ts';
import { wrap } from '../render/wrap.ts';

/** The help of the program: its commands, and the options that every command has. */
export function programHelp(): string {
  const rows = commandNames.map((name) => [commandUsage(name), commands[name].summary] as const);
  const common = optionKeys.filter((key) => commandNames.every((name) => isOf(name, key) || !isVerb(name)));
  return [
    wrap('vcpusched balances the virtual CPUs of a libvirt/KVM host over its physical CPUs.', width, ''),
    `Usage: vcpusched <command> [options]`,
    section('Commands', rows),
    section('Options of all commands', common.map(optionRow)),
    "'vcpusched help <command>' shows what a command does and its other options.\n" +
      "'man vcpusched' is the manual. 'vcpusched doctor' checks what balancing needs.",
  ].join('\n\n');
}

/** The help of a command: what it does, and the options that do something there. */
export function commandHelp(command: CommandName): string {
  const groups = (Object.keys(titles) as Group[]).flatMap((group) => {
    const keys = optionKeys.filter((key) => isOf(command, key) && optionOf(key)?.group === group);
    return keys.length === 0 ? [] : section(titles[group], keys.map(optionRow));
  });
  const usage = `Usage: vcpusched ${commandUsage(command)}${groups.length === 0 ? '' : ' [options]'}`;
  return [usage, wrap(commands[command].text, width, ''), ...groups].join('\n\n');
}

const titles: Readonly<Record<Group, string>> = {
  own: 'Options',
  host: 'Host and domains',
  policy: 'Policy',
  output: 'Output',
};

/** Whether an option does something for a command. */
export function isOf(command: CommandName, key: OptionKey): boolean {
  return (optionOf(key)?.commands as readonly string[] | undefined)?.includes(command) === true;
}

function isVerb(name: CommandName): boolean {
  return name !== 'help' && name !== 'completion';
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  return [`${title}:`, ...rows.map(row)].join('\n');
}

const width = 80;
const column = 28;

/** The text begins on the next line if the name is too long. */
function row([name, text]: readonly [string, string]): string {
  const indent = ' '.repeat(column);
  const head = `  ${name}`.padEnd(column - 1);
  const lines = wrap(text, width, indent);
  return head.length < column ? `${head} ${lines}` : `${head}\n${indent}${lines}`;
}

function optionRow(key: OptionKey): readonly [string, string] {
  const { short, value, help = '' } = optionOf(key) ?? {};
  const name = `${short === undefined ? '    ' : `-${short}, `}--${dashed(key)}${value === undefined ? '' : ` <${value}>`}`;
  return [name, `${help}${remark(key)}`];
}

/** What an option takes, and what holds without it: `(respect, adopt; default: respect)`. */
function remark(key: OptionKey): string {
  const option = optionOf(key);
  if (option === undefined) return '';
  const facts = factsOf(option.schema);
  const choices = option.complete === 'policy' ? Object.keys(policies) : facts.choices;
  const value = shownDefault(facts) ?? option.absent;
  const parts = [
    ...(choices.length === 0 ? [] : [choices.join(', ')]),
    ...(facts.notation === 'list' ? ['may be repeated'] : []),
    ...(value === undefined ? [] : [`default: ${value}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

/** A time with its unit. */
export function shownDefault({
  notation,
  default: value,
}: Pick<SettingFacts, 'notation' | 'default'>): string | undefined {
  return notation === 'time' && value !== undefined && /^0*[1-9]\d*$/.test(value) ? `${value}s` : value;
}
