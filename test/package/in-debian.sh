#!/usr/bin/env bash
# Tries out the packages in /trial on an empty Debian: test/package/trial.sh starts it there. The argument is the version.
set -euo pipefail
version=$1
export DEBIAN_FRONTEND=noninteractive
cd /trial

step() { printf '\n-- %s\n' "$*"; }
# check TEXT COMMAND...: the command must succeed.
check() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then echo "ok  $text"; else printf 'NOT %s: %s\n%s\n' "$text" "$*" "$output"; exit 1; fi
}
no() { ! "$@"; }
# says WORDS COMMAND...: whatever its exit status, it prints the words.
says() {
  local words=$1
  shift
  "$@" > /tmp/said 2>&1 || true
  grep -qF -- "$words" /tmp/said || { head -20 /tmp/said; false; }
}
eventually() { for _ in $(seq 100); do "$@" > /dev/null 2>&1 && return; sleep 0.2; done; "$@"; }
# Where dpkg would ask whether a changed configuration stays, Return is the answer.
apt() { apt-get -qq -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" > /tmp/apt.log 2>&1 || { cat /tmp/apt.log; exit 1; }; }
pid() { systemctl show --property MainPID --value vcpusched; }

# A simulated host, for the service too.
simulate_host() {
  rm -rf /srv/host
  virsh-sim init /srv/host /usr/lib/vcpusched/fixtures/scenarios/demo.toml
  for unit in vcpusched vcpusched-once; do
    mkdir -p /etc/systemd/system/$unit.service.d
    printf '[Service]\nEnvironment=VCPUSCHED_VIRSH=virsh-sim LIBVIRT_DEFAULT_URI=sim:///srv/host\n%s\n' \
      'ReadWritePaths=/srv/host' > /etc/systemd/system/$unit.service.d/zz-simulated.conf
  done
  systemctl daemon-reload
  since=$(date '+%F %T')
}

step 'Install the version before'
apt update
apt install --no-install-recommends ./vcpusched_0.0.9-1_all.deb
check 'the program runs' says 'vcpusched 0.0.9' vcpusched --version
check 'it runs on the node of Debian' test "$(dpkg -S "$(readlink -f /usr/bin/node)" | cut -d: -f1)" = nodejs
check 'virsh is there' virsh --version
check 'the account is there' says '/usr/sbin/nologin' getent passwd vcpusched
check 'the service is not enabled' says disabled systemctl is-enabled vcpusched
check 'the service does not run' no systemctl is-active vcpusched
check 'systemd understands the units' systemd-analyze verify /usr/lib/systemd/system/vcpusched*.service
check 'nothing is in /var/lib/vcpusched yet' no test -e /var/lib/vcpusched
check 'each manual page is found' sh -c 'for page in $(dpkg -L vcpusched | sed -n "s|.*/man./\(.*\)\.[157]\.gz|\1|p"); do man -w "$page"; done'
check 'man shows the overview' says 'balance the virtual CPUs' man vcpusched
check 'bash completes' bash -c '. /usr/share/bash-completion/bash_completion; . /usr/share/bash-completion/completions/vcpusched; complete -p vcpusched'
check 'the configuration is valid' vcpusched config check
check 'doctor names what is missing' says 'connection' vcpusched doctor
check 'simulate runs' says threshold vcpusched simulate /usr/lib/vcpusched/fixtures/scenarios/standard/1-all-on-one-42.toml
check 'the demo runs' says 'pinned' sh /usr/lib/vcpusched/share/demo.sh

step 'Run the service on a simulated host'
simulate_host
check 'it starts' systemctl enable --now vcpusched
check 'it pins' eventually says 'pinned' journalctl --since "$since" --unit vcpusched
check 'it saves affinities' eventually sh -c 'ls /var/lib/vcpusched/*'
before=$(pid)

step 'Upgrade, with a configuration that was changed'
echo 'max-moves = 3' >> /etc/vcpusched/config.toml
apt install ./vcpusched_"$version"-1_all.deb
check 'the new version is there' says "vcpusched $version" vcpusched --version
check 'the change is still there' grep -q '^max-moves = 3' /etc/vcpusched/config.toml
check 'the new default is beside it' test -e /etc/vcpusched/config.toml.dpkg-dist
check 'the service runs' systemctl is-active vcpusched
check 'it is another process' test "$(pid)" != "$before"
check 'it reads the changed configuration' says 'max-moves' vcpusched config show
check 'the saved affinities are still there' sh -c 'ls /var/lib/vcpusched/*'
check 'it reads its settings again' systemctl reload vcpusched
check 'it still runs' systemctl is-active vcpusched

step 'Run the service as another user, and once'
check 'the service stops' systemctl stop vcpusched
check 'the service of one run ends well' systemctl start vcpusched-once
cp /usr/share/doc/vcpusched/examples/unprivileged.conf /etc/systemd/system/vcpusched.service.d/
simulate_host
chown -R vcpusched: /srv/host
check 'the service starts' systemctl start vcpusched
check 'it pins' eventually says 'pinned' journalctl --since "$since" --unit vcpusched
check 'it is not root' test "$(stat --format %U "/proc/$(pid)")" = vcpusched

step 'Remove'
apt remove vcpusched
check 'the program is gone' no test -e /usr/bin/vcpusched -o -e /usr/lib/vcpusched
check 'the service has ended' no systemctl is-active vcpusched
check 'the saved affinities are still there' sh -c 'ls /var/lib/vcpusched/*'
check 'the configuration is still there' grep -q '^max-moves = 3' /etc/vcpusched/config.toml

step 'Install again'
apt install ./vcpusched_"$version"-1_all.deb
check 'the change is still there' grep -q '^max-moves = 3' /etc/vcpusched/config.toml
check 'the service does not run by itself' no systemctl is-active vcpusched
check 'it undoes the pins' says restored setpriv --reuid vcpusched --regid vcpusched --clear-groups env VCPUSCHED_VIRSH=virsh-sim LIBVIRT_DEFAULT_URI=sim:///srv/host VCPUSCHED_STATE_DIR=/var/lib/vcpusched HOME=/ vcpusched restore

step 'Purge'
rm -r /etc/systemd/system/vcpusched*.service.d
apt purge vcpusched
left=$(find / -xdev -path /trial -prune -o -path /proc -prune -o -name '*vcpusched*' ! -path '/var/log/*' ! -path '/var/cache/*' ! -path '/tmp/*' -print)
check "nothing is left (${left:-none})" test -z "$left"
check 'the account remains' getent passwd vcpusched

step 'Upgrade with a configuration that was not changed'
apt install ./vcpusched_0.0.9-1_all.deb
apt install ./vcpusched_"$version"-1_all.deb
check 'it is that of the new version' no grep -q '^#old' /etc/vcpusched/config.toml
check 'nothing is beside it' test "$(ls /etc/vcpusched)" = config.toml
apt purge vcpusched

step 'Install the .rpm of the version before, with rpm'
rpm() { command rpm --nodeps "$@"; }
userdel vcpusched
rpm --install vcpusched-0.0.9-1.noarch.rpm
check 'the program runs' says 'vcpusched 0.0.9' vcpusched --version
check 'all files are as they were packed' command rpm --verify --nodeps vcpusched
check 'the service is not enabled' says disabled systemctl is-enabled vcpusched
check 'the service does not run' no systemctl is-active vcpusched
check 'the account is there' getent passwd vcpusched
simulate_host
check 'the service starts' systemctl enable --now vcpusched
check 'it pins' eventually says 'pinned' journalctl --since "$since" --unit vcpusched
before=$(pid)

step 'Upgrade the .rpm, with a configuration that was changed'
echo 'max-moves = 3' >> /etc/vcpusched/config.toml
rpm --upgrade vcpusched-"$version"-1.noarch.rpm
check 'the new version is there' says "vcpusched $version" vcpusched --version
check 'the change is still there' grep -q '^max-moves = 3' /etc/vcpusched/config.toml
check 'the new default is beside it' test -e /etc/vcpusched/config.toml.rpmnew
check 'the service runs' systemctl is-active vcpusched
check 'it is another process' test "$(pid)" != "$before"
check 'the saved affinities are still there' sh -c 'ls /var/lib/vcpusched/*'

step 'Remove the .rpm'
rpm --erase vcpusched
check 'the program is gone' no test -e /usr/bin/vcpusched -o -e /usr/lib/vcpusched
check 'the service has ended' no systemctl is-active vcpusched
check 'no link to it is left' test -z "$(find /etc/systemd/system -type l -name 'vcpusched*')"
check 'the saved affinities are still there' sh -c 'ls /var/lib/vcpusched/*'
check 'the changed configuration is still there' test -e /etc/vcpusched/config.toml.rpmsave
