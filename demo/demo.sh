#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh BUILD
#
# Shows what newuidmap, newgidmap, userns and newfsidmap of the directory BUILD do, on real user namespaces, and verifies
# all that it shows. As root it does so in mount and pid namespaces of its own, with its own /etc, which end with it. As
# anybody else it shows what takes no privilege: the map of a single id.
set -eu

if [ $# -eq 0 ]; then
    echo "usage: demo.sh BUILD" >&2
    exit 2
fi
build=$(cd "$1" && pwd)
number=0

step() {
    number=$((number + 1))
    printf '\n%s. %s\n\n' $number "$1"
}

# Runs a command as the user of the demo, or as root. The words of $become are split on purpose.
# shellcheck disable=SC2086
as() {
    if [ "$1" = root ]; then sh -c "$2"; else $become sh -c "$2"; fi
}

# Shows a command after the name of who runs it, then what it prints, which stays in $output.
run() {
    printf '   %s$ %s\n' "$1" "$2"
    status=0
    output=$(as "$1" "$2" 2>&1) || status=$?
    [ -n "$output" ] || return 0
    printf '%s\n' "$output" | while IFS= read -r line; do printf '   %s\n' "$line"; done
}

wrong() {
    printf '\ndemo: %s\n' "$1" >&2
    exit 1
}

# The last command has to have ended with this status and printed exactly this.
expect() {
    [ "$status" -eq "$1" ] || wrong "the last command ended with status $status, not $1"
    [ "$output" = "$2" ] || wrong "the last command did not print what it has to: '$2'"
}

# Triples of numbers as the kernel prints a map.
map() { printf '%10u %10u %10u\n' "$@"; }

# Has the user make a user namespace, with another if it is named; its process is then $target.
make_namespace() {
    own=$(readlink /proc/self/ns/user)
    # shellcheck disable=SC2086
    $become unshare --user ${1:-} sleep 600 &
    target=$!
    targets="$targets $target"
    printf '   %s$ unshare --user %ssleep 600 &\n   process %s\n' "$user" "${1:+$1 }" "$target"
    tries=100
    while [ $tries -gt 0 ] && kill -0 "$target" 2>/dev/null; do
        case $(readlink "/proc/$target/ns/user") in
        "$own" | "") sleep 0.1 ;;
        *) return ;;
        esac
        tries=$((tries - 1))
    done
    wrong "no user namespace was made: this system does not let $user (see user_namespaces(7), and the sysctls \
user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns)"
}

refusal() {
    step "What is not granted is refused with the reason, and nothing is written:"
    make_namespace
    run "$user" "newuidmap $target $1"
    expect 1 "$2"
    run "$user" "cat /proc/$target/uid_map"
    expect 0 ""
}

write_tables() {
    mkdir /run/etc /run/bin /run/home
    printf '%s\n' root:x:0:0::/root:/bin/sh demo:x:1000:1000::/run/home:/bin/sh \
        guest:x:1001:1001::/:/bin/sh >/run/etc/passwd
    printf '%s\n' root:x:0: demo:x:1000: guest:x:1001: >/run/etc/group
    echo demo:100000:65536 >/run/etc/subuid
    echo demo:100000:65536 >/run/etc/subgid
    chown 1000:1000 /run/home
    mount --bind /run/etc /etc
}

install_programs() {
    run root "install -m 755 newuidmap newgidmap userns newfsidmap /run/bin"
    expect 0 ""
    if command -v setcap >/dev/null; then
        run root "setcap cap_setuid+ep /run/bin/newuidmap && setcap cap_setgid+ep /run/bin/newgidmap"
        expect 0 ""
        run root "setcap cap_setuid,cap_setgid+ep /run/bin/userns"
        expect 0 ""
        run root "setcap cap_sys_admin,cap_setuid,cap_setgid+ep /run/bin/newfsidmap"
    else
        run root "chmod 4755 /run/bin/newuidmap /run/bin/newgidmap /run/bin/userns /run/bin/newfsidmap"
    fi
    expect 0 ""
}

show_ranges() {
    user=demo
    become="setpriv --reuid demo --regid demo --clear-groups"
    PATH=/run/bin:$PATH
    # Before /run is covered, where the build may lie.
    cd "$build"
    mount -t tmpfs -o mode=755 demo /run
    write_tables

    step "The user demo has uid 1000 and is granted 65536 more uids and gids:"
    run demo "cat /etc/subuid /etc/subgid"
    expect 0 "demo:100000:65536
demo:100000:65536"

    step "The programs are installed with no privilege but the one they need:"
    install_programs
    cd /run/home

    step "Demo makes a user namespace, and maps uid 0 inside to the own uid and the next 65536 to the granted ones:"
    make_namespace
    run demo "newuidmap $target 0 1000 1 1 100000 65536"
    expect 0 ""
    run demo "newgidmap $target 0 1000 1 1 100000 65536"
    expect 0 ""
    run demo "cat /proc/$target/uid_map"
    expect 0 "$(map 0 1000 1 1 100000 65536)"
    run demo "cat /proc/$target/gid_map"
    expect 0 "$(map 0 1000 1 1 100000 65536)"

    step "Inside, demo is root: it makes two files and gives one of them away."
    run demo "nsenter --user --target $target sh -c 'id -u; touch mine yours; chown 33:33 yours; ls -ln'"
    [ "$status" -eq 0 ] || wrong "the last command ended with status $status"
    run demo "nsenter --user --target $target stat --format='%n: uid %u, gid %g' mine yours"
    expect 0 "mine: uid 0, gid 0
yours: uid 33, gid 33"

    step "Outside, the same files belong to demo and to one of the granted ids:"
    run demo "stat --format='%n: uid %u, gid %g' mine yours"
    expect 0 "mine: uid 1000, gid 1000
yours: uid 100032, gid 100032"

    refusal "0 1000 1 1 200000 65536" "newuidmap: uid range [1-65537) -> [200000-265536) not allowed
newuidmap: demo may map 100000-165535 (/etc/subuid:1) and the own uid 1000"

    user=guest
    become="setpriv --reuid guest --regid guest --clear-groups"
    step "One line gives every user 65536 ids of his own, also the user guest, for whom there is no other:"
    run root "echo '*:2000224256:147128320:each=65536' >/etc/usernamespaces"
    expect 0 ""
    run guest "grep guest /etc/subuid /etc/subgid"
    expect 1 ""

    step "With userns he makes a namespace, maps it and runs a program there, all at once:"
    run guest "userns sh -c 'id -u; cat /proc/self/uid_map'"
    expect 0 "0
$(map 0 1001 1 1 2000289792 65536)"

    user=demo
    become="setpriv --reuid demo --regid demo --clear-groups"
    show_mount
}

show_mount() {
    step "In a namespace of granted ids alone, demo's own files are nobody's:"
    run demo "mkdir files here && touch files/old"
    expect 0 ""
    make_namespace --mount
    run demo "newuidmap $target 0 100000 65536"
    expect 0 ""
    run demo "newgidmap $target 0 100000 65536"
    expect 0 ""
    enter="nsenter --user --mount --target $target"
    owners="stat --format='%n: uid %u, gid %g'"
    run demo "$enter $owners /run/home/files/old"
    expect 0 "/run/home/files/old: uid 65534, gid 65534"

    step "With newfsidmap they are root's there, in a mount that has other ids on disk:"
    run demo "newfsidmap --bind /run/home/files /run/home/here $target b:0:1000:1"
    expect 0 ""
    run demo "$enter touch /run/home/here/new"
    expect 0 ""
    run demo "$enter $owners /run/home/here/old /run/home/here/new"
    expect 0 "/run/home/here/old: uid 0, gid 0
/run/home/here/new: uid 0, gid 0"

    step "Outside, what root made there is demo's own:"
    run demo "$owners files/old files/new"
    expect 0 "files/old: uid 1000, gid 1000
files/new: uid 1000, gid 1000"
}

show_single_id() {
    user=$(id -un 2>/dev/null) || wrong "the user database does not know uid $(id -u)"
    become=
    uid=$(id -u)
    gid=$(id -g)
    PATH=$build:$PATH
    # shellcheck disable=SC2086
    trap 'kill $targets 2>/dev/null || :' EXIT
    echo "This is not root, so the programs have no privilege and map the own id alone. Root sees the whole demo."

    step "$user makes a user namespace and maps 0 inside to the own ids, which are $uid and $gid:"
    make_namespace
    run "$user" "newuidmap $target 0 $uid 1"
    expect 0 ""
    run "$user" "newgidmap $target 0 $gid 1"
    expect 0 ""
    run "$user" "cat /proc/$target/uid_map /proc/$target/gid_map"
    expect 0 "$(map 0 "$uid" 1 0 "$gid" 1)"

    step "No group was granted, so that setgroups, which could leave a group, is denied; and $user is root inside:"
    run "$user" "cat /proc/$target/setgroups"
    expect 0 deny
    run "$user" "nsenter --user --target $target --preserve-credentials id -u"
    expect 0 0

    refusal "0 $uid 1 1 0 1" "newuidmap: uid range [1-2) -> [0-1) not allowed
newuidmap: outside uid 0 is root's own: nobody else may map it"

    step "With userns $user makes a namespace, maps it and runs a program there, all at once:"
    run "$user" "userns --map-root-user sh -c 'id -u; cat /proc/self/uid_map'"
    expect 0 "0
$(map 0 "$uid" 1)"
}

targets=
export PATH
if [ "$(id -u)" -ne 0 ]; then
    show_single_id
elif [ "${2:-}" != inside ]; then
    unshare --mount --pid --fork --mount-proc true ||
        wrong "root cannot make mount namespaces here, as in many containers: try it as another user"
    exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$build" inside
else
    show_ranges
fi
printf '\nAll of this was as it has to be.\n'
