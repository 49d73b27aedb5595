#!/usr/bin/env bash
# Becomes the first process of a namespace that holds a libvirtd with all its state and guests:
#   unshare --mount --pid --fork --kill-child --mount-proc bash private-host.sh DIRECTORY [ROOT]
# where ROOT is the root of another Debian, whose libvirtd and QEMU are to run in place of this machine's.
# Says `ready` and waits. When stdin ends, even because its writer was killed, this process ends, and the
# kernel ends every daemon and guest in the namespace with it. Enter it with nsenter.
set -euo pipefail
directory=$1
root=${2:-}

# libvirt keeps all its state in these five places; the namespace has its own of each. Sockets in `run`
# can be reached from outside.
mkdir -p "$directory"/{run,etc,lib,cache,log,dev}
mkdir -p "$root"/etc/libvirt "$root"/run/libvirt "$root"/var/{lib,cache,log}/libvirt
mount --make-rprivate /
mkdir -p /run/libvirt
mount --bind "$directory/run" /run/libvirt
[ -z "$root" ] || mount --bind "$directory/run" "$root/run/libvirt"
mount --bind "$directory/etc" "$root/etc/libvirt"
for place in lib cache log; do mount --bind "$directory/$place" "$root/var/$place/libvirt"; done

# A /dev without kvm. Where the node opens but the CPU cannot virtualise, libvirt would probe QEMU again,
# for seconds, at every look (virQEMUCapsIsValid in libvirt 9.0).
mount -t tmpfs -o mode=755 tmpfs "$directory/dev"
for node in null zero full random urandom tty ptmx; do cp -a "/dev/$node" "$directory/dev/"; done
mkdir "$directory"/dev/{pts,shm}
mount --bind /dev/pts "$directory/dev/pts"
mount -t tmpfs tmpfs "$directory/dev/shm"
ln -s /proc/self/fd "$directory/dev/fd"
mount --rbind "$directory/dev" /dev

# The other Debian has the same processes, devices and disks.
if [ -n "$root" ]; then
  mount -t tmpfs tmpfs "$root/tmp"
  for place in /proc /sys /dev "$directory"; do
    mkdir -p "$root$place"
    mount --rbind "$place" "$root$place"
  done
fi

cat > "$root/etc/libvirt/qemu.conf" <<END
user = "root"
group = "root"
security_driver = "none"
namespaces = []
stdio_handler = "file"
remember_owner = 0
seccomp_sandbox = 0
END
cat > "$root/etc/libvirt/libvirtd.conf" <<END
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0700"
END

echo ready
# Meanwhile bash takes leave of the dead: a guest that stayed a zombie could not be destroyed.
cat > /dev/null
