/* SPDX-License-Identifier: MIT
 *
 * Rules 3, 5 and 6: the process whose namespace is mapped, pinned by one descriptor of its /proc
 * directory, and the writes to its files. Each call has its place in the order; out of it the program ends.
 * What a call opens to use once is left to the end of the program, which is near.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "maps.h"
#include "shim.h"

static int target = -1, map = -1;
static bool asked, by_number, looked;
static struct stat owner;
static bool map_opened, root_asked, setgroups_written;

static bool procfs_is(int fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Opens a file of the process's and nothing that somebody mounted over it or linked to. Before openat2
 * (Linux 5.6) a directory that was found by number is safe as well: its path crosses only mounts of the
 * administrator's, and the device shows that the file is still procfs. */
int procfs_open(int directory, bool by_number, const char *name, int flags) {
  const struct open_how how = {
      .flags = (unsigned)(flags | O_CLOEXEC),
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
  };
  struct stat above, file;
  int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
  if (fd < 0 && errno == ENOSYS) {
    if (!by_number) return NO_OPENAT2;
    fd = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW);
  }
  if (fd < 0) return errno == EXDEV || errno == ELOOP ? NOT_PROC : -errno;
  if (fstat(directory, &above) != 0 || fstat(fd, &file) != 0 || above.st_dev != file.st_dev) {
    close(fd);
    return NOT_PROC;
  }
  return fd;
}

static int open_callers(const char *name, int flags) { return procfs_open(target, by_number, name, flags); }

static int (*open_below)(const char *name, int flags) = open_callers;

/* From here on the target's files are opened by another way than its directory. */
void target_open_by(int (*opener)(const char *name, int flags)) { open_below = opener; }

/* The target is a process of ours, that opened `directory` itself. */
void target_pin(int directory) {
  if (asked) fail("internal error: a second target");
  asked = true;
  target = directory;
  if (!procfs_is(target) || target_stat() != 0) fail("/proc is no proc file system");
}

static int judge_descriptor(int fd) {
  struct stat own, given;
  if (fstat(fd, &given) != 0 || !S_ISDIR(given.st_mode) || !procfs_is(fd)) return NOT_PROC;
  if (stat("/proc/self/uid_map", &own) != 0) return -errno;
  if (own.st_dev != given.st_dev) return NOT_PROC;
  const int probe = procfs_open(fd, false, "uid_map", O_PATH);
  return probe >= 0 ? 0 : probe == -ENOENT ? NOT_PROC : probe;
}

/* Safe for a hostile caller: opened with his ids and no capability. A descriptor of his is taken as it is,
 * but has to be a directory of this very procfs. */
int target_open(bool by_descriptor, uint32_t number) {
  char path[32] = "/proc/", digits[12] = "";
  if (asked) fail("internal error: a second target");
  if (number > INT32_MAX) fail("internal error: the target's number is out of range");
  asked = true;
  by_number = !by_descriptor;
  strcat(path, output_number(digits + sizeof digits - 1, number));
  const int fd = by_descriptor ? (int)number : open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int verdict = by_descriptor ? judge_descriptor(fd) : procfs_is(fd) ? 0 : NOT_PROC;
  if (verdict == 0) target = fd;
  return verdict;
}

int target_stat(void) {
  if (target < 0) fail("internal error: no target");
  if (fstat(target, &owner) != 0) return -errno;
  looked = true;
  return 0;
}

uid_t target_uid(void) { return owner.st_uid; }
gid_t target_gid(void) { return owner.st_gid; }

static void must_be_the_callers(void) {
  if (!looked || owner.st_uid != start.uid || owner.st_gid != start.gid)
    fail("internal error: the target is not the caller's");
}

int target_open_file(const char *name, int flags) { return open_below(name, flags); }

int target_setgroups_denied(void) {
  char text[8] = "";
  const int fd = open_below("setgroups", O_RDONLY);
  if (fd < 0) return fd;
  if (read(fd, text, sizeof text - 1) < 0) return -errno;
  if (strcmp(text, "deny\n") == 0) return 1;
  return strcmp(text, "allow\n") == 0 ? 0 : -EINVAL;
}

/* Takes away and never gives; the kernel lets the namespace's owner do it without us. */
int target_deny_setgroups(void) {
  must_be_the_callers();
  if (!program.denies_setgroups || map_opened || setgroups_written)
    fail("internal error: setgroups out of turn");
  setgroups_written = true;
  const int fd = open_below("setgroups", O_WRONLY);
  if (fd < 0) return fd;
  const ssize_t put = write(fd, "deny", 4);
  return put == 4 ? 0 : put < 0 ? -errno : -EIO;
}

/* Not only digits: of a number that does not fit the kernel keeps the low 32 bits, and 2^32 is its 0. */
static bool is_number(const char *text, size_t length) {
  if (length == 0 || length > 10 || strspn(text, "0123456789") != length) return false;
  return length < 10 || strcmp(text, "4294967295") <= 0;
}

/* Rule 6: the map has to be argv's own words, three to a line. */
static void must_stand_in_argv(const char *text, size_t length) {
  const char *at = text, *const end = text + length;
  const int words = start.argc - 2;
  if (words <= 0 || words % 3 != 0 || words / 3 > MOST_LINES || length > MOST_BYTES)
    fail("internal error: a map of an impossible size");
  for (int i = 0; i < words; i++) {
    const char *const word = start.argv[i + 2];
    const size_t size = strlen(word);
    const char after = i % 3 == 2 ? '\n' : ' ';
    if (!is_number(word, size) || (size_t)(end - at) < size + 1 || memcmp(at, word, size) != 0 || at[size] != after)
      fail("internal error: the map is not the one asked for");
    at += size + 1;
  }
  if (at != end) fail("internal error: the map is not the one asked for");
}

/* Whether some outside id of argv, which is_number then holds to 32 bits, is 0. */
static bool asks_for_root(void) {
  for (int i = 3; i < start.argc; i += 3)
    if (start.argv[i][strspn(start.argv[i], "0")] == '\0') return true;
  return false;
}

/* The kernel keeps the opener's credentials with the file and checks both these and the writer's, so the
 * capabilities are effective here too. Safe: which namespace the file stands for is fixed by this open, and
 * the file must belong to the caller, whatever the target has become since we looked. */
int target_open_owned(const char *name, bool maps_root) {
  struct stat st;
  must_be_the_callers();
  privilege_raise(maps_root);
  const int fd = open_below(name, O_WRONLY);
  privilege_lower();
  if (fd < 0 || (fstat(fd, &st) == 0 && st.st_uid == start.uid && st.st_gid == start.gid)) return fd;
  close(fd);
  return CHANGED;
}

int target_open_map(void) {
  if (map_opened) fail("internal error: a second map");
  map_opened = true;
  root_asked = program.maps_root && asks_for_root();
  if (root_asked && start.uid != 0) fail("internal error: outside uid 0 for a caller who is not root");
  map = target_open_owned(program.map, root_asked);
  return map < 0 ? map : 0;
}

/* Safe for a hostile caller: the text is his own argv, the decision was taken on it, and the file is that of
 * a process of his. One write, after which no capability is left. */
int target_write_map(const char *text, size_t length) {
  if (map < 0) fail("internal error: no map is open");
  must_stand_in_argv(text, length);
  privilege_raise(root_asked);
  const ssize_t put = write(map, text, length);
  const int reason = put < 0 ? errno : EIO;
  start.written = put == (ssize_t)length;
  privilege_drop();
  map = -1;
  return start.written ? 0 : -reason;
}

/* What follows only explains a failure, with no capability left. */

int target_map_written(void) {
  char byte;
  privilege_drop();
  const int fd = open_below(program.map, O_RDONLY);
  if (fd < 0) return fd;
  const ssize_t got = read(fd, &byte, 1);
  return got < 0 ? -errno : got > 0;
}

/* The one link that is followed: ns/user of the pinned directory. */
static int open_namespace(void) {
  privilege_drop();
  const int directory = open_below("ns", O_PATH | O_DIRECTORY);
  if (directory < 0) return directory;
  const int fd = openat(directory, "user", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

/* Answers `Relation` of src/host.ts. */
int target_relation(void) {
  struct stat own, its, above;
  const int fd = open_namespace();
  if (fd < 0 || stat("/proc/self/ns/user", &own) != 0 || fstat(fd, &its) != 0) return -1;
  if (own.st_ino == its.st_ino) return 0;
  const int parent = ioctl(fd, NS_GET_PARENT);
  return parent >= 0 && fstat(parent, &above) == 0 && own.st_ino == above.st_ino ? 1 : 2;
}

int64_t target_namespace_owner(void) {
  uid_t uid;
  const int fd = open_namespace();
  if (fd < 0) return fd;
  return ioctl(fd, NS_GET_OWNER_UID, &uid) == 0 ? (int64_t)uid : -(int64_t)errno;
}
