#!/usr/bin/env bash
# Tries out the packages on an empty Debian 13 that boots its own systemd: installs, runs, upgrades, removes and purges
# the .deb, then the .rpm (with rpm, on the same Debian: its dependencies are not asked for). Ends with 1 at the first
# thing that is not as it must be.
#
#   sudo apt-get install debootstrap systemd-container rpm
#   sudo test/package/trial.sh [FOLDER]
#
# It takes about five minutes and, in FOLDER (/var/tmp by default), 1 GB that is gone afterwards. The Debian shares the
# network of this machine, and nothing else. KEEP=1 leaves it there after a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
project=$PWD
[ "$(id -u)" = 0 ] || { echo 'trial: run it as root' >&2; exit 1; }
for tool in debootstrap systemd-nspawn rpmbuild unshare nsenter; do
  command -v "$tool" >/dev/null || { echo "trial: $tool is missing" >&2; exit 1; }
done

# systemd wants the one cgroup hierarchy, which not every machine has in its usual place.
in_hierarchy=(unshare --mount sh -c 'mount --make-rprivate / && { umount --lazy /sys/fs/cgroup || true; } &&
  mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh)

work=$(mktemp -d -p "${1:-/var/tmp}" vcpusched-trial-XXXXXX)
root=$work/debian
booted=
leave() {
  status=$?
  if [ -n "$booted" ]; then
    kill "$booted" && wait "$booted" || true
    "${in_hierarchy[@]}" find /sys/fs/cgroup/vcpusched-trial -depth -type d -delete || true
  fi
  if [ "$status" != 0 ] && [ -n "${KEEP:-}" ]; then echo "trial: $work remains" >&2; else rm -rf "$work"; fi
  if [ "$status" = 0 ]; then echo 'trial: all is as it must be'; else echo 'trial: FAILED' >&2; fi
}
trap leave EXIT
step() { printf '\n== %s\n' "$*"; }

step 'Build the packages, and those of a version before with another default configuration'
copy() {
  mkdir "$work/$1"
  tar --exclude=./node_modules --exclude=./.git --exclude=./packages -cf - . | tar -xf - -C "$work/$1"
  ln -s "$project/node_modules" "$work/$1/node_modules"
}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
copy new
copy old
sed -i 's/"version": ".*"/"version": "0.0.9"/' "$work/old/package.json"
echo '#old = "a setting of the version before"' >> "$work/old/share/vcpusched.toml"
for each in old new; do (cd "$work/$each" && node scripts/package.js); done

step 'Make an empty Debian 13'
debootstrap --variant=minbase --include=systemd-sysv,dbus,man-db,bash-completion,rpm \
  trixie "$root" > "$work/debootstrap.log" || { tail "$work/debootstrap.log"; exit 1; }
mkdir "$root/trial"
cp "$work"/old/packages/* "$work"/new/packages/* test/package/in-debian.sh "$root/trial"

step 'Boot it'
"${in_hierarchy[@]}" sh -c 'mkdir -p /sys/fs/cgroup/vcpusched-trial && echo $$ > /sys/fs/cgroup/vcpusched-trial/cgroup.procs &&
  exec systemd-nspawn --quiet --register=no --keep-unit --boot --console=pipe --directory "$1"' sh "$root" \
  > "$work/boot.log" 2>&1 < /dev/null &
booted=$!
within() { nsenter --target "$init" --mount --uts --ipc --pid --cgroup --root --wd env -i \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"; }
for _ in $(seq 60); do
  init=$(pgrep --parent "$booted" -f systemd/systemd || true)
  [ -n "$init" ] && within systemctl is-system-running --wait > /dev/null 2>&1 && break
  sleep 1
done
within systemctl is-system-running || { tail "$work/boot.log"; within systemctl --failed; exit 1; }

step 'Try the packages there'
within bash /trial/in-debian.sh "$(node -p 'require("./package.json").version')"
