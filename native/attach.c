/* SPDX-License-Identifier: MIT
 *
 * Where the mount goes: into the target's mount namespace, by a process that has become one of the target's, or to
 * whoever is at the other end of the caller's socket.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
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

/* Somebody may have mounted another namespace over the link that we followed, which is then the one that is meant; a
 * file of FUSE would answer what it likes. */
static bool is_namespace(int fd) {
  struct statfs fs;
  return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

static enum joinable judge(int own) {
  uid_t owner;
  if (!is_namespace(users) || !is_namespace(mounts)) return OTHERS;
  if (same(users, own)) return OWN;
  if (!same(ioctl(users, NS_GET_PARENT), own)) return NO_CHILD;
  if (ioctl(users, NS_GET_OWNER_UID, &owner) != 0 || owner != start.uid) return OTHERS;
  /* After unshare -U alone a process is still in the host's mount namespace: what is attached there, the host sees. */
  return same(ioctl(mounts, NS_GET_USERNS), users) ? YES : MOUNTS_OUTSIDE;
}

/* What the namespace says of itself. The process that was named plays no part any more: it may go on to another
 * namespace, and its files in somebody else's /proc may be covered by those of another process. */
#define FILES 3
static const char *const file_names[FILES] = {"uid_map", "gid_map", "setgroups"};
static int files[FILES];

static int open_of_namespace(const char *name, __attribute__((unused)) int flags) {
  for (int i = 0; i < FILES; i++)
    if (strcmp(name, file_names[i]) == 0) return files[i];
  return -ENOENT;
}

/* Safe for a hostile caller: joined as the owner may, to open files that say nothing else inside than outside. */
static _Noreturn void look_from_inside(int end) {
  int result = setns(users, CLONE_NEWUSER) == 0 ? 0 : -errno;
  privilege_set_dumpable(false);
  const int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (int i = 0; i < FILES && result == 0; i++) {
    files[i] = procfs_open(directory, true, file_names[i], O_RDONLY);
    if (files[i] < 0) result = files[i];
  }
  (void)channel_send(end, &result, sizeof result, files, result == 0 ? FILES : 0);
  _exit(0);
}

static int open_files(void) {
  int end, result = 0;
  const pid_t child = channel_fork(&end);
  if (child == 0) look_from_inside(end);
  const ssize_t got = channel_receive(end, &result, sizeof result, files, FILES);
  channel_wait(child);
  close(end);
  if (got != sizeof result) fail("the look at the namespaces was interrupted");
  target_open_by(open_of_namespace);
  return result;
}

/* Safe for a hostile caller: opened with his ids and no capability, so the kernel asks whether he may look into the
 * process; judged, read and later joined by these very descriptors. */
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
  if (result != YES) return (int)result;
  judged = true;
  return open_files();
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

int attach(const char *path) {
  int end, result;
  char byte = 0;
  if (!judged) fail("internal error: a target that was not looked at");
  const int tree = clone_take();
  const pid_t child = channel_fork(&end);
  if (child == 0) {
    if (channel_receive(end, &byte, 1, NULL, 0) != 1) _exit(1);
    result = attach_in_target(tree, path);
    (void)channel_send(end, &result, sizeof result, NULL, 0);
    _exit(result != 0);
  }
  /* TARGET may hold the child up for as long as its owner likes: who waits for it has nothing left to lose. */
  privilege_drop();
  if (channel_send(end, &byte, 1, NULL, 0) != 0) fail("the mount was interrupted");
  /* That it is done the child says twice, the second time by how it ends: a mount is not taken back. */
  const ssize_t got = channel_receive(end, &result, sizeof result, NULL, 0);
  start.written = got == sizeof result && result == 0;
  start.written = channel_wait(child) == 0 || start.written;
  if (start.written) return 0;
  if (got != sizeof result) fail("the mount was interrupted");
  return result;
}

/* Safe for a hostile caller: whoever receives the mount can attach it only where he is root of a user namespace of
 * his own, shows there the ids that the caller may be, and its flags are locked. */
int hand_over(int socket) {
  if (!judged) fail("internal error: a target that was not looked at");
  int domain;
  socklen_t size = sizeof domain;
  const int tree = clone_take();
  privilege_drop();
  if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return -errno;
  if (domain != AF_UNIX) return -EAFNOSUPPORT;
  return channel_send(socket, "", 1, &tree, 1);
}
