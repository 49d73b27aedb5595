#!/usr/bin/env bash
# Makes the roots of other Debians in FOLDER, with their libvirt and QEMU, for record-versions.ts and on-debian.sh:
#   sudo test/real/debians.sh FOLDER
# It needs debootstrap and the mirror of this machine, takes some minutes and 4 GB, and starts nothing in them. What is
# there already stays.
set -euo pipefail
folder=$(realpath "$1")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

for release in bullseye bookworm bookworm-backports trixie trixie-backports forky; do
  root=$folder/$release
  [ ! -x "$root/usr/bin/virsh" ] || continue
  suite=${release%-backports}
  # Named with its script, since a debootstrap may be older than the release.
  [ -e "$root/etc/debian_version" ] ||
    debootstrap --variant=minbase "$suite" "$root" "$mirror" /usr/share/debootstrap/scripts/sid
  # No daemon may start at installation.
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  from=()
  if [ "$release" != "$suite" ]; then
    echo "deb $mirror $release main" > "$root/etc/apt/sources.list.d/backports.list"
    chroot "$root" apt-get update --quiet=2
    from=(--target-release "$release")
  fi
  chroot "$root" apt-get install --yes --quiet=2 --no-install-recommends "${from[@]}" \
    libvirt-clients libvirt-daemon-system libvirt-daemon-driver-qemu qemu-system-x86
  echo "$release: libvirt $(chroot "$root" virsh --version), $(chroot "$root" qemu-system-x86_64 --version | head -n 1)"
done
