// SPDX-License-Identifier: MIT
//
// A target that is not the same a moment later, and tables that are not.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

static void end_it(struct run *run) {
  siginfo_t end;

  kill(run->target.pid, SIGKILL);
  waitid(P_PID, (id_t)run->target.pid, &end, WEXITED | WNOWAIT);
}

static void reap_it(struct run *run) {
  end_it(run);
  waitpid(run->target.pid, NULL, 0);
}

static void replace_it(struct run *run) {
  reap_it(run);
  run->second = target_make(ALICE, run->target.pid);
}

static void replace_it_with_bobs(struct run *run) {
  reap_it(run);
  run->second_is_bobs = true;
  run->second = target_make(BOB, run->target.pid);
}

static void execute_it(struct run *run) { target_execute(&run->target); }

static const struct {
  const char *name;
  void (*change)(struct run *run);
} changes[] = {
    {"exits", end_it},
    {"exits and is waited for", reap_it},
    {"is replaced by another of the caller's", replace_it},
    {"is replaced by somebody else's", replace_it_with_bobs},
    {"executes what nobody may look into", execute_it},
};

static int change(struct run *run, const struct call *call) {
  if (call->number == run->number)
    changes[run->other].change(run);
  return MADE;
}

/** The target exits, executes or is replaced before each system call. */
void row_target(void) {
  char name[64];

  if (subject.kind == USERNS) {
    say("all", "not tried", "it makes its target itself");
    return;
  }
  for (size_t i = 0; i < COUNT(changes); i++) {
    snprintf(name, sizeof name, "it %s before", changes[i].name);
    play_each((struct run){.on_call = change, .other = (long)i}, name);
  }
}

#define SAVED "/etc/matrix-saved"
static const char *const tables[] = {"/etc/passwd", "/etc/nsswitch.conf", "/etc/login.defs", "/etc/subuid",
                                     "/etc/subgid", "/etc/usernamespaces"};

static void make_file(const char *path, const char *text, size_t times, mode_t mode) {
  FILE *file = fopen(path, "we");

  if (file == NULL)
    fail(path);
  while (times-- > 0)
    fputs(text, file);
  if (fclose(file) != 0 || chmod(path, mode) != 0)
    fail(path);
}

static void make_fifo(const char *path) { mkfifo(path, 0644); }
static void make_directory(const char *path) { mkdir(path, 0755); }
static void make_device(const char *path) { mknod(path, S_IFCHR | 0644, makedev(1, 5)); }
static void make_loop(const char *path) { (void)!symlink(path, path); }
static void make_dangling(const char *path) { (void)!symlink("/nothing", path); }
static void make_secret(const char *path) { make_file(path, "", 0, 0600); }
static void make_open(const char *path) { make_file(path, "", 0, 0666); }
static void make_bobs(const char *path) {
  make_file(path, "", 0, 0644);
  (void)!chown(path, BOB, BOB);
}

static const struct {
  const char *name;
  void (*make)(const char *path);
} wrong[] = {
    {"a pipe", make_fifo},      {"a directory", make_directory},       {"a device", make_device},
    {"a loop", make_loop},      {"a link to nothing", make_dangling},  {"unreadable", make_secret},
    {"writable by all", make_open}, {"somebody else's", make_bobs},
};

static void play_changed(const char *path, const char *what, void (*make)(const char *path)) {
  char name[64];

  snprintf(name, sizeof name, "%s %s", path, what);
  rename(path, SAVED);
  make(path);
  play(&(struct run){.name = name});
  if (remove(path) != 0)
    fail(path);
  rename(SAVED, path);
}

// What was there, and much more.
static void enlarge(const char *path) {
  char line[4096];

  make_file(path, "x:1:1\n", 2000000, 0644);
  FILE *from = fopen(SAVED, "re"), *to = fopen(path, "ae");
  while (from && to && fgets(line, sizeof line, from))
    fputs(line, to);
  if (from)
    fclose(from);
  if (to == NULL || fclose(to) != 0)
    fail(path);
}

static void copy_saved(const char *path) {
  char text[4096];
  FILE *from = fopen(SAVED, "re"), *to = fopen(path, "we");
  size_t got = from ? fread(text, 1, sizeof text, from) : 0;

  if (to == NULL || fwrite(text, 1, got, to) != got || fclose(to) != 0)
    fail(path);
  if (from)
    fclose(from);
}

// Whether a line that gives bob's ids has come, or half of what was there has gone.
static int change_table(struct run *run, const struct call *call) {
  const char *path = tables[run->other % 10];

  if (call->number != run->number)
    return MADE;
  if (run->other < 10) {
    struct stat st;
    if (stat(path, &st) != 0 || truncate(path, st.st_size / 2) != 0)
      fail(path);
  } else {
    FILE *file = fopen(path, "ae");
    if (file == NULL || fputs("alice:200000:65536\n", file) < 0 || fclose(file) != 0)
      fail(path);
  }
  return MADE;
}

static void restore(struct run *run) { copy_saved(tables[run->other % 10]); }

static void play_changing(int which, bool grows) {
  char name[64];

  snprintf(name, sizeof name, "%s %s before", tables[which], grows ? "grows" : "shrinks");
  if (rename(tables[which], SAVED) != 0)
    fail(tables[which]);
  copy_saved(tables[which]);
  play_each((struct run){.on_call = change_table, .after = restore, .other = which + (grows ? 10 : 0)}, name);
  rename(SAVED, tables[which]);
}

/** Tables that are none, that are huge, and that change while they are read. */
void row_tables(void) {
  for (size_t i = 0; i < COUNT(tables); i++)
    for (size_t j = 0; j < COUNT(wrong); j++)
      play_changed(tables[i], wrong[j].name, wrong[j].make);
  const int own = subject.kind == NEWGIDMAP ? 4 : 3;
  play_changed(tables[own], "huge", enlarge);
  play_changed(tables[0], "huge", enlarge);
  play_changing(own, false);
  play_changing(own, true);
}
