/* SPDX-License-Identifier: MIT
 *
 * Where the mount goes: into the target's mount namespace, by a process that has become one of the target's, or to
 * whoever is at the other end of the caller's socket.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "idmap.h"
#include "shim.h"

/* Mirror `Joinable` and `Attaching` of src/host.ts. */
enum joinable { YES, OWN, NO_CHILD, OTHERS, MOUNTS_OUTSIDE };
enum attaching { JOIN = 1, FIND = 2, ATTACH = 3 };
#define FAILED(where) ((int)(where) * 4096 + errno)

static int users = -1;
static int mounts = -1;
static bool judged;

static bool same(int one, int other) {
  struct stat a, b;
  return one >= 0 && other >= 0 && fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

static enum joinable judge(int own) {
  uid_t owner;
  if (same(users, own)) return OWN;
  if (!same(ioctl(users, NS_GET_PARENT), own)) return NO_CHILD;
  if (ioctl(users, NS_GET_OWNER_UID, &owner) != 0 || owner != start.uid) return OTHERS;
  /* After unshare -U alone a process is still in the host's mount namespace: what is attached there, the host sees. */
  return same(ioctl(mounts, NS_GET_USERNS), users) ? YES : MOUNTS_OUTSIDE;
}

/* Safe for a hostile caller: opened with his ids and no capability, so the kernel asks whether he may look into the
 * process; judged and later joined by these very descriptors. */
int joinable_pin(void) {
  if (judged) fail("internal error: a second look at the namespaces");
  const int directory = target_open_file("ns", O_PATH | O_DIRECTORY);
  if (directory < 0) return directory;
  users = openat(directory, "user", O_RDONLY | O_CLOEXEC);
  if (users < 0) return -errno;
  mounts = openat(directory, "mnt", O_RDONLY | O_CLOEXEC);
  const int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  if (mounts < 0 || own < 0) return -errno;
  const enum joinable result = judge(own);
  judged = result == YES;
  return (int)result;
}

int target_map_read(bool gids, char *into, uint32_t room) {
  uint32_t length = 0;
  ssize_t got;
  const int fd = target_open_file(gids ? "gid_map" : "uid_map", O_RDONLY);
  if (fd < 0) return fd;
  while (length < room && (got = read(fd, into + length, room - length)) != 0) {
    if (got < 0) return -errno;
    length += (uint32_t)got;
  }
  close(fd);
  return length == room ? -E2BIG : (int)length;
}

/* Safe for a hostile caller: nothing here needs a capability of ours. The user namespace is joined as its owner may, which
 * takes every capability over the own one away, so that the kernel allows nothing that the caller could not do himself;
 * if it fails nothing is attached. TARGET is opened with no capability at all, as he would. */
static int attach_in_target(int tree, const char *path) {
  const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
  const int unjoined = setns(users, CLONE_NEWUSER);
  privilege_set_dumpable(false);
  if (unjoined != 0 || setns(mounts, CLONE_NEWNS) != 0) return FAILED(JOIN);
  privilege_lower();
  const int target = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  if (target < 0) return FAILED(FIND);
  privilege_raise(false);
  const int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  return syscall(SYS_move_mount, tree, "", target, "", flags) == 0 ? 0 : FAILED(ATTACH);
}

/* What was read of the process in between, that setgroups is denied above all, has to be of the namespace that was
 * judged: from one that it went on to there is no way back. */
static bool is_there_still(void) {
  if (!judged) fail("internal error: a target that was not looked at");
  const int directory = target_open_file("ns", O_PATH | O_DIRECTORY);
  return directory >= 0 && same(openat(directory, "user", O_RDONLY | O_CLOEXEC), users);
}

int attach(const char *path) {
  int end, result;
  if (!is_there_still()) return CHANGED;
  const int tree = clone_take();
  const pid_t child = channel_fork(&end);
  if (child == 0) {
    result = attach_in_target(tree, path);
    (void)channel_send(end, &result, sizeof result, NULL, 0);
    _exit(0);
  }
  privilege_drop();
  const ssize_t got = channel_receive(end, &result, sizeof result, NULL, 0);
  channel_wait(child);
  if (got != sizeof result) fail("the mount was interrupted");
  return result;
}

/* Safe for a hostile caller: whoever receives the mount can attach it only where he is root of a user namespace of
 * his own, shows there the ids that the caller may be, and its flags are locked. */
int hand_over(int socket) {
  if (!is_there_still()) return CHANGED;
  const int tree = clone_take();
  privilege_drop();
  return channel_send(socket, "", 1, &tree, 1);
}
