// SPDX-License-Identifier: MIT
//
// The targets of the runs, and what became of them.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

char *text_of(pid_t pid, const char *file, char *into, size_t room) {
  char path[64], raw[4096];

  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? 0 : read(fd, raw, sizeof raw);
  size_t used = 0;
  for (ssize_t i = 0; i < got && used + 1 < room; i++) {
    const bool blank = raw[i] == ' ' || raw[i] == '\n';
    if (!blank || (used > 0 && into[used - 1] != ' '))
      into[used++] = blank ? ' ' : raw[i];
  }
  into[used > 0 && into[used - 1] == ' ' ? used - 1 : used] = '\0';
  if (fd >= 0)
    close(fd);
  return into;
}

static void wait_for_ever(void) {
  for (;;)
    pause();
}

// In the target: a byte on `command` makes it another program, which nobody but root may look into.
static void stand(uid_t uid, int ready, int command) {
  char byte;
  const int kinds = CLONE_NEWUSER | (subject.kind == NEWFSIDMAP ? CLONE_NEWNS : 0);

  if (syscall(SYS_setgroups, 0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0 ||
      prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || unshare(kinds) != 0)
    fail("a target");
  pid_t witness = fork();
  if (witness == 0)
    wait_for_ever();
  if (write(ready, &witness, sizeof witness) != sizeof witness)
    fail("a target's word");
  if (read(command, &byte, 1) == 1)
    execl(subject.unreadable, "unreadable", NULL);
  wait_for_ever();
}

/** Writes both maps of a process's namespace. */
void write_maps(pid_t pid, const char *map) {
  static const char *const files[] = {"uid_map", "gid_map"};
  char path[64];

  for (size_t i = 0; i < COUNT(files); i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, files[i]);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, map, strlen(map)) < 0)
      fail(path);
    close(fd);
  }
}

static pid_t fork_as(pid_t number) {
  struct clone_args how = {.exit_signal = SIGCHLD};

  if (number > 0) {
    how.set_tid = (uint64_t)(uintptr_t)&number;
    how.set_tid_size = 1;
  }
  return (pid_t)syscall(SYS_clone3, &how, sizeof how);
}

/** A target of somebody's, with a certain process number if one is given. */
struct target target_make(uid_t uid, pid_t number) {
  struct target target = {0};
  int ready[2], command[2];

  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(command, O_CLOEXEC) != 0)
    fail("pipe");
  target.pid = fork_as(number);
  if (target.pid < 0)
    fail("clone3");
  if (target.pid == 0)
    stand(uid, ready[1], command[0]);
  close(ready[1]);
  close(command[0]);
  if (read(ready[0], &target.witness, sizeof target.witness) != sizeof target.witness)
    fail("no target");
  close(ready[0]);
  target.command = command[1];
  if (subject.kind == NEWFSIDMAP)
    write_maps(target.pid, uid == 0 ? "0 1 65536\n" : "0 100000 65536\n");
  return target;
}

/** The target becomes another program, and has become it on return. */
void target_execute(struct target *target) {
  char name[32];

  if (write(target->command, "", 1) != 1)
    fail("a command to the target");
  do
    text_of(target->pid, "comm", name, sizeof name);
  while (strncmp(name, "matrix-unread", 13) != 0);
}

void target_end(struct target *target) {
  if (target->pid <= 0)
    return;
  close(target->command);
  kill(target->pid, SIGKILL);
  kill(target->witness, SIGKILL);
  while (waitpid(target->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  // It is this process's child now.
  while (waitpid(target->witness, NULL, 0) < 0 && errno == EINTR)
    ;
  target->pid = 0;
}
