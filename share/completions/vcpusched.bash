# bash completion for vcpusched. Source it, or copy it to
# /usr/share/bash-completion/completions/vcpusched

_vcpusched() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word words
  # bash takes `--format=shell` for three words.
  [[ $cur == '=' ]] && cur=''
  [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in once | watch | plan | status) command=$word ;; esac
  done

  case $prev in
    --policy) words='threshold' ;;
    --thresholds) words='proportional absolute' ;;
    --format) words='table json shell' ;;
    --color) words='auto always never' ;;
    --virsh)
      mapfile -t COMPREPLY < <(compgen -f -c -- "$cur")
      return
      ;;
    -c | --connect | --timeout | --high | --target | --low | --domain | --exclude | --cpus | --max-moves | \
      --window | --cycles)
      return
      ;;
    *)
      words='--connect --virsh --timeout --policy --high --target --low --thresholds --domain --exclude
        --cpus --max-moves --quiet --verbose --json --color --debug --help --version'
      case $command in
        '') words+=' once watch plan status' ;;
        once) words+=' --window --dry-run' ;;
        watch) words+=' --cycles' ;;
        plan) words+=' --window --format --detailed-exitcode' ;;
        status) words+=' --window' ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _vcpusched vcpusched
