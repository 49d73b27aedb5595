# bash completion for vcpusched. Source it, or copy it to
# /usr/share/bash-completion/completions/vcpusched

_vcpusched() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word words
  # bash takes `--format=shell` for three words.
  [[ $cur == '=' ]] && cur=''
  [[ $prev == '=' ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in once | watch | plan | restore | status | record | simulate | doctor | config) command=$word ;; esac
  done

  case $prev in
    --policy) words='threshold absolute lightest spread busiest stddev none' ;;
    --numa) words='prefer strict ignore' ;;
    --l3) words='prefer strict ignore' ;;
    --granularity) words='cpu core l3 die cell' ;;
    --place) words='demand spread keep' ;;
    --thresholds) words='proportional absolute' ;;
    --format) words='table json shell' ;;
    --foreign) words='respect adopt' ;;
    --color) words='auto always never' ;;
    --virsh | --report | --state-dir | --config)
      mapfile -t COMPREPLY < <(compgen -f -c -- "$cur")
      return
      ;;
    -c | --connect | --timeout | --high | --target | --low | --gap | --sigma | --domain | --exclude | --cpus | --max-moves | \
      --max-rate | --cooldown | --window | --cycles | --every | --for | --max-size | --interval | --seed | --sweep | --jobs | \
      --vms | --pcpus | --period | --scale | --jitter)
      return
      ;;
    *)
      words='--connect --virsh --timeout --policy --high --target --low --thresholds --gap --sigma
        --place --numa --l3 --granularity --domain --exclude --cpus --max-moves --max-rate --cooldown --state-dir --config --quiet --verbose --json --color --debug
        --help --version'
      case $command in
        '') words+=' once watch plan restore status record simulate doctor config' ;;
        once) words+=' --window --since-last --foreign --dry-run' ;;
        watch) words+=' --cycles --until-balanced --foreign --restore-on-exit' ;;
        plan) words+=' --window --foreign --format --detailed-exitcode' ;;
        restore) words+=' --foreign --dry-run --format' ;;
        status) words+=' --window' ;;
        config) [[ $cur == -* ]] || words='check show' ;;
        record) words+=' --every --for --max-size' ;;
        simulate)
          words+=' --interval --cycles --seed --sweep --report --jobs --vms --pcpus --period --scale --jitter'
          ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _vcpusched vcpusched
