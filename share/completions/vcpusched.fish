# fish completion for vcpusched, as 'vcpusched completion fish' prints it. Copy it to /etc/fish/completions or
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
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a once -d 'measure, plan, pin and verify, once'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a watch -d 'measure, plan, pin and verify, each interval'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a plan -d 'show what once would do; pin nothing'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a restore -d 'restore the affinities from before vcpusched pinned'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a pause -d 'pin nothing until resume'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a resume -d 'end a pause'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a history -d 'show what was moved, when, why, and what came of it'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a status -d 'show the load of each pCPU and the vCPUs on it'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a top -d 'show the host as it changes; pin nothing'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a explain -d 'explain why the vCPUs of a domain move or stay'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a record -d 'record what the host does; pin nothing'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a simulate -d 'try policies on scenarios, recordings or traces'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a report -d 'tell what the host of a recording is like'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a doctor -d 'check what balancing needs on this host'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a config -d 'check the configuration, or show the settings'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a completion -d 'print the completions for bash, zsh or fish'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once watch plan restore pause resume history status top explain record simulate report doctor config completion help' -a help -d 'show the help, or that of a command'

complete -c vcpusched -n '__fish_seen_subcommand_from history' -a '(__vcpusched_domains)'
complete -c vcpusched -n '__fish_seen_subcommand_from explain' -a '(__vcpusched_domains)'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -F
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -F
complete -c vcpusched -n '__fish_seen_subcommand_from report' -F
complete -c vcpusched -n '__fish_seen_subcommand_from config; and not __fish_seen_subcommand_from check show' -a 'check show'
complete -c vcpusched -n '__fish_seen_subcommand_from config; and __fish_seen_subcommand_from check show' -F
complete -c vcpusched -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh fish' -a 'bash zsh fish'
complete -c vcpusched -n '__fish_seen_subcommand_from help' -a 'once watch plan restore pause resume history status top explain record simulate report doctor config completion help'

complete -c vcpusched -n '__fish_seen_subcommand_from once plan status explain' -l window -x -d 'time between the two samples'
complete -c vcpusched -n '__fish_seen_subcommand_from status' -l pcpu -x -d 'show these pCPUs only, such as 0-3,8'
complete -c vcpusched -n '__fish_seen_subcommand_from status' -l sort -x -a 'pcpu load ready demand' -d 'order of the pCPUs'
complete -c vcpusched -n '__fish_seen_subcommand_from status' -l summary -d 'show the pCPUs without their vCPUs'
complete -c vcpusched -n '__fish_seen_subcommand_from once' -l since-last -d 'measure from the sample that the last run saved, if it is recent'
complete -c vcpusched -n '__fish_seen_subcommand_from once watch plan status top' -l maintenance -x -d 'pin nothing at these times, such as Sat,Sun 01:00-05:00'
complete -c vcpusched -n '__fish_seen_subcommand_from once watch' -l history -x -d 'how long the command history shows a move'
complete -c vcpusched -n '__fish_seen_subcommand_from once watch' -l hook -r -F -a '(__fish_complete_command)' -d 'run this program after a cycle that moved or failed, with the JSON of the cycle on its standard input'
complete -c vcpusched -n '__fish_seen_subcommand_from history' -l since -x -d 'from this time on, such as 2h or "2026-11-27 14:00"'
complete -c vcpusched -n '__fish_seen_subcommand_from restore' -l last -d 'take back the last run alone'
complete -c vcpusched -n '__fish_seen_subcommand_from once watch plan restore top explain' -l foreign -x -a 'respect adopt' -d 'vCPUs that somebody else has pinned'
complete -c vcpusched -n '__fish_seen_subcommand_from watch' -l restore-on-exit -d 'restore the affinities at the end'
complete -c vcpusched -n '__fish_seen_subcommand_from once watch restore' -l dry-run -d 'show what would be pinned; pin nothing'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l interval -x -d 'length of a cycle'
complete -c vcpusched -n '__fish_seen_subcommand_from watch top simulate' -l cycles -x -d 'end after this number of cycles'
complete -c vcpusched -n '__fish_seen_subcommand_from watch' -l until-balanced -d 'end when the policy has nothing more to do'
complete -c vcpusched -n '__fish_seen_subcommand_from plan restore' -l format -x -a 'table json shell' -d 'how to print it'
complete -c vcpusched -n '__fish_seen_subcommand_from plan' -l detailed-exitcode -d 'exit with 2 if there is something to move'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -l every -x -d 'time between two samples'
complete -c vcpusched -n '__fish_seen_subcommand_from pause record' -l for -x -d 'end after this time, such as 24h'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -l max-size -x -d 'start a new file before it grows larger, such as 500M'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l seed -x -d 'seed of the noise'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate report' -l sweep -x -d 'try each of these values, such as high=80,85,90'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l report -r -F -d 'also write a page with charts, for a browser'
complete -c vcpusched -n '__fish_seen_subcommand_from report' -l html -r -F -d 'also write a page to print or to hand on'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate report' -l jobs -x -d 'number of runs at the same time'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l vms -x -d 'trace: number of columns to use'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l pcpus -x -d 'trace: number of pCPUs of the host; a trace needs it'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l period -x -d 'trace: time between two rows; a trace needs it'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l scale -x -d 'trace: multiply each value by it'
complete -c vcpusched -n '__fish_seen_subcommand_from simulate' -l jitter -x -d 'trace: noise, as a share of the demand'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l connect -s c -x -a 'qemu:///system qemu:///session' -d 'libvirt connection'
complete -c vcpusched -n 'not __fish_seen_subcommand_from simulate report config completion help' -l host -x -d 'a connection of the configuration file, or all'
complete -c vcpusched -n 'not __fish_seen_subcommand_from simulate report config completion help' -l virsh -r -F -a '(__fish_complete_command)' -d 'the virsh to run'
complete -c vcpusched -n 'not __fish_seen_subcommand_from simulate report config completion help' -l timeout -x -d 'longest time to wait for a virsh process'
complete -c vcpusched -n 'not __fish_seen_subcommand_from pause resume history record config completion help' -l domain -x -a '(__vcpusched_domains)' -d 'these domains only, by name or UUID'
complete -c vcpusched -n 'not __fish_seen_subcommand_from pause resume history record config completion help' -l exclude -x -a '(__vcpusched_domains)' -d 'not these domains'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history record config completion help' -l cpus -x -d 'pCPUs to use, such as 0-3,8'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history record doctor config completion help' -l dedicated -x -a 'respect share' -d 'pCPUs that a configuration dedicates to a domain'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history record doctor config completion help' -l capacity -x -d 'what slower pCPUs can do, such as 4-7=0.6'
complete -c vcpusched -n 'not __fish_seen_subcommand_from record simulate report config completion help' -l state-dir -x -a '(__fish_complete_directories)' -d 'folder for the saved affinities'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l config -r -F -d 'configuration file'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record report doctor config completion help' -l policy -x -a 'threshold absolute lightest spread busiest stddev none' -d 'how to decide'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l high -x -d 'a pCPU above it is too full'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l target -x -d 'the load that a pCPU should have'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l low -x -d 'a pCPU below it has room'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l thresholds -x -a 'proportional absolute' -d 'the three as proportions around the mean load, or as shares of a pCPU'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l gap -x -d 'lightest, busiest: largest difference of two pCPUs'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l sigma -x -d 'stddev: largest standard deviation of the loads'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l place -x -a 'demand spread keep' -d 'first pCPU of a vCPU that may run on several'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l numa -x -a 'prefer strict ignore' -d 'whether a vCPU may leave its NUMA cells'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l l3 -x -a 'prefer strict ignore' -d 'whether a domain stays under few L3 caches'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l granularity -x -a 'cpu core l3 die cell' -d 'pin a vCPU to all pCPUs of such a unit'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l max-moves -x -d 'most pins at a time'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l max-rate -x -d 'most moves of a vCPU in an hour'
complete -c vcpusched -n 'not __fish_seen_subcommand_from restore pause resume history status record doctor config completion help' -l cooldown -x -d 'time that a vCPU stays after a move'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l quiet -s q -d 'print nothing but errors'
complete -c vcpusched -n 'not __fish_seen_subcommand_from pause resume top doctor config completion help' -l verbose -s v -d 'print more'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l json -d 'print the result as JSON'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once plan restore pause resume history status top explain record simulate report doctor config completion help' -l log-format -x -a 'text json logfmt' -d 'how to write the log'
complete -c vcpusched -n 'not __fish_seen_subcommand_from plan restore pause resume history status top explain record simulate report doctor config completion help' -l metrics-file -r -F -d 'write metrics to a file, for the collector of node_exporter'
complete -c vcpusched -n 'not __fish_seen_subcommand_from once plan restore pause resume history status top explain record simulate report doctor config completion help' -l metrics-listen -x -d 'serve metrics to Prometheus, such as on 127.0.0.1:9719'
complete -c vcpusched -n 'not __fish_seen_subcommand_from plan restore pause resume history status top explain record simulate report doctor config completion help' -l metrics-vcpus -d 'add metrics of each vCPU'
complete -c vcpusched -n 'not __fish_seen_subcommand_from pause resume record config completion help' -l color -x -a 'auto always never' -d 'when to print in colour'
complete -c vcpusched -n 'not __fish_seen_subcommand_from pause resume history simulate report config completion help' -l trace -r -F -d 'append each virsh call and each decision to a file'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l debug -d 'show where in the program an error occurred'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l help -s h -d 'show this help'
complete -c vcpusched -n 'not __fish_seen_subcommand_from completion help' -l version -s V -d 'show the version'
