#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deb.sh BUILD [OUT]: makes the Debian packages OUT/*.deb (else BUILD/deb/*.deb) of the tree that it lies in, after
# `make all` into BUILD.
#
# They are built in a copy of the sources, with the C and the bundle that were generated beside them: that needs nothing
# but a C compiler, and the tree's own programs, which are for another PREFIX, stay as they are.
set -eu
build=$(realpath "$1")
out=$(realpath -m "${2:-$build/deb}")
cd "$(dirname "$0")/.."
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
source=$out/usernamespaces-${version%-*}
log=$out/log

umask 022
rm -rf "$out"
mkdir -p "$source/build" "$source/node_modules"
# With their times: make has to see that what was generated is newer than what it was generated from.
cp -a LICENSE Makefile README.md bin completion man native package.json package-lock.json packaging src tools "$source"
cp -a --parents test/bench/bench.mk node_modules/.package-lock.json "$source"
(cd "$build" && cp -a --parents ./*.wasm obj/*/program.[ch] usernsctl usernsctl.bash "$source/build")
cp -R packaging/debian "$source"

if ! (cd "$source" && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage --build=binary --no-sign) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
ls "$out"/*.deb
