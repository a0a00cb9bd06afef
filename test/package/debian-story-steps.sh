#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The steps of the story, inside. Each says what it holds; at the end stand the counts.
set -u
cd /story || exit 2
tried=0 fell=0
programs='/usr/bin/newuidmap /usr/bin/newgidmap /usr/bin/userns /usr/bin/newfsidmap'

# is WHAT EXPECTED ACTUAL
is() {
  tried=$((tried + 1))
  if [ "$2" = "$3" ]; then
    echo "  held: $1"
  else
    fell=$((fell + 1))
    printf '  FELL: %s\n--- expected\n%s\n--- found\n%s\n---\n' "$1" "$2" "$3"
  fi
}

# quietly WHAT COMMAND...: it succeeds; else what it printed is shown.
quietly() {
  what=$1
  shift
  if printed=$("$@" 2>&1 </dev/null); then
    is "$what" 0 0
  else
    is "$what" 0 "status $?: $printed"
  fi
}

# The version of a package, or none.
version_of() { dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | grep . || echo none; }
modes() { stat -c '%A %U:%G %n' "$@"; }
# as_alice SCRIPT: in a pid namespace of its own, so that no process of podman's keeps an old namespace.
as_alice() {
  rm -rf /home/alice /run/alice
  mkdir -m 700 /home/alice /run/alice
  mkdir -p /home/alice/rootfs/bin /home/alice/rootfs/dev /home/alice/rootfs/etc /home/alice/rootfs/proc /home/alice/rootfs/sys
  cp /bin/busybox /home/alice/rootfs/bin
  for applet in cat id sh; do ln -s busybox /home/alice/rootfs/bin/$applet; done
  chown -R alice:alice /home/alice /run/alice
  unshare --mount --propagation shared --pid --fork --kill-child --mount-proc \
    setpriv --reuid alice --regid alice --init-groups env -C /home/alice HOME=/home/alice XDG_RUNTIME_DIR=/run/alice USER=alice \
    sh -c "$1" 2>&1
  echo "status $?"
}

map() { printf '%10d %10d %10d\n' "$@"; }
both_maps='cat /proc/self/uid_map /proc/self/gid_map'
rootfs="--rm --network=none --cgroups=disabled --rootfs /home/alice/rootfs"

# podman_works WHEN FIRST_UID FIRST_GID
podman_works() {
  is "$1: podman runs a container of many ids without root" "uid=0 gid=0
$(map 0 1000 1 1 "$2" 65536)
$(map 0 1000 1 1 "$3" 65536)
status 0" "$(as_alice "podman run $rootfs sh -c 'id; $both_maps'")"
}

# uidmap_there WHEN
uidmap_there() {
  is "$1: uidmap is installed" "$uidmap" "$(version_of uidmap)"
  is "$1: its programs are setuid root" "-rwsr-xr-x root:root /usr/bin/newuidmap
-rwsr-xr-x root:root /usr/bin/newgidmap" "$(modes /usr/bin/newuidmap /usr/bin/newgidmap)"
  podman_works "$1" 100000 200000
}

# ours_there WHEN VERSION
ours_there() {
  is "$1: usernamespaces is installed and uidmap is not" "$2, none" "$(version_of usernamespaces), $(version_of uidmap)"
  is "$1: all that depends on uidmap is content" "installed, installed, " \
    "$(dpkg-query -W -f '${db:Status-Status}, ' podman rootlesskit; apt-get check -qq 2>&1)"
}

# with_capabilities WHEN
with_capabilities() {
  # shellcheck disable=SC2086
  is "$1: file capabilities, and none for newfsidmap" "/usr/bin/newgidmap cap_setgid=ep
/usr/bin/newuidmap cap_setuid=ep
/usr/bin/userns cap_setgid,cap_setuid=ep" "$(getcap $programs | sort)"
  # shellcheck disable=SC2086
  is "$1: no program is setuid" "-rwxr-xr-x root:root /usr/bin/newuidmap
-rwxr-xr-x root:root /usr/bin/newgidmap
-rwxr-xr-x root:root /usr/bin/userns
-rwxr-xr-x root:root /usr/bin/newfsidmap" "$(modes $programs)"
}

install() { apt-get install -qy --no-install-recommends "$@"; }
deb() { echo /story/"$1"_*.deb; }

# The same package as of the next release.
next_release() {
  dpkg-deb -R "$(deb usernamespaces)" next || return
  sed -i 's/^Version: .*/&+next/' next/DEBIAN/control
  dpkg-deb -b next next.deb
}

# What the tables say is the same throughout: uids and gids differ, so that one taken for the other shows.
echo alice:100000:65536 >/etc/subuid
echo alice:200000:65536 >/etc/subgid
uidmap=$(dpkg-query -W -f '${Version}' uidmap)
ours=$(dpkg-deb -f "$(deb usernamespaces)" Version)

echo "before"
uidmap_there before

echo "ours in its place"
quietly "apt installs the package, with what it took" install "$(deb usernamespaces)"
ours_there "in its place" "$ours"
with_capabilities "in its place"
podman_works "in its place" 100000 200000
is "in its place: getsubids prints the ranges" "0: alice 100000 65536
status 0" "$(as_alice 'getsubids alice')"
is "in its place: userns maps all of it" "$(map 0 1000 1 1 100000 65536)
$(map 0 1000 1 1 200000 65536)
status 0" "$(as_alice "userns sh -c '$both_maps'")"
is "in its place: the name-service program is root's and unreadable" "-rwx--x--x root:root /usr/libexec/usernamespaces/nss" \
  "$(modes /usr/libexec/usernamespaces/nss)"
is "in its place: newfsidmap has no privilege" "status 1" "$(as_alice 'newfsidmap --bind /mnt /mnt $$ b:0:1:1' | tail -n 1)"

echo "an upgrade"
quietly "the next release is made" next_release
quietly "and installed" dpkg -i next.deb
ours_there "after the upgrade" "$ours+next"
with_capabilities "after the upgrade"
podman_works "after the upgrade" 100000 200000
quietly "and the release before it again" dpkg -i "$(deb usernamespaces)"
with_capabilities "after the downgrade"

echo "the administrator's own way"
quietly "newuidmap for a group, userns for nobody, newfsidmap for all" sh -ec '
  dpkg-statoverride --update --add root staff 4750 /usr/bin/newuidmap
  dpkg-statoverride --update --add root root 0755 /usr/bin/userns
  dpkg-statoverride --update --add root root 4755 /usr/bin/newfsidmap'
overridden() {
  # shellcheck disable=SC2086
  is "$1: the modes are what he says" "-rwsr-x--- root:staff /usr/bin/newuidmap
-rwxr-xr-x root:root /usr/bin/newgidmap
-rwxr-xr-x root:root /usr/bin/userns
-rwsr-xr-x root:root /usr/bin/newfsidmap" "$(modes $programs)"
  # shellcheck disable=SC2086
  is "$1: only what he does not name has capabilities" "/usr/bin/newgidmap cap_setgid=ep" "$(getcap $programs)"
}
overridden "at once"
quietly "the package is upgraded" dpkg -i next.deb
overridden "after an upgrade"
is "alice is not of the group: podman does not run" "status 125" \
  "$(as_alice "podman run $rootfs id" | tail -n 1)"
quietly "alice comes into the group" adduser --quiet alice staff
podman_works "of the group" 100000 200000
quietly "the overrides are taken back" sh -ec 'for program; do dpkg-statoverride --remove "$program"; done' sh \
  /usr/bin/newuidmap /usr/bin/userns /usr/bin/newfsidmap
quietly "and the package is configured again" dpkg-reconfigure usernamespaces
# shellcheck disable=SC2086
is "capabilities again, where the package sets any" "/usr/bin/newgidmap cap_setgid=ep
/usr/bin/newuidmap cap_setuid=ep
/usr/bin/userns cap_setgid,cap_setuid=ep" "$(getcap $programs | sort)"

echo "the plugin"
quietly "it is installed" install "$(deb libsubid-usernamespaces)"
is "nsswitch.conf is as it was" "" "$(grep subid: /etc/nsswitch.conf)"
echo 'subid: usernamespaces' >>/etc/nsswitch.conf
echo '*:2000224256:147128320:each=65536' >/etc/usernamespaces
mv /etc/subuid /etc/subgid /story
podman_works "with one line for all users" 2000224256 2000224256
mv subuid subgid /etc
rm /etc/usernamespaces
sed -i /subid:/d /etc/nsswitch.conf

echo "usernsctl"
quietly "it is installed" install "$(deb usernsctl)"
is "it explains in newuidmap's words" "newuidmap for alice: refused
  0 1 1
newuidmap: uid range [0-1) -> [1-2) not allowed
newuidmap: alice may map 100000-165535 (/etc/subuid:1) and the own uid 1000
status 1" "$(usernsctl explain --user alice --uid-map 0:1:1 2>&1; echo "status $?")"

echo "a file system without capabilities"
mount -t ramfs none /mnt
chmod 755 /mnt
cp -a /usr/bin/. /mnt
mount --bind /mnt /usr/bin
quietly "the package is installed on it" dpkg -i next.deb
# shellcheck disable=SC2086
is "setuid root instead, and newfsidmap is not" "-rwsr-xr-x root:root /usr/bin/newuidmap
-rwsr-xr-x root:root /usr/bin/newgidmap
-rwsr-xr-x root:root /usr/bin/userns
-rwxr-xr-x root:root /usr/bin/newfsidmap" "$(modes $programs; getcap $programs)"
podman_works "setuid" 100000 200000
# umount is there itself.
umount -l /usr/bin /mnt
quietly "the package is installed where there are some again" dpkg -i next.deb
with_capabilities "again"

echo "AppArmor"
link=/etc/apparmor.d/userns
profile=/usr/share/usernamespaces/apparmor/userns
is "without it there is no profile" none "$(readlink $link || echo none)"
quietly "the distribution's is installed" install apparmor
# The rules of AppArmor 4 come with it, or by a package that has nothing else.
if [ ! -e /etc/apparmor.d/abi/4.0 ]; then
  is "it is older than 4.0, and gets no profile that it could not read" none "$(readlink $link || echo none)"
  mkdir -p rules/DEBIAN rules/etc/apparmor.d/abi
  touch rules/etc/apparmor.d/abi/4.0
  printf '%s\n' 'Package: rules' 'Version: 4' 'Architecture: all' 'Maintainer: nobody <nobody@example.org>' \
    'Description: rules of AppArmor 4' >rules/DEBIAN/control
  quietly "a package brings the rules of 4.0" sh -c 'dpkg-deb -b rules rules.deb && dpkg -i rules.deb'
else
  quietly "its parser accepts the profile" apparmor_parser --skip-kernel-load --skip-cache $link
fi
is "the profile is there" $profile "$(readlink $link)"

echo "uidmap again"
dpkg -L usernamespaces libsubid-usernamespaces usernsctl | sort -u >files
quietly "apt installs uidmap" install uidmap libsubid-usernamespaces- usernsctl-
uidmap_there again
is "its programs have no capabilities" "" "$(getcap /usr/bin/newuidmap /usr/bin/newgidmap 2>&1)"
is "all that depends on it is content" "installed, installed, " \
  "$(dpkg-query -W -f '${db:Status-Status}, ' podman rootlesskit; apt-get check -qq 2>&1)"
is "nothing of ours is left" "none, none, none" \
  "$(version_of usernamespaces), $(version_of libsubid-usernamespaces), $(version_of usernsctl)"
is "no file either, nor the profile" "" \
  "$(while read -r file; do [ -d "$file" ] || [ ! -e "$file" ] || dpkg -S "$file" >/dev/null 2>&1 || echo "$file"; done <files
    ls -d /usr/libexec/usernamespaces /usr/share/usernamespaces $link 2>/dev/null)"
is "what the administrator wrote is" "alice:100000:65536
alice:200000:65536" "$(cat /etc/subuid /etc/subgid)"

echo "without apt"
quietly "dpkg puts ours in the place of uidmap" dpkg -i "$(deb usernamespaces)"
ours_there "by dpkg" "$ours"
with_capabilities "by dpkg"
podman_works "by dpkg" 100000 200000

echo "debian story: $tried tried, $((tried - fell)) held, $fell fell, 0 skipped"
[ $fell -eq 0 ]
