#!/bin/sh
# SPDX-License-Identifier: MIT
#
# debian-story-enter.sh ROOT: runs the steps with ROOT as the root of this mount namespace. No chroot: the kernel lets
# nobody in one make a user namespace.
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
for shared in tmp run dev/shm; do
  mount -t tmpfs -o mode=1777 private $shared
done
# crun wants the unified hierarchy there.
[ "$(stat -f -c %T sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 none sys/fs/cgroup
mount -o remount,bind,ro sys/fs/cgroup
mkdir -p story/outside
pivot_root . story/outside
cd /
umount -l story/outside
# As an init system leaves it, and podman wants it.
mount --make-rshared /
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root \
  sh /story/debian-story-steps.sh
