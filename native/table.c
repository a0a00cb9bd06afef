/* SPDX-License-Identifier: MIT
 *
 * Rule 4: the files that the programs read. They are opened with the caller's ids and no capability, so
 * nothing that he could not read reaches him through a message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim.h"

/* PROC_USER_INIT_INO of include/uapi/linux/nsfs.h: the initial user namespace. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu
#define OVERFLOW_ID 65534u

/* In the order of `Table` of src/host.ts. */
static const char *const paths[] = {
    "/etc/passwd", "/etc/nsswitch.conf", "/etc/login.defs", "/etc/subuid", "/etc/subgid",
    "/etc/usernamespaces",
};

static int table = -1;
static off_t remaining;

static bool in_initial_user_namespace(void) {
  struct stat st;
  return stat("/proc/self/ns/user", &st) != 0 || st.st_ino == INITIAL_USER_NAMESPACE;
}

/* Inside a user namespace that does not map the host's root, root's files show the overflow id. */
bool is_roots(const struct stat *st) {
  return st->st_uid == 0 || (st->st_uid == OVERFLOW_ID && !in_initial_user_namespace());
}

static int judge(const struct stat *st) {
  if (!S_ISREG(st->st_mode)) return NOT_REGULAR;
  if (!is_roots(st)) return NOT_ROOTS;
  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) return WRITABLE;
  return 0;
}

/* A symbolic link is followed and its end judged: only root can put one into /etc. O_NONBLOCK: a FIFO
 * must not hold us up before it is refused. */
int table_open(uint32_t which) {
  struct stat st;
  if (which >= sizeof paths / sizeof *paths) fail("internal error: no such table");
  if (table >= 0) close(table);
  table = open(paths[which], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (table < 0 && errno != ENOENT) return -errno;
  if (table < 0) return lstat(paths[which], &st) == 0 ? DANGLING : errno == ENOENT ? 1 : -errno;
  const int verdict = fstat(table, &st) == 0 ? judge(&st) : -errno;
  remaining = st.st_size;
  if (verdict != 0) {
    close(table);
    table = -1;
  }
  return verdict;
}

/* What is appended while we read is not waited for; a table that shrinks is an error, because half of it
 * might be read as a table that says less. */
int table_read(void *into, size_t room) {
  if (table < 0 || room > INT32_MAX) fail("internal error: no table is open");
  if ((off_t)room > remaining) room = (size_t)remaining;
  if (room == 0) return 0;
  ssize_t got;
  do got = read(table, into, room);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  if (got == 0) return TRUNCATED;
  remaining -= got;
  return (int)got;
}
