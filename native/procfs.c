/* SPDX-License-Identifier: MIT
 *
 * Rule 3: how the files of a process are opened, below a descriptor of its /proc directory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shim.h"

bool procfs_is(int fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int open_at(int directory, const char *name, int flags) {
  const struct open_how how = {
      .flags = (unsigned)(flags | O_CLOEXEC),
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
  };
  const int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
  if (fd < 0) return errno == EXDEV || errno == ELOOP ? NOT_PROC : -errno;
  return fd;
}

/* Opens a file of the process's and nothing that somebody mounted over it or linked to. Before openat2
 * (Linux 5.6) a directory that was found by number is safe as well: its path crosses only mounts of the
 * administrator's, and the device shows that the file is still procfs. */
int procfs_open(int directory, bool by_number, const char *name, int flags) {
  struct stat above, file;
  int fd = open_at(directory, name, flags);
  if (fd == -ENOSYS) {
    if (!by_number) return NO_OPENAT2;
    fd = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno == ELOOP ? NOT_PROC : -errno;
  }
  if (fd < 0) return fd;
  if (fstat(directory, &above) != 0 || fstat(fd, &file) != 0 || above.st_dev != file.st_dev) {
    close(fd);
    return NOT_PROC;
  }
  return fd;
}
