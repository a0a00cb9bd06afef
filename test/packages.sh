#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that the tests run, when root; else names those that are missing.
# The tests never run an installed uidmap: they unpack the package beside the build.
set -eu
packages='musl-tools libc6-dev libcap2-bin strace busybox-static libnss-extrausers podman buildah lxc
rootlesskit runc crun iproute2 man-db mandoc tmux procps e2fsprogs xfsprogs btrfs-progs clang cppcheck
chromium debhelper lintian debootstrap clang-14 libclang-rt-14-dev
gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static'
missing=
for package in $packages; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "packages: not root, so these stay missing and their tests are skipped:$missing" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends $missing
