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
    "/etc/passwd", "/etc/nsswitch.conf", "/etc/login.defs", "/etc/subuid", "/etc/subgid", "/etc/usernamespaces",
};

/* Inside a user namespace that does not map the host's root, root's files show the overflow id. */
bool is_roots(const struct stat *st) {
  struct stat own;
  return st->st_uid == 0 ||
         (st->st_uid == OVERFLOW_ID && stat("/proc/self/ns/user", &own) == 0 && own.st_ino != INITIAL_USER_NAMESPACE);
}

static int judge(const struct stat *st) {
  if (!S_ISREG(st->st_mode)) return NOT_REGULAR;
  if (!is_roots(st)) return NOT_ROOTS;
  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) return WRITABLE;
  return 0;
}

void table_close(struct table *table) {
  if (table->file >= 0) close(table->file);
  table->file = -1;
}

/* A symbolic link is followed and its end judged: only root can put one into /etc. O_NONBLOCK: a FIFO
 * must not hold us up before it is refused. */
int table_open(struct table *table, uint32_t which) {
  struct stat st;
  if (which >= sizeof paths / sizeof *paths) fail("internal error: no such table");
  table_close(table);
  table->file = open(paths[which], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (table->file < 0 && errno != ENOENT) return -errno;
  if (table->file < 0) return lstat(paths[which], &st) == 0 ? DANGLING : errno == ENOENT ? 1 : -errno;
  const int verdict = fstat(table->file, &st) == 0 ? judge(&st) : -errno;
  table->remaining = st.st_size;
  if (verdict != 0) table_close(table);
  return verdict;
}

/* What is appended while we read is not waited for; a table that shrinks is an error, because half of it
 * might be read as a table that says less. */
int table_read(struct table *table, void *into, size_t room) {
  if (table->file < 0 || room > INT32_MAX) fail("internal error: no table is open");
  if ((off_t)room > table->remaining) room = (size_t)table->remaining;
  if (room == 0) return 0;
  ssize_t got;
  do got = read(table->file, into, room);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  if (got == 0) return TRUNCATED;
  table->remaining -= got;
  return (int)got;
}
