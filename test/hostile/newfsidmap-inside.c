// SPDX-License-Identifier: MIT
//
// What a user can do with his namespaces and with a mount that newfsidmap made there:
//
//   inside cover FILE LINK    mounts FILE over the symbolic link LINK itself

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int checked(long result, const char *what) {
  if (result >= 0) return (int)result;
  fprintf(stderr, "inside: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int clone_of(const char *path) {
  return checked(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), path);
}

static void cover(const char *file, const char *link) {
  const int tree = clone_of(file), over = checked(open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC), link);
  checked(syscall(SYS_move_mount, tree, "", over, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), "move_mount");
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "cover") == 0)
    cover(argv[2], argv[3]);
  else
    return 2;
  return 0;
}
