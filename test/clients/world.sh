#!/bin/sh
# SPDX-License-Identifier: MIT
#
# world.sh PROGRAMS INSTALL USER SCRIPT
#
# Runs the shell script SCRIPT as USER (alice or root) in a world of its own: private mount and pid namespaces,
# an /etc with its own users and sub-ids, and in /usr/bin the newuidmap and newgidmap of the directory PROGRAMS and
# our newfsidmap, installed the way INSTALL says (capabilities or setuid). Nothing outside changes, and nothing
# outlives it: when the first process of the pid namespace ends, the kernel kills what a client left running.
set -eu

if [ -z "${WORLD:-}" ]; then
    export WORLD=inside
    exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$@"
fi
programs=$1 install=$2 user=$3 script=$4
world=/mnt

install_programs() {
    cp "$programs/newuidmap" "$programs/newgidmap" $world/bin
    # Ours also beside Debian's, which has none.
    cp "$(dirname "$0")/../../build/newfsidmap" $world/bin
    mkdir $world/own
    install -m 755 "$programs/getsubids" $world/own
    chmod 755 $world/bin/*
    case $install in
    capabilities)
        setcap cap_setuid+ep $world/bin/newuidmap
        setcap cap_setgid+ep $world/bin/newgidmap
        setcap cap_sys_admin,cap_setuid,cap_setgid+ep $world/bin/newfsidmap
        ;;
    setuid) chmod u+s $world/bin/* ;;
    *) echo "world.sh: unknown way to install: $install" >&2 && exit 2 ;;
    esac
}

# The sub-uids and sub-gids of a user differ, so that one taken for the other shows. The second lines of root's are
# for maps that hold outside id 0, and for root in a namespace of alice's, where ids that low are what it has.
# Root comes first: called by root, unshare of util-linux 2.38 takes the first line whose owner is not a number.
write_tables() {
    printf '%s\n' root:x:0:0::/home/root:/bin/sh alice:x:1000:1000::/home/alice:/bin/sh >$world/etc/passwd
    printf '%s\n' root:x:0: audio:x:29:alice alice:x:1000: >$world/etc/group
    printf '%s\n' root:300000:65536 root:0:1001 alice:100000:65536 >$world/etc/subuid
    printf '%s\n' root:400000:65536 root:0:1001 alice:200000:65536 >$world/etc/subgid
    # The same on every machine, whether it runs systemd or not.
    printf '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >$world/etc/containers/containers.conf
    printf '%s\n' '[storage]' 'driver = "vfs"' 'runroot = "/run/containers"' 'graphroot = "/var/lib/containers"' \
        >$world/etc/containers/storage.conf
}

# A root file system of one static program, for the containers.
make_rootfs() {
    mkdir -p rootfs/bin rootfs/dev rootfs/etc rootfs/proc rootfs/sys
    mkdir -m 1777 rootfs/tmp
    cp /usr/bin/busybox rootfs/bin
    for applet in cat chown id sh stat touch; do
        ln -s busybox rootfs/bin/$applet
    done
}

mount --make-rshared /
mount -t tmpfs -o mode=755 world $world
mkdir -p $world/bin $world/etc/containers $world/home/alice $world/home/root
install_programs
write_tables
mount -t overlay -o lowerdir=$world/bin:/usr/bin overlay /usr/bin
mount -t overlay -o lowerdir=$world/etc:/etc overlay /etc
for shared in /run /tmp /dev/shm; do
    mount -t tmpfs -o mode=1777 private $shared
done
# crun wants the unified hierarchy there. Read-only, for root's containers would leave groups behind in it.
[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 none /sys/fs/cgroup
mount -o remount,bind,ro /sys/fs/cgroup
mount --bind $world/home /home

cd /home/"$user"
mkdir -m 700 run
make_rootfs
chown -R "$user:$user" .
# No exec: the first process has to stay root's, for a change of ids would undo --kill-child.
setpriv --reuid "$user" --regid "$user" --init-groups \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/"$user" USER="$user" XDG_RUNTIME_DIR=/home/"$user"/run \
    sh -c "$script"
