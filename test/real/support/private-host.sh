#!/usr/bin/env bash
# Becomes the first process of a namespace that holds a libvirtd with all its state and guests:
#   unshare --mount --pid --fork --kill-child --mount-proc bash private-host.sh DIRECTORY
# Says `ready` and waits. When stdin ends, even because its writer was killed, this process ends, and the
# kernel ends every daemon and guest in the namespace with it. Enter it with nsenter.
set -euo pipefail
directory=$1

# libvirt keeps all its state in these five places; the namespace has its own of each. Sockets in `run`
# can be reached from outside.
mkdir -p "$directory"/{run,etc,lib,cache,log,dev}
mkdir -p /etc/libvirt /run/libvirt /var/{lib,cache,log}/libvirt
mount --make-rprivate /
mount --bind "$directory/run" /run/libvirt
mount --bind "$directory/etc" /etc/libvirt
for place in lib cache log; do mount --bind "$directory/$place" "/var/$place/libvirt"; done

# A /dev without kvm. Where the node opens but the CPU cannot virtualise, libvirt would probe QEMU again,
# for seconds, at every look (virQEMUCapsIsValid in libvirt 9.0).
mount -t tmpfs -o mode=755 tmpfs "$directory/dev"
for node in null zero full random urandom tty ptmx; do cp -a "/dev/$node" "$directory/dev/"; done
mkdir "$directory"/dev/{pts,shm}
mount --bind /dev/pts "$directory/dev/pts"
mount -t tmpfs tmpfs "$directory/dev/shm"
ln -s /proc/self/fd "$directory/dev/fd"
mount --rbind "$directory/dev" /dev

cat > /etc/libvirt/qemu.conf <<END
user = "root"
group = "root"
security_driver = "none"
namespaces = []
stdio_handler = "file"
remember_owner = 0
seccomp_sandbox = 0
END
cat > /etc/libvirt/libvirtd.conf <<END
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0700"
END

echo ready
# Meanwhile bash takes leave of the dead: a guest that stayed a zombie could not be destroyed.
cat > /dev/null
