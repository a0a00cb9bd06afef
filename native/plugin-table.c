/* SPDX-License-Identifier: MIT
 *
 * The tables, as table.c has them for the programs; but each call has its own. It runs in a process of root's, too:
 * what anybody else could have written is not believed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin.h"
#include "shim.h"

/* In the order of `Table` of src/host.ts. */
static const char *const paths[] = {
    "/etc/passwd", "/etc/nsswitch.conf", "/etc/login.defs", "/etc/subuid", "/etc/subgid", "/etc/usernamespaces",
};

static int judge(const struct stat *st) {
  if (!S_ISREG(st->st_mode)) return NOT_REGULAR;
  if (!is_roots(st)) return NOT_ROOTS;
  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) return WRITABLE;
  return 0;
}

void call_close_table(struct w2c_host *call) {
  if (call->table >= 0) close(call->table);
  call->table = -1;
}

int call_open_table(struct w2c_host *call, uint32_t which) {
  struct stat st;
  if (which >= sizeof paths / sizeof *paths) call_end(call, SUBID_ERROR);
  call_close_table(call);
  call->table = open(paths[which], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (call->table < 0 && errno != ENOENT) return -errno;
  if (call->table < 0) return lstat(paths[which], &st) == 0 ? DANGLING : errno == ENOENT ? 1 : -errno;
  const int verdict = fstat(call->table, &st) == 0 ? judge(&st) : -errno;
  call->remaining = st.st_size;
  if (verdict != 0) call_close_table(call);
  return verdict;
}

int call_read_table(struct w2c_host *call, void *into, size_t room) {
  if (call->table < 0 || room > INT32_MAX) call_end(call, SUBID_ERROR);
  if ((off_t)room > call->remaining) room = (size_t)call->remaining;
  if (room == 0) return 0;
  ssize_t got;
  do got = read(call->table, into, room);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  if (got == 0) return TRUNCATED;
  call->remaining -= got;
  return (int)got;
}
