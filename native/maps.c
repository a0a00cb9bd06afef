/* SPDX-License-Identifier: MIT
 *
 * Rules 6 and 8: a map is made of extents that were recorded when they were granted, and is written for a process
 * of our own, whose files nobody but root can open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "maps.h"
#include "shim.h"

void map_record(struct map *map, uint32_t inside, uint32_t outside, uint32_t count) {
  if (map->length == MOST_LINES || count == 0 || count > UINT32_MAX - outside || count > UINT32_MAX - inside)
    fail("internal error: an extent that cannot be granted");
  map->extents[map->length++] = (struct extent){inside, outside, count};
}

static char *put_number(char *at, uint32_t value, char after) {
  char digits[12] = "";
  at = stpcpy(at, output_number(digits + sizeof digits - 1, value));
  *at++ = after;
  return at;
}

char *map_put(char *at, uint32_t inside, uint32_t outside, uint32_t count) {
  at = put_number(at, inside, ' ');
  at = put_number(at, outside, ' ');
  return put_number(at, count, '\n');
}

size_t map_text(const struct map *map, char *text) {
  char *at = text;
  for (int i = 0; i < map->length; i++)
    at = map_put(at, map->extents[i].inside, map->extents[i].outside, map->extents[i].count);
  return at - text > MOST_BYTES ? 0 : (size_t)(at - text);
}

/* Rule 8: with fs.suid_dumpable 1 each change of ids would open us to the caller for a moment. */
void must_be_undumpable(void) {
  errno = 0;
  if (start.held && names_could_be_traced())
    fail(errno == 0 ? "does not run while the sysctl fs.suid_dumpable is 1" : "cannot read /proc/sys/fs/suid_dumpable");
}

/* Safe for a hostile caller: this stands around the open of a file of an undumpable process of ours, which is root's,
 * and before the helper of userns joins a namespace, where it opens no other file. No capability follows from it: of
 * those that a file-system id of 0 raises none is permitted. Without CAP_SETUID nothing happens, and the
 * kernel refuses the open. */
void act_as(uint32_t fsuid) {
  setfsuid(fsuid);
  privilege_set_dumpable(false);
}

/* Safe for a hostile caller: the file is that of a process of ours, which named it itself. It is opened by descriptor,
 * because hidepid would hide that process from us, and it must be the very one that was named. */
int reopen(int named, int flags) {
  char path[32] = "/proc/self/fd/", digits[12] = "";
  struct stat one, other;
  strcat(path, output_number(digits + sizeof digits - 1, (uint32_t)named));
  const int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) return -errno;
  if (fstat(named, &one) == 0 && fstat(fd, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino)
    return fd;
  close(fd);
  return NOT_PROC;
}

int reopen_as_root(int named, int flags) {
  privilege_raise(start.maps_root);
  act_as(0);
  const int fd = reopen(named, flags);
  act_as(start.uid);
  privilege_lower();
  return fd;
}
