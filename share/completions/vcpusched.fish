# fish completion for vcpusched. Copy it to /etc/fish/completions or ~/.config/fish/completions

complete -c vcpusched -f

set -l commands once watch plan status record
complete -c vcpusched -n "not __fish_seen_subcommand_from $commands" -a once -d 'Measure, plan, pin, check; then end'
complete -c vcpusched -n "not __fish_seen_subcommand_from $commands" -a watch -d 'Do so again each interval'
complete -c vcpusched -n "not __fish_seen_subcommand_from $commands" -a plan -d 'Show what once would do'
complete -c vcpusched -n "not __fish_seen_subcommand_from $commands" -a status -d 'Show the load of the pCPUs'
complete -c vcpusched -n "not __fish_seen_subcommand_from $commands" -a record -d 'Write what the host does to a file'

complete -c vcpusched -s c -l connect -x -a 'qemu:///system qemu:///session' -d 'libvirt connection'
complete -c vcpusched -l virsh -r -F -d 'The virsh to run'
complete -c vcpusched -l timeout -x -d 'Seconds to wait for virsh'
complete -c vcpusched -l policy -x -a 'threshold lightest spread busiest stddev none' -d 'How to decide'
complete -c vcpusched -l high -x -d 'A pCPU above it is crowded'
complete -c vcpusched -l target -x -d 'What a pCPU should carry'
complete -c vcpusched -l low -x -d 'A pCPU below it has room'
complete -c vcpusched -l thresholds -x -a 'proportional absolute' -d 'How to take the three'
complete -c vcpusched -l gap -x -d 'What two pCPUs may differ by'
complete -c vcpusched -l sigma -x -d 'What loads may deviate by'
complete -c vcpusched -l place -x -a 'demand spread keep' -d 'How a vCPU gets its first pCPU'
complete -c vcpusched -l domain -x -d 'Only these domains'
complete -c vcpusched -l exclude -x -d 'Not these domains'
complete -c vcpusched -l cpus -x -d 'The pCPUs to use'
complete -c vcpusched -l max-moves -x -d 'At most so many pins at a time'
complete -c vcpusched -s q -l quiet -d 'Say nothing but errors'
complete -c vcpusched -s v -l verbose -d 'Say more'
complete -c vcpusched -l json -d 'Print the result as JSON'
complete -c vcpusched -l color -x -a 'auto always never' -d 'When to colour'
complete -c vcpusched -l debug -d 'Show the stack of an error'
complete -c vcpusched -s h -l help -d 'Show the usage'
complete -c vcpusched -s V -l version -d 'Show the version'

complete -c vcpusched -n '__fish_seen_subcommand_from once plan status' -l window -x -d 'Seconds between the two samples'
complete -c vcpusched -n '__fish_seen_subcommand_from once' -l dry-run -d 'Stop before pinning'
complete -c vcpusched -n '__fish_seen_subcommand_from watch' -l cycles -x -d 'End after so many cycles'
complete -c vcpusched -n '__fish_seen_subcommand_from watch' -l until-balanced -d 'End when there is nothing more to do'
complete -c vcpusched -n '__fish_seen_subcommand_from plan' -l format -x -a 'table json shell' -d 'How to print the plan'
complete -c vcpusched -n '__fish_seen_subcommand_from plan' -l detailed-exitcode -d 'Exit 2 where moves are pending'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -F
complete -c vcpusched -n '__fish_seen_subcommand_from record' -l every -x -d 'Time between two samples'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -l for -x -d 'End after so long'
complete -c vcpusched -n '__fish_seen_subcommand_from record' -l max-size -x -d 'Begin a new file before it passes so much'
