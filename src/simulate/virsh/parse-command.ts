import { type Arguments, type Command, type Option, VirshError } from './command.ts';

export type ParsedCommand = { readonly command: Command; readonly args: Arguments };

/**
 * Finds the command and its options.
 * @throws {VirshError} in virsh's words
 * @source vshCommandParse in libvirt's tools/vsh.c
 */
export function parseCommand(
  words: readonly string[],
  find: (name: string) => Command | undefined,
): ParsedCommand {
  const [name = '', ...rest] = words;
  const command = find(name);
  if (!command) throw new VirshError(`unknown command: '${name}'`);
  const values = new Map<string, string[]>();
  const left = [...rest];
  let dataOnly = false;

  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const match = dataOnly ? null : /^--(?<option>[A-Za-z0-9][^=]*)(?:=(?<value>.*))?$/s.exec(word);
    if (match?.groups) {
      const option = findOption(command, match.groups['option'] ?? '', values);
      add(values, option, readValue(option, match.groups['value'], left));
    } else if (word === '--' && !dataOnly) {
      dataOnly = true;
    } else {
      add(values, nextPositional(command, word, values), word);
    }
  }
  const missing = command.options.find((option) => option.required && !values.has(option.name));
  if (missing) {
    const option = missing.kind === 'number' ? `--${missing.name}` : `<${missing.name}>`;
    throw new VirshError(`command '${name}' requires ${option} option`);
  }
  return { command, args: toArguments(values) };
}

function findOption(command: Command, name: string, seen: ReadonlyMap<string, unknown>): Option {
  const option = command.options.find((each) => each.name === name);
  if (!option) throw new VirshError(`command '${command.name}' doesn't support option --${name}`);
  if (seen.has(name) && option.kind !== 'argv') throw new VirshError(`option --${name} already seen`);
  return option;
}

function readValue(option: Option, attached: string | undefined, left: string[]): string {
  if (option.kind === 'flag') {
    if (attached !== undefined) throw new VirshError(`invalid '=' after option --${option.name}`);
    return '';
  }
  const value = attached ?? left.shift();
  if (value !== undefined) return value;
  throw new VirshError(
    `expected syntax: --${option.name} <${option.kind === 'number' ? 'number' : 'string'}>`,
  );
}

function nextPositional(command: Command, word: string, seen: ReadonlyMap<string, unknown>): Option {
  const free = command.options.find(
    ({ kind, name }) => kind !== 'flag' && (kind === 'argv' || !seen.has(name)),
  );
  if (!free) throw new VirshError(`unexpected data '${word}'`);
  return free;
}

function add(values: Map<string, string[]>, { name }: Option, value: string): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}

function toArguments(values: ReadonlyMap<string, readonly string[]>): Arguments {
  return {
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.[0],
    list: (name) => values.get(name) ?? [],
  };
}
