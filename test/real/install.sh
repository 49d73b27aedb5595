#!/usr/bin/env bash
# Installs what the tests in this directory need on Debian: libvirt, QEMU, the assembler, a browser for the report,
# Prometheus, sshd, and what builds and checks packages.
# Safe to run again; quick where all of it is there. The tests start and stop their own daemon.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

packages=(
  libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients libvirt-l10n
  qemu-system-x86 binutils util-linux chromium prometheus rpm cpio lintian
  openssh-server openssh-client
)

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  # Nothing may start by itself at installation: the tests run a daemon of their own.
  dpkg --configure -a
  apt-get update --quiet=2
  apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}"
fi

virsh --version
qemu-system-x86_64 --version | head -n 1
promtool --version | head -n 1
