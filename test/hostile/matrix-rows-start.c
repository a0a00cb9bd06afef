// SPDX-License-Identifier: MIT
//
// What the program is started with: descriptors, limits, signals.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "matrix.h"

static void close_some(const struct run *run) {
  for (int fd = 0; fd <= 2; fd++)
    if (run->number & 1 << fd)
      close(fd);
}

/** Each subset of the standard descriptors closed. */
void row_descriptors(void) {
  char name[16];

  for (int set = 0; set < 8; set++) {
    snprintf(name, sizeof name, "closed%s%s%s", set & 1 ? " 0" : "", set & 2 ? " 1" : "", set & 4 ? " 2" : "");
    play(&(struct run){.name = name, .number = set, .as_caller = close_some});
  }
}

static void inherit_many(const struct run *run) {
  const struct rlimit room = {(rlim_t)run->number + 100, (rlim_t)run->number + 100};

  if (setrlimit(RLIMIT_NOFILE, &room) != 0)
    fail("setrlimit");
  for (int fd = 3; fd < run->number; fd++)
    dup2(0, fd);
}

static void leave_no_room(const struct run *run) {
  const struct rlimit none = {(rlim_t)run->number, (rlim_t)run->number};

  setrlimit(RLIMIT_NOFILE, &none);
}

/** Ten thousand inherited descriptors, with room for more and without. */
void row_crowd(void) {
  play(&(struct run){.name = "10000 descriptors", .number = 10000, .as_root = inherit_many});
  play(&(struct run){.name = "10000 descriptors and room for none", .number = 10000, .as_root = inherit_many, .as_caller = leave_no_room});
}

static void limit(const struct run *run) {
  const struct rlimit both = {(rlim_t)run->other, (rlim_t)run->other};

  // Not the C library's: it has limits of its own that it does not set.
  if (syscall(SYS_setrlimit, run->number, &both) != 0)
    fail(run->name);
}

// Two are 0 to begin with, and only root may raise them: there they are the runner's, whom they do not harm.
static void play_limit(const char *name, int which, rlim_t value) {
  struct run run = {.name = name, .number = which, .other = (long)value, .as_caller = limit};
  const struct rlimit both = {value, value};

  if (which != RLIMIT_NICE && which != RLIMIT_RTPRIO)
    play(&run);
  else if (syscall(SYS_setrlimit, which, &both) != 0)
    say(name, "not tried", "this limit may not be raised here");
  else
    play(&run);
}

/** Each limit at 0 and at 1. */
void row_limits(void) {
  static const char *const names[RLIM_NLIMITS] = {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
      "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
  char name[32];

  for (rlim_t value = 0; value <= 1; value++)
    for (int which = 0; which < RLIM_NLIMITS; which++) {
      snprintf(name, sizeof name, "%s %d", names[which], (int)value);
      play_limit(name, which, value);
    }
}

/** The limit of the stack from nothing to a little, several times: where it lies is left to chance. */
void row_stack(void) {
  static const int sizes[] = {0, 4, 8, 16, 32, 64, 128, 255, 256};
  char name[32];

  for (size_t i = 0; i < COUNT(sizes); i++)
    for (int time = 0; time < 8; time++) {
      snprintf(name, sizeof name, "%d KiB", sizes[i]);
      play_limit(name, RLIMIT_STACK, (rlim_t)sizes[i] * 1024);
    }
}

static void ignore_all(const struct run *run) {
  (void)run;
  for (int number = 1; number < NSIG; number++)
    signal(number, SIG_IGN);
}

static void block_all(const struct run *run) {
  const unsigned long all = ~0ul;

  (void)run;
  // Not the C library's, which keeps two of them to itself.
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
}

/** All signals blocked, all ignored. */
void row_signals(void) {
  play(&(struct run){.name = "all blocked", .as_caller = block_all});
  play(&(struct run){.name = "all ignored", .as_caller = ignore_all});
}
