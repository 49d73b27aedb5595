#!/bin/sh
# Shows vcpusched at work on a simulated host. Nothing of this machine is touched but a temporary folder.
# From a clone: npm run demo
set -eu

package=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The commands below find the simulated host as they would find a real one: through virsh and its default URI.
export VCPUSCHED_VIRSH="$package/bin/virsh-sim.js"
export LIBVIRT_DEFAULT_URI="sim://$folder/host"
export VCPUSCHED_STATE_DIR="$folder/state"
vcpusched() { node "$package/bin/vcpusched.js" "$@"; }
virsh_sim() { node "$package/bin/virsh-sim.js" "$@"; }

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
  bold='' plain=''
fi
say() { printf '\n%s\n' "$@"; }
run() {
  printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
  "$@"
}

virsh_sim init "$folder/host" "$package/fixtures/scenarios/demo.toml"

say 'A simulated host: four pCPUs, and eight domains that somebody has pinned to
the first one. How does it stand?'
say "Each command looks at it for two seconds. 'Usage' is what a vCPU ran, 'ready'
what it waited for, ready to run; 'demand' is both together."
run vcpusched status

say 'Together they want more than two whole pCPUs, and get one. Move what has to be
moved, once:'
run vcpusched once --verbose

say 'And now? The pCPUs carry about the same, each vCPU gets what it wants, and
hardly one has to wait:'
run vcpusched status

say "Done, and the simulated host is gone. On a real host the commands are the same;
README.md goes on from here. To play with a simulated host of your own:

  $package/bin/virsh-sim.js init /tmp/my-host $package/fixtures/scenarios/demo.toml
  export VCPUSCHED_VIRSH=$package/bin/virsh-sim.js
  export LIBVIRT_DEFAULT_URI=sim:///tmp/my-host VCPUSCHED_STATE_DIR=/tmp/my-state
  $package/bin/vcpusched.js watch 2 --verbose"
