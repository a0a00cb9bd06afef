// SPDX-License-Identifier: MIT
//
// Where the program is started: in another root directory, with another /proc or none, without new privileges, inside
// a user namespace of its caller's.

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "matrix.h"

#define ROOT "/tmp/matrix/root"

static void must(int result, const char *what) {
  if (result < 0)
    fail(what);
}

static void own_mounts(void) {
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
}

static void copy_root(void) {
  own_mounts();
  must(mount("/", ROOT, NULL, MS_BIND | MS_REC, NULL), "a copy of the root directory");
  must(chdir(ROOT), ROOT);
}

static void change_root(const struct run *run) {
  (void)run;
  copy_root();
  must(chroot("."), "chroot");
}

static void pivot_root(const struct run *run) {
  (void)run;
  copy_root();
  must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "the old root directory");
}

static void mount_proc(const struct run *run, const char *options) {
  (void)run;
  own_mounts();
  must(mount("proc", "/proc", "proc", 0, options), "proc");
}

static void hide_processes(const struct run *run) { mount_proc(run, "hidepid=2"); }
static void hide_all_else(const struct run *run) { mount_proc(run, "subset=pid"); }

// Its process lives as long as the program.
static void proc_of_others(const struct run *run) {
  (void)run;
  own_mounts();
  int ready[2];
  char byte;
  must(pipe(ready), "pipe");
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
  must(pid, "clone");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    must(mount("proc", "/proc", "proc", 0, NULL), "proc");
    must((int)write(ready[1], "", 1), "pipe");
    for (;;)
      pause();
  }
  must((int)read(ready[0], &byte, 1), "pipe");
  close(ready[0]);
  close(ready[1]);
}

static void no_proc(const struct run *run) {
  (void)run;
  own_mounts();
  must(mount("none", "/proc", "tmpfs", 0, NULL), "tmpfs");
}

static void no_proc_in_others(const struct run *run) {
  no_proc(run);
  close(0);
}

static void no_dev(const struct run *run) {
  (void)run;
  own_mounts();
  must(mount("none", "/dev", "tmpfs", 0, NULL), "tmpfs");
}

static void close_input(const struct run *run) {
  (void)run;
  close(0);
}

/** Root directories and /proc. */
void row_places(void) {
  play(&(struct run){.name = "chroot", .as_root = change_root});
  play(&(struct run){.name = "pivoted root", .as_root = pivot_root});
  play(&(struct run){.name = "hidepid=2", .as_root = hide_processes});
  play(&(struct run){.name = "subset=pid", .as_root = hide_all_else});
  play(&(struct run){.name = "another pid namespace's /proc", .as_root = proc_of_others});
  play(&(struct run){.name = "no /proc", .as_root = no_proc});
  play(&(struct run){.name = "no /proc, no standard input", .as_root = no_proc_in_others});
  play(&(struct run){.name = "no /dev", .as_root = no_dev});
  play(&(struct run){.name = "no /dev, no standard input", .as_root = no_dev, .as_caller = close_input});
}

/** In the caller's process. */
void no_new_privileges(const struct run *run) {
  (void)run;
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

/** Without new privileges: the own id is mapped, as anybody may, and nothing else. */
void row_nnp(void) {
  play(&(struct run){.name = "a range", .as_caller = no_new_privileges});
  play(&(struct run){.name = "the own id", .as_caller = no_new_privileges, .own = true});
}

/** Inside a user namespace of the caller's, as its root. */
void row_nested(void) {
  play(&(struct run){.name = "a range", .nested = true});
  play(&(struct run){.name = "the own id", .nested = true, .own = true});
}
