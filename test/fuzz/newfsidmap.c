/* SPDX-License-Identifier: MIT
 *
 * What newfsidmap does with mounts and namespaces, for the fuzzer. The caller is alice of the files, as in the
 * reference model.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "idmap.h"
#include "input.h"
#include "kernel.h"
#include "maps.h"
#include "shim.h"

static struct map recorded[2];
static bool made;

void program_prepare(void) {
  static char passwd[64];
  const int length = snprintf(passwd, sizeof passwd, "alice:x:%u:%u::/:/bin/sh\n", input.uid, input.gid);
  input.sections[PASSWD] = (struct text){(const uint8_t *)passwd, (size_t)length};
  input.sections[NSSWITCH].size = 0;
}

static bool fails(void) { return (input.facts[TARGET_FACTS] & FAILURE) != 0; }
static int outcome(void) { return fails() ? -EPERM : 0; }

int joinable_pin(void) { return 0; }
int target_map_read(bool gids, char *into, uint32_t room) {
  const struct text text = input.sections[gids ? GID_MAP : UID_MAP];
  if (text.size >= room) return -E2BIG;
  memcpy(into, text.bytes, text.size);
  return (int)text.size;
}
int fuzz_getgroups(int room, uint32_t *into) {
  const int count = (input.facts[TARGET_FACTS] & IN_A_GROUP) != 0;
  if (count > room) return errno = EINVAL, -1;
  if (count > 0) into[0] = 22;
  return count;
}

void mapping_record(bool gids, uint32_t first, uint32_t second, uint32_t count) {
  char line[64];
  if (made || second == 0) found("an extent that cannot be granted");
  map_record(&recorded[gids], first, second, count);
  char *const end = map_put(line, first, second, count);
  kernel_note(gids ? "g " : "u ", 2);
  kernel_note(line, (size_t)(end - line));
}
int mapping_make(void) {
  char text[MAP_ROOM];
  made = true;
  return map_text(&recorded[0], text) == 0 && map_text(&recorded[1], text) == 0 ? -EINVAL : 0;
}
bool mapping_has_disk_uid(uint32_t uid) { return uid != 0; }
int mapping_has_fsid_maps(void) { return !fails(); }
int mapping_write_fsid_map(bool gids) { return gids ? outcome() : 0; }
int source_open(const char *path) { return *path == '\0' ? -ENOENT : 0; }
uint32_t source_uid(void) { return input.uid; }
int64_t source_type(void) { return 0xef53; }
int clone_source(void) { return outcome(); }
int clone_map(bool read_only, bool no_exec) { return read_only && no_exec ? 0 : outcome(); }
int clone_lock(void) { return outcome(); }
int attach(const char *path) { return *path == '\0' ? 4096 * 2 + ENOENT : 0; }
int hand_over(int socket) { return socket < 0 ? -EBADF : 0; }
