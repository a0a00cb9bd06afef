/* SPDX-License-Identifier: MIT
 *
 * The mount: a clone of the source with other ids, whose flags nobody who gets it can take off. Each step has its
 * turn; out of it the program ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "channel.h"
#include "idmap.h"
#include "shim.h"

/* What was reached; a step that fails is the last. */
static enum { NONE, OPENED, CLONED, MAPPED, LOCKED, ENDED } step;
static int source = -1;
static int tree = -1;
static struct stat owner;

static void leave(int reached) {
  if ((int)step != reached) fail("internal error: a mount out of turn");
  step = ENDED;
}

/* Safe for a hostile caller: the mounts of his namespace are copied for this process alone, where nothing that is
 * mounted leads back to them. Private as all of them are then, none is unbindable: such a mount a recursive clone would
 * leave out, and show what it hides. That holds for what lies below the root directory. */
static int leave_the_mounts(const char *path) {
  char directory[PATH_MAX];
  privilege_raise(false);
  const bool left = unshare(CLONE_NEWNS) == 0 && syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
  const int reason = errno;
  privilege_lower();
  if (!left) return -reason;
  return path[0] != '/' && getcwd(directory, sizeof directory) == NULL ? -errno : 0;
}

/* Safe for a hostile caller: opened with his ids and no capability, and from here on meant by descriptor alone. A
 * magic link would lead past the directories that keep him out. */
int source_open(const char *path) {
  const struct open_how how = {
      .flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_NO_MAGICLINKS,
  };
  leave(NONE);
  const int result = leave_the_mounts(path);
  if (result != 0) return result;
  source = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  if (source < 0 || fstat(source, &owner) != 0) return -errno;
  step = OPENED;
  return 0;
}

uint32_t source_uid(void) { return owner.st_uid; }

int64_t source_type(void) {
  struct statfs fs;
  return fstatfs(source, &fs) == 0 ? (int64_t)fs.f_type : -1;
}

/* Safe for a hostile caller: the source is his or one of his disk ids', and a clone is in no mount namespace, so nothing
 * can be seen through it yet. It is made with all that is mounted below, so that lock() finds out about it: without,
 * it would show what those mounts hide. */
int clone_source(void) {
  leave(OPENED);
  if (owner.st_uid != start.uid && !mapping_has_disk_uid(owner.st_uid)) fail("internal error: a source of another user's");
  privilege_raise(false);
  tree = (int)syscall(SYS_open_tree, source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  const int reason = errno;
  privilege_lower();
  if (tree < 0) return -reason;
  step = CLONED;
  return 0;
}

/* Safe for a hostile caller: both sides of the map were granted. mount_setattr refuses a mount that has a map
 * already, which open_tree_attr (Linux 6.15) would replace: it is not used where there is one either. */
int clone_map(bool read_only, bool no_exec) {
  struct mount_attr attr = {
      .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (read_only ? MOUNT_ATTR_RDONLY : 0) |
                  (no_exec ? MOUNT_ATTR_NOEXEC : 0),
      .propagation = MS_PRIVATE,
      .userns_fd = (unsigned)mapping_namespace(),
  };
  leave(CLONED);
  privilege_raise(false);
  const long result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr);
  const int reason = errno;
  privilege_lower();
  if (result != 0) return -reason;
  step = MAPPED;
  return 0;
}

/* Safe for a hostile caller: all of it happens in mount namespaces that only processes of ours are ever in. The kernel
 * locks the flags of each mount, and the mounts below it to their place, when a mount namespace is copied for a user
 * namespace with less privilege: copy_mnt_ns of fs/namespace.c. A clone without the mounts below is then refused if
 * there are any. */
static int lock(int *locked) {
  privilege_raise(false);
  if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0 ||
      setns(mapping_namespace(), CLONE_NEWUSER) != 0)
    return -errno;
  privilege_set_dumpable(false);
  if (unshare(CLONE_NEWNS) != 0) return -errno;
  *locked = (int)syscall(SYS_open_tree, AT_FDCWD, "/..", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (*locked >= 0) return 0;
  return errno == EINVAL ? -ENOTEMPTY : -errno;
}

static _Noreturn void lock_and_send(int end) {
  int locked;
  const int result = lock(&locked);
  (void)channel_send(end, &result, sizeof result, &locked, result == 0 ? 1 : 0);
  _exit(0);
}

int clone_lock(void) {
  int end, result;
  leave(MAPPED);
  const pid_t child = channel_fork(&end);
  if (child == 0) lock_and_send(end);
  close(tree);
  const ssize_t got = channel_receive(end, &result, sizeof result, &tree, 1);
  channel_wait(child);
  close(end);
  if (got != sizeof result || (result == 0 && tree < 0)) fail("the lock was interrupted");
  if (result == 0) step = LOCKED;
  return result;
}

int clone_take(void) {
  leave(LOCKED);
  return tree;
}
