// SPDX-License-Identifier: MIT
//
// A target that is not the same a moment later. Installed setgid it takes its caller's own group, makes the file
// /tmp/ready and waits for /tmp/change; then it takes the file's group, enters a user namespace of its own and
// makes the file /tmp/changed. It stays dumpable all the time, so its files in /proc stay its user's.

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void must(int result, const char *what) {
  if (result >= 0)
    return;
  perror(what);
  exit(1);
}

static void announce(const char *path) {
  must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "PR_SET_DUMPABLE");
  must(open(path, O_WRONLY | O_CREAT, 0600), path);
}

int main(void) {
  const struct timespec pause_between = {.tv_nsec = 2000000};
  const gid_t group = getegid();

  must(setegid(getgid()), "setegid");
  announce("/tmp/ready");
  while (access("/tmp/change", F_OK) != 0)
    nanosleep(&pause_between, NULL);
  must(setegid(group), "setegid");
  must(unshare(CLONE_NEWUSER), "unshare");
  announce("/tmp/changed");
  for (;;)
    pause();
}
