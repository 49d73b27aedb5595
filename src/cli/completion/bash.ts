import { commandNames } from '../../options/commands.ts';
import { wrap } from '../../render/wrap.ts';
import { type Offer, offeredArguments, offeredOptions } from './offers.ts';

/** For bash 4.4 and later; it needs no package bash-completion. */
export function bashCompletion(): string {
  const options = offeredOptions();
  const withValue = options.filter(({ value }) => value !== undefined);
  const namesOf = (all: typeof options) => all.map(({ names: [long = ''] }) => long).join(' ');
  const values = withValue.flatMap(({ names, offer }) =>
    offer === undefined ? [] : branch(names.join('|'), call(offer)),
  );
  const arguments_ = commandNames.flatMap((command) =>
    offeredArguments(command).flatMap(({ offer, isRepeated }, i) =>
      offer === undefined ? [] : branch(`${command}:${isRepeated ? '*' : i}`, call(offer)),
    ),
  );
  const ofCommands = commandNames.map((command) => {
    const own = namesOf(options.filter(({ commands }) => commands.includes(command)));
    return branch(command, own === '' ? ':' : call(own.split(' ')));
  });
  return `# bash completion for vcpusched, as 'vcpusched completion bash' prints it. Source it, or copy it to
# /usr/share/bash-completion/completions/vcpusched

_vcpusched() {
  local words=() word command='' count=0 option='' value virsh=\${VCPUSCHED_VIRSH:-virsh} uri=\${VCPUSCHED_CONNECT-} i
  COMPREPLY=()
  # bash takes --format=shell for three words.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [=:]* || \${words[-1]} == *[=:] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  value=\${words[-1]//\\\\/}
  unset 'words[-1]'

  for word in "\${words[@]}"; do
    case $option in
      '') ;;
      -c | --connect) uri=$word ;;
      --virsh) virsh=$word ;;
    esac
    if [[ -n $option ]]; then
      option=''
      continue
    fi
    case $word in
      --connect=*) uri=\${word#*=} ;;
      --virsh=*) virsh=\${word#*=} ;;
      --*=*) ;;
${indented(patterns(withValue.flatMap(({ names }) => names)))}) option=$word ;;
      -*) ;;
      *)
        if [[ -z $command ]]; then command=$word; else ((++count)); fi
        ;;
    esac
  done
  if [[ -z $option && $value == --*=* ]]; then
    option=\${value%%=*}
    value=\${value#*=}
  fi

  case $option in
${values.join('\n')}
  esac
  [[ -n $option ]] && return

  case $command:$count in
    :0) [[ $value == -* ]] || ${call(commandNames)} ;;
${arguments_.join('\n')}
  esac
  [[ \${#COMPREPLY[@]} -eq 0 && ($value == '' || $value == -*) ]] || return

  case $command in
    '') ${call(namesOf(options.filter(({ isCommon }) => isCommon)).split(' '))} ;;
${ofCommands.join('\n')}
  esac
}

# Offers those of the words that start with the value.
_vcpusched_words() {
  local before=\${value%"\${value##*[=:]}"}
  for word; do
    # bash replaces only what follows a colon.
    [[ -n $word && $word == "$value"* ]] && COMPREPLY+=("$(printf %q "\${word#"$before"}")")
  done
}

_vcpusched_domains() {
  local names
  mapfile -t names < <(timeout -k 1 2 "$virsh" -q -r \${uri:+-c "$uri"} list --all --name </dev/null 2>/dev/null)
  _vcpusched_words "\${names[@]}"
}

# What kind of names compgen is to offer.
_vcpusched_files() {
  mapfile -t COMPREPLY < <(compgen "$@" -- "$value")
  compopt -o filenames 2>/dev/null
}

complete -F _vcpusched vcpusched
`;
}

function branch(pattern: string, body: string): string {
  return `    ${pattern}) ${body} ;;`;
}

function call(offer: Exclude<Offer, undefined>): string {
  if (offer === 'domain') return '_vcpusched_domains';
  if (offer === 'file') return '_vcpusched_files -f';
  if (offer === 'folder') return '_vcpusched_files -d';
  if (offer === 'program') return '_vcpusched_files -c -f';
  return `_vcpusched_words ${offer.join(' ')}`;
}

/** In a case branch, over several lines. */
function patterns(names: readonly string[]): string {
  return wrap(names.join('| '), 100, '').replaceAll('\n', ' \\\n');
}

function indented(lines: string): string {
  return lines
    .split('\n')
    .map((line, i) => `${' '.repeat(i === 0 ? 6 : 8)}${line}`)
    .join('\n');
}
