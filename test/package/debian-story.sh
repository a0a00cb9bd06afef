#!/bin/sh
# SPDX-License-Identifier: MIT
#
# debian-story.sh BUILD [SUITE]
#
# What happens on a Debian machine: podman with uidmap, our packages of BUILD/deb in its place, an upgrade, overrides, a
# file system without capabilities, and uidmap again. The machine is a tree of debootstrap's in BUILD/deb-story; the steps
# run in namespaces of their own with that tree as their root, so that nothing outside changes or outlives them.
set -eu
here=$(realpath "$(dirname "$0")")
build=$(realpath "$1")
suite=${2:-bookworm}
work=$build/deb-story
base=$work/$suite.tar
root=$work/root

skip() {
  echo "debian story: skipped: $1"
  echo "debian story: 0 tried, 0 held, 0 fell, 1 skipped"
  [ "${STRICT:-}" != 1 ] || exit 1
  exit 0
}

# Where this machine has its packages from.
mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 == "main" && $4 !~ /-/ { print $3; exit }'
}

# Nothing that is installed later may start a service, and nothing here has to survive a loss of power.
configure_base() {
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/story"
  apt-config dump | grep -E '^Acquire::(Check|https?::Proxy)' >"$root/etc/apt/apt.conf.d/story" || true
  cp -L /etc/resolv.conf /etc/hosts "$root/etc"
}

# rootlesskit depends on uidmap, podman only recommends it.
make_base() {
  rm -rf "$root"
  debootstrap --variant=minbase "$suite" "$root" "$1" >"$work/debootstrap.log" 2>&1 || return
  configure_base
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -qy --no-install-recommends \
    uidmap podman crun rootlesskit busybox-static nodejs >"$work/install.log" 2>&1 || return
  # What the steps install besides, they get from there without a network.
  find "$root/var/cache/apt/archives" -name '*.deb' ! -name 'uidmap_*' -delete
  chroot "$root" apt-get install -qy --download-only --no-install-recommends libcap2-bin apparmor \
    >>"$work/install.log" 2>&1 || return
  chroot "$root" useradd -m alice
  tar -C "$root" --one-file-system -cf "$base.new" . && mv "$base.new" "$base"
}

[ "$(id -u)" -eq 0 ] || skip "only root can install packages"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
mkdir -p "$work"
if [ ! -e "$base" ]; then
  mirror=$(mirror)
  [ -n "$mirror" ] || skip "the apt of this machine knows no Debian mirror"
  make_base "$mirror" || {
    tail -n 3 "$work"/*.log >&2
    skip "$suite cannot be had: the end of $work/*.log says why"
  }
fi

rm -rf --one-file-system "$root"
mkdir "$root"
tar -C "$root" -xf "$base"
mkdir "$root/story"
cp "$build"/deb/*.deb "$here/debian-story-steps.sh" "$root/story"
status=0
unshare --mount --pid --fork --kill-child --mount-proc sh "$here/debian-story-enter.sh" "$root" || status=$?
rm -rf --one-file-system "$root"
exit $status
