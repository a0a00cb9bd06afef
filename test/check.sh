#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs all tests, the compliance tables a second time with Debian's programs as its subject, and sums up.
set -u
log=build/check.log
: >"$log"
: >"$log.failed"
vitest() {
  node_modules/.bin/vitest run "$@"
  status=$?
  [ $status -eq 0 ] || failed=1
}
failed=0
export COUNTS="$log"
# The same commit has the same verdict; the long runs of check-all look for what other seeds find.
export FC_SEED="${FC_SEED:-1}" DIFF_SEED="${DIFF_SEED:-1}" HOSTILE_SEED="${HOSTILE_SEED:-1}"
# What only computes and compiles runs beside the rest, and is shown when both are done: beginnings of paths.
computing='test/artefact/ test/exhaustive/ test/fuzz/ test/mutation/ test/package/ test/unit/ test/ctl/docs test/ctl/lint
  test/ctl/list test/ctl/map-browser test/ctl/node18 test/ctl/overlaps test/ctl/progress test/docs/install'
# shellcheck disable=SC2086
TALLY=build/tally-computing node_modules/.bin/vitest run $computing >build/check-computing.log 2>&1 &
apart=$!
trap 'kill "$apart" 2>/dev/null' EXIT
# shellcheck disable=SC2046
vitest $(printf -- '--exclude=%s** ' $computing)
SUBJECT=shadow vitest test/compliance/compliance.test.ts test/compliance/getsubids.test.ts
wait "$apart" || failed=1
trap - EXIT
cat build/check-computing.log
sum() { awk -v field="$1" '{ sum += $field } END { print sum + 0 }' "$log"; }
passed=$(sum 1) failures=$(sum 2) skipped=$(sum 3)
# Vitest does not fail for a test that is skipped without a reason; the count does.
[ "$failures" -eq 0 ] || failed=1
[ "${STRICT:-}" != 1 ] || [ "$skipped" -eq 0 ] || failed=1
[ "$(id -u)" -eq 0 ] || echo "not root: nothing that needs root was tested"
cat "$log.failed"
echo "$((passed + failures)) run"
echo "$passed passed, $failures failed, $skipped skipped"
exit $failed
