#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs all tests, the compliance table a second time with Debian's programs as its subject, and sums up.
set -u
log=build/check.log
rm -f "$log"
vitest() {
  node_modules/.bin/vitest run "$@"
  status=$?
  [ $status -eq 0 ] || failed=1
}
failed=0
export COUNTS="$log"
vitest
SUBJECT=shadow vitest test/compliance/compliance.test.ts
awk '{ p += $1; f += $2; s += $3 } END { print p " passed, " f " failed, " s " skipped" }' "$log"
[ "${STRICT:-}" != 1 ] || [ "$(awk '{ s += $3 } END { print s + 0 }' "$log")" -eq 0 ] || failed=1
exit $failed
