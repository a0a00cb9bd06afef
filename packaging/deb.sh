#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deb.sh BUILD [OUT]: makes the Debian packages OUT/*.deb (else BUILD/deb/*.deb) of the source tarball in BUILD, which
# `make dist` makes, and of koffi, which is not in it for it has a native part.
set -eu
build=$(realpath "$1")
out=$(realpath -m "${2:-$build/deb}")
debian=$(realpath "$(dirname "$0")/debian")
version=$(dpkg-parsechangelog -l "$debian/changelog" -S Version)
source=$out/usernamespaces-${version%-*}
log=$out/log

umask 022
# What a linter of the tree would take for its own.
trap 'rm -rf "$source"' EXIT
rm -rf "$out"
mkdir -p "$out"
tar -C "$out" -xzmf "$build/$(basename "$source").tar.gz"
cp -R "$debian" "$source"
cp -R "$build/usernsctl/node_modules" "$source/koffi"
chmod -R u=rwX,go=rX "$source/koffi"

# Whoever builds has his own make running.
unset MAKEFLAGS MFLAGS MAKELEVEL
if ! (cd "$source" && dpkg-buildpackage --build=binary --no-sign) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
ls "$out"/*.deb
