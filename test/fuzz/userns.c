/* SPDX-License-Identifier: MIT
 *
 * What userns does to processes and namespaces, for the fuzzer: it all succeeds, or with FAILURE all that can fail. It
 * is the main process, or with HELPER the helper, whom a hostile main process asks whatever the section says.
 */
#include <errno.h>
#include <string.h>

#include "become.h"
#include "binder.h"
#include "helper.h"
#include "input.h"
#include "kernel.h"
#include "maps.h"
#include "shim.h"

static struct text file;
static bool file_is_open;
static struct map recorded[2];
static bool written[2][2];

static bool is(uint8_t bit) { return (input.facts[TARGET_FACTS] & bit) != 0; }
static int outcome(void) { return is(FAILURE) ? -EPERM : 0; }

/* The words of an extent: how many bytes map.c would take for it does not matter. */
static void note(bool gids, uint32_t inside, uint32_t outside, uint32_t count) {
  char line[64], *const end = map_put(line, inside, outside, count);
  kernel_note(gids ? "g " : "u ", 2);
  kernel_note(line, (size_t)(end - line));
}

/* The target is a process of ours. */
void program_prepare(void) { input.facts[TARGET_FACTS] &= (uint8_t)~(OTHER_UID | OTHER_GID); }

bool helper_start(void) {
  kernel_allows_traps = is(HELPER);
  if (is(HELPER)) target_pin(KERNEL_TARGET);
  return is(HELPER);
}
int helper_await(void *into, size_t room) {
  struct text request = input.sections[UID_MAP];
  if (request.size > room) fail("internal error: the request is too long");
  memcpy(into, request.bytes, request.size);
  return (int)request.size;
}
void helper_record(bool gids, uint32_t inside, uint32_t outside, uint32_t count) {
  if (written[0][0] || written[0][1] || written[1][0] || written[1][1]) found("an extent after the map");
  if (outside == 0 && (gids ? start.gid : start.uid) != 0) found("outside id 0");
  if (count == 0 || inside + (uint64_t)count > UINT32_MAX || outside + (uint64_t)count > UINT32_MAX) found("an impossible extent");
  map_record(&recorded[gids], inside, outside, count);
  note(gids, inside, outside, count);
}
int helper_write_map(bool gids, bool outer) {
  char text[MAP_ROOM];
  if (written[gids][outer] || recorded[gids].length == 0) found("a map out of turn");
  written[gids][outer] = true;
  if (map_text(&recorded[gids], text) == 0) found("a map that the kernel would not take");
  return outcome();
}
int helper_join(void) { return outcome(); }
int main_ask(const void *request, size_t length) {
  (void)request;
  if (length < 16 || length % 4 != 0) found("a malformed request");
  return is(FAILURE);
}
int main_hold_namespace(void) { return outcome(); }
int main_hand_over(void) { return is(FAILURE); }

const char *become_operand(uint32_t index, uint32_t offset, const char *otherwise) {
  if (index == 0) return otherwise;
  if (index >= (uint32_t)start.argc || offset > strlen(start.argv[index])) found("no such argument");
  return start.argv[index] + offset;
}
int become_open(const char *path) {
  (void)path;
  if (file_is_open) found("a second file");
  if (is(FAILURE)) return -ENOENT;
  file = input.sections[UID_MAP];
  file_is_open = true;
  return 0;
}
int become_open_own_map(bool gids) {
  const int result = become_open("");
  file = input.sections[gids ? GID_MAP : UID_MAP];
  return result;
}
int become_read(void *into, size_t room) {
  if (!file_is_open) found("no file is open");
  const size_t size = kernel_part(&file, into, room);
  if (size == 0) file_is_open = false;
  return (int)size;
}
int become_unshare(uint32_t flags) { return flags == 0 ? -EINVAL : outcome(); }
int become_limit_namespaces(void) { return outcome(); }
int become_propagate(uint32_t type) { return type == 0 ? -EINVAL : outcome(); }
int become_fork(bool first) { return first ? outcome() : 0; }
int become_change_root(const char *path) { return *path == '\0' ? -ENOENT : 0; }
int become_change_directory(const char *path) { return *path == '\0' ? -ENOENT : 0; }
int become_mount_proc(const char *path) { return *path == '\0' ? -ENOENT : 0; }
int become_filter_namespaces(void) { return outcome(); }
int become_groups_denied(void) { return is(DENIED); }
int become_drop_groups(void) { return outcome(); }
int become_keep_capabilities(void) { return outcome(); }
int become_take_gid(uint32_t gid) { return gid == UINT32_MAX ? -EINVAL : 0; }
int become_take_uid(uint32_t uid) { return uid == UINT32_MAX ? -EINVAL : 0; }
int become_pass_capabilities(void) { return outcome(); }
int become_die_with_parent(uint32_t number) { return number == 0 || number > 64 ? -EINVAL : 0; }
int become_no_new_privileges(void) { return 0; }
int become_close_from(uint32_t first) { return first == UINT32_MAX ? -EINVAL : 0; }
int become_program(uint32_t index) { return *become_operand(index, 0, "") == '\0' ? -EACCES : -ENOENT; }
const char *become_shell(void) { return is(SHELL) ? (const char *)"/bin/sh\x1b" : NULL; }
int become_run_shell(const char *path) { return path == NULL ? -EFAULT : -ENOENT; }
int64_t become_setting(uint32_t which) { return which == 2 ? is(FAILURE) : -ENOENT; }

void binder_start(void) {}
int binder_keep_namespaces(void) { return outcome(); }
int binder_join(void) { return outcome(); }
int binder_run(const void *words, size_t length) {
  if (length == 0 || ((const char *)words)[length - 1] != '\0') found("malformed words");
  return is(FAILURE);
}
void binder_end(void) {}
