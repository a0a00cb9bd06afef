/* SPDX-License-Identifier: MIT
 *
 * Rules 6 and 8: the user namespace that tells the kernel which kernel id stands for which id on disk. A mount
 * keeps nothing of it but its maps; no process ever works in it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "idmap.h"
#include "maps.h"
#include "shim.h"

/* What the process in the namespace hands over of itself. */
enum { NAMESPACE, UID_MAP, GID_MAP, FILES };

static struct map recorded[2];
static bool fsid_map_written[2];
static int namespace = -1;
static bool made;

/* Whatever a line or the logic says: neither root's files nor root are anybody's. In an fsid map, which pairs ids of
 * the namespace's with ids on disk, the first may be 0. */
void mapping_record(bool gids, uint32_t first, uint32_t second, uint32_t count) {
  if (made || second == 0) fail("internal error: an extent that cannot be granted");
  map_record(&recorded[gids], first, second, count);
}

/* Safe for a hostile caller: a process of euid 0 that does nothing but this, with no capability outside of the
 * namespace once that is made. That is root's, because its owner could open it anew by a file handle (Linux 6.18), join
 * it and be every id in it; not dumpable, because anybody of the same uid could otherwise do so now. The real uid stays
 * the caller's, who may continue what he has stopped. */
static int enter(int *files) {
  privilege_raise(false);
  if (setresgid(0, 0, 0) != 0 || setresuid(start.uid, 0, 0) != 0) return -errno;
  privilege_set_dumpable(false);
  if (unshare(CLONE_NEWUSER) != 0) return -errno;
  privilege_set_dumpable(false);
  const int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -errno;
  const int setgroups = procfs_open(directory, true, "setgroups", O_WRONLY);
  if (setgroups < 0) return setgroups;
  if (write(setgroups, "deny", 4) != 4) return -errno;
  files[UID_MAP] = procfs_open(directory, true, "uid_map", O_PATH);
  files[GID_MAP] = procfs_open(directory, true, "gid_map", O_PATH);
  const int namespaces = procfs_open(directory, true, "ns", O_PATH | O_DIRECTORY);
  files[NAMESPACE] = openat(namespaces, "user", O_RDONLY | O_CLOEXEC);
  return files[UID_MAP] < 0 ? files[UID_MAP] : files[GID_MAP] < 0 ? files[GID_MAP] : files[NAMESPACE] < 0 ? -errno : 0;
}

/* Lives until the maps are written, or we have ended: the channel's end kills it, stopped or not, as the namespace
 * and who is in it count as root's against the limits. Where that only seemed to be set it hears of the end. */
static _Noreturn void stand_for_the_ids(int end) {
  int files[FILES];
  char none;
  if (fcntl(end, F_SETOWN, getpid()) != 0 || fcntl(end, F_SETSIG, SIGKILL) != 0 || fcntl(end, F_SETFL, O_ASYNC) != 0 ||
      recv(end, &none, 1, MSG_DONTWAIT) == 0)
    _exit(1);
  const int result = enter(files);
  if (channel_send(end, &result, sizeof result, files, result == 0 ? FILES : 0) == 0) channel_receive(end, &none, 1, NULL, 0);
  _exit(0);
}

/* Safe for a hostile caller: the text is made of what was recorded, and a file is that of the process we started or,
 * as with newuidmap, one below the pinned directory of a target of his, and his as well. */
static int write_map(int fd, const struct map *map) {
  static char text[MAP_ROOM];
  const size_t length = map_text(map, text);
  if (length == 0) fail("internal error: a map of an impossible size");
  if (fd < 0) return fd;
  privilege_raise(false);
  const ssize_t put = write(fd, text, length);
  const int reason = put < 0 ? errno : EIO;
  privilege_lower();
  close(fd);
  return put == (ssize_t)length ? 0 : -reason;
}

bool mapping_has_disk_uid(uint32_t uid) {
  const struct map *const map = &recorded[0];
  for (int i = 0; i < map->length; i++)
    if (uid >= map->extents[i].inside && uid - map->extents[i].inside < map->extents[i].count) return true;
  return false;
}

static void must_be_disk_ids(const struct map *map) {
  for (int i = 0; i < map->length; i++)
    if (map->extents[i].inside == 0) fail("internal error: disk id 0");
}

int mapping_make(void) {
  int end, files[FILES], result;
  if (made) fail("internal error: a second mapping");
  made = true;
  must_be_disk_ids(&recorded[0]);
  must_be_disk_ids(&recorded[1]);
  must_be_undumpable();
  const pid_t child = channel_fork(&end);
  if (child == 0) stand_for_the_ids(end);
  if (channel_receive(end, &result, sizeof result, files, FILES) != sizeof result) fail("the mapping was interrupted");
  if (result == 0) result = write_map(reopen_as_root(files[UID_MAP], O_WRONLY), &recorded[0]);
  if (result == 0) result = write_map(reopen_as_root(files[GID_MAP], O_WRONLY), &recorded[1]);
  channel_close(end);
  channel_wait(child);
  if (result != 0) return result;
  close(files[UID_MAP]);
  close(files[GID_MAP]);
  namespace = files[NAMESPACE];
  return 0;
}

int mapping_namespace(void) {
  if (namespace < 0) fail("internal error: no mapping");
  return namespace;
}

/* What follows is for a kernel with fsid maps. */

int mapping_has_fsid_maps(void) {
  const int fd = target_open_file("fsuid_map", O_PATH);
  if (fd >= 0) close(fd);
  return fd >= 0 ? 1 : fd == -ENOENT ? 0 : fd;
}

int mapping_write_fsid_map(bool gids) {
  if (fsid_map_written[gids] || recorded[gids].length == 0) fail("internal error: a map out of turn");
  made = true;
  fsid_map_written[gids] = true;
  return write_map(target_open_owned(gids ? "fsgid_map" : "fsuid_map", false), &recorded[gids]);
}
