#!/usr/bin/env bash
# Runs tests of this folder over the libvirtd and QEMU of another Debian, with its virsh or that of yet another:
#   test/real/on-debian.sh ROOT [--virsh ROOT] test/real/every-command.test.ts...
# A ROOT is a folder with the files of a Debian (debians.sh makes some), or `/`.
set -euo pipefail
root=$(realpath "$1")
client=$root
shift
if [ "${1:-}" = --virsh ]; then
  client=$(realpath "$2")
  shift 2
fi
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
chmod 755 "$bin"
# Not installed, only unpacked: with its own loader and libraries.
libraries=${client%/}/usr/lib/x86_64-linux-gnu
printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' \
  "$libraries/ld-linux-x86-64.so.2" "$libraries" "${client%/}/usr/bin/virsh" > "$bin/virsh"
chmod 755 "$bin/virsh"
cd "$(dirname "$0")/../.."
echo "virsh $("$bin/virsh" --version) over libvirt $(chroot "$root" virsh --version)"
PATH=$bin:$PATH VCPUSCHED_TEST_ROOT=$root npx vitest run --config test/real/vitest.config.ts "$@"
