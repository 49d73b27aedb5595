import { type CommandName, commandNames, commands } from '../../options/commands.ts';
import { type Offer, type OfferedOption, offeredArguments, offeredOptions } from './offers.ts';

/** For zsh 5: a file for a folder of $fpath, which can also be sourced. */
export function zshCompletion(): string {
  const options = offeredOptions();
  const ofCommands = commandNames.map((command) => {
    const specs = [
      ...options.filter((option) => option.commands.includes(command)).map(optionSpec),
      ...argumentSpecs(command),
    ];
    return `        ${command}) ${specs.length === 0 ? ':' : `_arguments ${specs.join(' ')}`} ;;`;
  });
  return `#compdef vcpusched
# zsh completion for vcpusched, as 'vcpusched completion zsh' prints it. Copy it to a folder of $fpath, such as
# /usr/local/share/zsh/site-functions, under the name _vcpusched

_vcpusched() {
  local curcontext=$curcontext state line
  local -a typed=("\${words[@]}") verbs=(
${commandNames.map((name) => `    ${quoted(`${name}:${commands[name].summary}`)}`).join('\n')}
  )
  typeset -A opt_args

  _arguments -C ${options
    .filter(({ isCommon }) => isCommon)
    .map(optionSpec)
    .join(' ')} '1:command:->command' '*::argument:->arguments' && return
  case $state in
    command) _describe command verbs ;;
    arguments)
      case $line[1] in
${ofCommands.join('\n')}
      esac
      ;;
  esac
}

_vcpusched_domains() {
  local virsh=\${VCPUSCHED_VIRSH:-virsh} uri=$VCPUSCHED_CONNECT i
  for ((i = 1; i < $#typed; i++)); do
    case $typed[i] in
      -c | --connect) uri=$typed[i+1] ;;
      --connect=*) uri=\${typed[i]#*=} ;;
      --virsh) virsh=$typed[i+1] ;;
      --virsh=*) virsh=\${typed[i]#*=} ;;
    esac
  done
  local -a names=("\${(@f)$(timeout -k 1 2 $virsh -q -r \${uri:+-c} \${uri:+$uri} list --all --name </dev/null 2>/dev/null)}")
  compadd -- "\${(@)names:#}"
}

if [[ $funcstack[1] == _vcpusched ]]; then _vcpusched "$@"; else compdef _vcpusched vcpusched; fi
`;
}

function optionSpec({ names, help, value, offer, isRepeatable }: OfferedOption): string {
  const rest = quoted(
    `[${escaped(help)}]${value === undefined ? '' : `:${escaped(value)}:${action(offer)}`}`,
  );
  const [long = '', short] = names.map((name) =>
    value === undefined || !name.startsWith('--') ? name : `${name}=`,
  );
  if (short !== undefined) return `'(${names.join(' ')})'{${short},${long}}${rest}`;
  return `${isRepeatable ? "'*'" : ''}${long}${rest}`;
}

function argumentSpecs(command: CommandName): readonly string[] {
  return offeredArguments(command).map(({ value, offer, isRepeated }, i) =>
    quoted(`${isRepeated ? '*' : i + 1}:${value}:${action(offer)}`),
  );
}

function action(offer: Offer): string {
  if (offer === undefined) return ' ';
  if (offer === 'domain') return '_vcpusched_domains';
  if (offer === 'file') return '_files';
  if (offer === 'folder') return '_files -/';
  if (offer === 'program') return '{compadd -k commands; _files}';
  return `(${offer.map(escaped).join(' ')})`;
}

/** Without the meaning that colons and brackets have for _arguments. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
