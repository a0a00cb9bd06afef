/* SPDX-License-Identifier: MIT
 *
 * fsid-floor SOURCE TARGET PID MAP: the floor of newfsidmap, called by root. It makes the mount that newfsidmap
 * --bind makes, with nothing asked, checked, locked or explained. MAP is text for uid_map and gid_map both, with
 * disk ids as the inside and kernel ids as the outside ones. It is linked as the programs are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The file of a process below /proc. */
static int open_file(const char *pid, const char *name, int flags) {
  char path[64] = "/proc/";
  strncat(path, pid, 20);
  strncat(path, name, 20);
  const int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) _exit(1);
  return fd;
}

static void write_file(const char *pid, const char *name, const char *text) {
  const int fd = open_file(pid, name, O_WRONLY);
  if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) _exit(1);
  close(fd);
}

static const char *decimal(pid_t pid) {
  static char digits[21];
  char *first = digits + sizeof digits - 1;
  for (; pid > 0; pid /= 10) *--first = (char)('0' + pid % 10);
  return first;
}

/* A user namespace with that map; nobody is left in it. */
static int make_mapping(const char *map) {
  const pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) _exit(1);
  if (child == 0)
    for (;;) pause();
  const char *const pid = decimal(child);
  write_file(pid, "/setgroups", "deny");
  write_file(pid, "/uid_map", map);
  write_file(pid, "/gid_map", map);
  const int mapping = open_file(pid, "/ns/user", O_RDONLY);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return mapping;
}

/* The source as a detached mount. */
static int make_mount(const char *source, int mapping) {
  const int tree = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  const struct mount_attr attributes = {
      .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
      .userns_fd = (unsigned)mapping,
  };
  if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) _exit(1);
  return tree;
}

int main(int argc, char **argv) {
  if (argc != 5) return 1;
  const int mapping = make_mapping(argv[4]);
  const int user = open_file(argv[3], "/ns/user", O_RDONLY), mount = open_file(argv[3], "/ns/mnt", O_RDONLY);
  const int tree = make_mount(argv[1], mapping);
  const pid_t child = fork();
  if (child == 0)
    return setns(user, CLONE_NEWUSER) != 0 || setns(mount, CLONE_NEWNS) != 0 ||
           syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH) != 0;
  int status = 1;
  return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}
