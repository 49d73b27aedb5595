import { type CommandName, commandNames, commands } from '../../options/commands.ts';
import { type Offer, type OfferedOption, offeredArguments, offeredOptions } from './offers.ts';

/** For fish 3. */
export function fishCompletion(): string {
  return `# fish completion for vcpusched, as 'vcpusched completion fish' prints it. Copy it to /etc/fish/completions or
# ~/.config/fish/completions

function __vcpusched_domains
    set -l virsh virsh
    set -q VCPUSCHED_VIRSH; and set virsh $VCPUSCHED_VIRSH
    set -l connect
    set -q VCPUSCHED_CONNECT; and set connect -c $VCPUSCHED_CONNECT
    set -l option ''
    for word in (commandline -opc)
        switch $option
            case -c --connect
                set connect -c $word
            case --virsh
                set virsh $word
        end
        set option $word
        string match -q -- '--connect=*' $word; and set connect -c (string replace -- --connect= '' $word)
        string match -q -- '--virsh=*' $word; and set virsh (string replace -- --virsh= '' $word)
    end
    timeout -k 1 2 $virsh -q -r $connect list --all --name </dev/null 2>/dev/null | string match -v ''
end

complete -c vcpusched -f
${commandNames.map(commandLine).join('\n')}

${commandNames.flatMap(argumentLines).join('\n')}

${offeredOptions().map(optionLine).join('\n')}
`;
}

function commandLine(name: CommandName): string {
  return line(
    `not __fish_seen_subcommand_from ${commandNames.join(' ')}`,
    `-a ${name}`,
    commands[name].summary,
  );
}

/** fish does not count arguments: a second one is offered when a word of the first one is there. */
function argumentLines(command: CommandName): readonly string[] {
  const offered = offeredArguments(command);
  return offered.flatMap(({ offer }, i) => {
    const [seen, own] = [offered[i - 1]?.offer, offer];
    const conditions = [
      `__fish_seen_subcommand_from ${command}`,
      ...(Array.isArray(seen) ? [`__fish_seen_subcommand_from ${seen.join(' ')}`] : []),
      ...(Array.isArray(own) && command !== 'help'
        ? [`not __fish_seen_subcommand_from ${own.join(' ')}`]
        : []),
    ];
    return offer === undefined ? [] : line(conditions.join('; and '), words(offer));
  });
}

function optionLine({ names, help, value, offer, isCommon, commands: own }: OfferedOption): string {
  const others = commandNames.filter((name) => !own.includes(name));
  const condition = isCommon
    ? `not __fish_seen_subcommand_from ${others.join(' ')}`
    : `__fish_seen_subcommand_from ${own.join(' ')}`;
  const named = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const taken = value === undefined ? [] : [offer === undefined ? '-x' : words(offer, '-r')];
  return line(condition, [...named, ...taken].join(' '), help);
}

/** @param required -r, if they are the values of an option */
function words(offer: Exclude<Offer, undefined>, required = ''): string {
  const exclusive = required === '' ? '' : '-x ';
  if (offer === 'file') return `${required} -F`.trim();
  if (offer === 'folder') return `${exclusive}-a '(__fish_complete_directories)'`;
  if (offer === 'program') return `${required} -F -a '(__fish_complete_command)'`.trim();
  if (offer === 'domain') return `${exclusive}-a '(__vcpusched_domains)'`;
  return `${exclusive}-a '${offer.join(' ')}'`;
}

function line(condition: string, what: string, help = ''): string {
  const described = help === '' ? '' : ` -d '${help.replaceAll("'", "\\'")}'`;
  return `complete -c vcpusched -n '${condition}' ${what}${described}`;
}
