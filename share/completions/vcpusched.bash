# bash completion for vcpusched, as 'vcpusched completion bash' prints it. Source it, or copy it to
# /usr/share/bash-completion/completions/vcpusched

_vcpusched() {
  local words=() word command='' count=0 option='' value virsh=${VCPUSCHED_VIRSH:-virsh} uri=${VCPUSCHED_CONNECT-} i
  COMPREPLY=()
  # bash takes --format=shell for three words.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#words[@]})) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  value=${words[-1]//\\/}
  unset 'words[-1]'

  for word in "${words[@]}"; do
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
      --connect=*) uri=${word#*=} ;;
      --virsh=*) virsh=${word#*=} ;;
      --*=*) ;;
      --window| --pcpu| --sort| --maintenance| --history| --hook| --since| --foreign| --interval| \
        --cycles| --format| --every| --for| --max-size| --seed| --sweep| --report| --html| --jobs| --vms| \
        --pcpus| --period| --scale| --jitter| --connect| -c| --host| --virsh| --timeout| --domain| \
        --exclude| --cpus| --dedicated| --capacity| --state-dir| --config| --policy| --high| --target| \
        --low| --thresholds| --gap| --sigma| --place| --numa| --l3| --granularity| --max-moves| --max-rate| \
        --cooldown| --log-format| --metrics-file| --metrics-listen| --color| --trace) option=$word ;;
      -*) ;;
      *)
        if [[ -z $command ]]; then command=$word; else ((++count)); fi
        ;;
    esac
  done
  if [[ -z $option && $value == --*=* ]]; then
    option=${value%%=*}
    value=${value#*=}
  fi

  case $option in
    --sort) _vcpusched_words pcpu load ready demand ;;
    --hook) _vcpusched_files -c -f ;;
    --foreign) _vcpusched_words respect adopt ;;
    --format) _vcpusched_words table json shell ;;
    --report) _vcpusched_files -f ;;
    --html) _vcpusched_files -f ;;
    --connect|-c) _vcpusched_words qemu:///system qemu:///session ;;
    --virsh) _vcpusched_files -c -f ;;
    --domain) _vcpusched_domains ;;
    --exclude) _vcpusched_domains ;;
    --dedicated) _vcpusched_words respect share ;;
    --state-dir) _vcpusched_files -d ;;
    --config) _vcpusched_files -f ;;
    --policy) _vcpusched_words threshold absolute lightest spread busiest stddev none ;;
    --thresholds) _vcpusched_words proportional absolute ;;
    --place) _vcpusched_words demand spread keep ;;
    --numa) _vcpusched_words prefer strict ignore ;;
    --l3) _vcpusched_words prefer strict ignore ;;
    --granularity) _vcpusched_words cpu core l3 die cell ;;
    --log-format) _vcpusched_words text json logfmt ;;
    --metrics-file) _vcpusched_files -f ;;
    --color) _vcpusched_words auto always never ;;
    --trace) _vcpusched_files -f ;;
  esac
  [[ -n $option ]] && return

  case $command:$count in
    :0) [[ $value == -* ]] || _vcpusched_words once watch plan restore pause resume history status top explain record simulate report doctor config completion help ;;
    history:0) _vcpusched_domains ;;
    explain:0) _vcpusched_domains ;;
    record:0) _vcpusched_files -f ;;
    simulate:*) _vcpusched_files -f ;;
    report:0) _vcpusched_files -f ;;
    config:0) _vcpusched_words check show ;;
    config:1) _vcpusched_files -f ;;
    completion:0) _vcpusched_words bash zsh fish ;;
    help:0) _vcpusched_words once watch plan restore pause resume history status top explain record simulate report doctor config completion help ;;
  esac
  [[ ${#COMPREPLY[@]} -eq 0 && ($value == '' || $value == -*) ]] || return

  case $command in
    '') _vcpusched_words --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --log-format --metrics-file --metrics-listen --metrics-vcpus --color --trace --debug --help --version ;;
    once) _vcpusched_words --window --since-last --maintenance --history --hook --foreign --dry-run --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --metrics-file --metrics-vcpus --color --trace --debug --help --version ;;
    watch) _vcpusched_words --maintenance --history --hook --foreign --restore-on-exit --dry-run --cycles --until-balanced --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --log-format --metrics-file --metrics-listen --metrics-vcpus --color --trace --debug --help --version ;;
    plan) _vcpusched_words --window --maintenance --foreign --format --detailed-exitcode --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --color --trace --debug --help --version ;;
    restore) _vcpusched_words --last --foreign --dry-run --format --connect --host --virsh --timeout --domain --exclude --state-dir --config --quiet --verbose --json --color --trace --debug --help --version ;;
    pause) _vcpusched_words --for --connect --host --virsh --timeout --state-dir --config --quiet --json --debug --help --version ;;
    resume) _vcpusched_words --connect --host --virsh --timeout --state-dir --config --quiet --json --debug --help --version ;;
    history) _vcpusched_words --since --connect --host --virsh --timeout --state-dir --config --quiet --verbose --json --color --debug --help --version ;;
    status) _vcpusched_words --window --pcpu --sort --summary --maintenance --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --quiet --verbose --json --color --trace --debug --help --version ;;
    top) _vcpusched_words --maintenance --foreign --cycles --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --json --color --trace --debug --help --version ;;
    explain) _vcpusched_words --window --foreign --connect --host --virsh --timeout --domain --exclude --cpus --dedicated --capacity --state-dir --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --color --trace --debug --help --version ;;
    record) _vcpusched_words --every --for --max-size --connect --host --virsh --timeout --config --quiet --verbose --json --trace --debug --help --version ;;
    simulate) _vcpusched_words --interval --cycles --seed --sweep --report --jobs --vms --pcpus --period --scale --jitter --connect --domain --exclude --cpus --dedicated --capacity --config --policy --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --color --debug --help --version ;;
    report) _vcpusched_words --sweep --html --jobs --connect --domain --exclude --cpus --dedicated --capacity --config --high --target --low --thresholds --gap --sigma --place --numa --l3 --granularity --max-moves --max-rate --cooldown --quiet --verbose --json --color --debug --help --version ;;
    doctor) _vcpusched_words --connect --host --virsh --timeout --domain --exclude --cpus --state-dir --config --quiet --json --color --trace --debug --help --version ;;
    config) _vcpusched_words --connect --config --quiet --json --debug --help --version ;;
    completion) : ;;
    help) : ;;
  esac
}

# Offers those of the words that start with the value.
_vcpusched_words() {
  local before=${value%"${value##*[=:]}"}
  for word; do
    # bash replaces only what follows a colon.
    [[ -n $word && $word == "$value"* ]] && COMPREPLY+=("$(printf %q "${word#"$before"}")")
  done
}

_vcpusched_domains() {
  local names
  mapfile -t names < <(timeout -k 1 2 "$virsh" -q -r ${uri:+-c "$uri"} list --all --name </dev/null 2>/dev/null)
  _vcpusched_words "${names[@]}"
}

# What kind of names compgen is to offer.
_vcpusched_files() {
  mapfile -t COMPREPLY < <(compgen "$@" -- "$value")
  compopt -o filenames 2>/dev/null
}

complete -F _vcpusched vcpusched
