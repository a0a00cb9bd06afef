// SPDX-License-Identifier: MIT
//
// A process of the caller's beside userns:
//
//   userns-accomplice watch TRIES PROGRAM ARG...
//     runs PROGRAM again and again, and all the while tries to open the user namespaces and the memory of its two
//     processes. PROGRAM must not become another: then whatever is opened was open too early. It says what was
//     caught first, or "never caught".
//
//   userns-accomplice chase TRIES PROGRAM ARG...
//     runs PROGRAM again and again, and kills its helper a little later each time. It says how the runs ended, each
//     way once: the exit status or the signal, and what was printed.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void fail(const char *what) {
  perror(what);
  exit(125);
}

static pid_t start(char **argv, int out) {
  const pid_t pid = fork();

  if (pid < 0)
    fail("fork");
  if (pid > 0)
    return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (out >= 0 && (dup2(out, 1) < 0 || dup2(out, 2) < 0))
    fail("dup2");
  execv(argv[0], argv);
  fail(argv[0]);
}

static bool has_ended(pid_t pid) {
  siginfo_t info = {0};

  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

static pid_t child_of(pid_t pid) {
  char path[64], text[32];

  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[got > 0 ? got : 0] = '\0';
  return atoi(text);
}

static ino_t namespace_of(pid_t pid) {
  char path[64];
  struct stat st;

  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  if (fstat(fd, &st) != 0)
    fail("fstat");
  close(fd);
  return st.st_ino;
}

static bool opens(pid_t pid, const char *name) {
  char path[64];

  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  close(fd);
  return true;
}

// The main process is this one's own child until it has become PROGRAM, and like this one then: what counts is
// another namespace. The helper is there only once PROGRAM is.
static const char *caught(pid_t pid, ino_t own) {
  const ino_t found = namespace_of(pid);
  if (found != 0 && found != own)
    return "the main process";
  const pid_t helper = child_of(pid);
  if (helper == 0)
    return NULL;
  if (namespace_of(helper) != 0)
    return "the helper";
  return opens(helper, "mem") || opens(helper, "fd") ? "the helper's memory" : NULL;
}

static void watch(int tries, char **argv) {
  const ino_t own = namespace_of(getpid());
  const char *what = NULL;

  while (what == NULL && tries-- > 0) {
    const pid_t pid = start(argv, open("/dev/null", O_WRONLY | O_CLOEXEC));
    while (what == NULL && !has_ended(pid))
      what = caught(pid, own);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  puts(what != NULL ? what : "never caught");
}

static void chase(int tries, char **argv) {
  static char ends[64][512], text[400];
  int known = 0, status;

  for (int i = 0; i < tries; i++) {
    const struct timespec delay = {.tv_nsec = i * 10000L};
    int out[2];
    pid_t helper;
    if (pipe2(out, O_CLOEXEC) != 0)
      fail("pipe");
    const pid_t pid = start(argv, out[1]);
    close(out[1]);
    while ((helper = child_of(pid)) == 0 && !has_ended(pid))
      ;
    nanosleep(&delay, NULL);
    if (helper > 0)
      kill(helper, SIGKILL);
    size_t used = 0;
    for (ssize_t got; (got = read(out[0], text + used, sizeof text - 1 - used)) > 0; used += (size_t)got)
      ;
    text[used] = '\0';
    close(out[0]);
    waitpid(pid, &status, 0);
    snprintf(ends[known], sizeof *ends, "%d %s", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), text);
    int same = 0;
    while (strcmp(ends[same], ends[known]) != 0)
      same++;
    if (same == known && known++ < 63)
      printf("%s", ends[same]);
  }
}

int main(int argc, char **argv) {
  if (argc > 3 && strcmp(argv[1], "watch") == 0)
    watch(atoi(argv[2]), argv + 3);
  else if (argc > 3 && strcmp(argv[1], "chase") == 0)
    chase(atoi(argv[2]), argv + 3);
  else {
    fputs("usage: userns-accomplice watch TRIES PROGRAM... | chase TRIES PROGRAM...\n", stderr);
    return 2;
  }
  return 0;
}
