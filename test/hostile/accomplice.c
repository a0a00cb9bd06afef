// SPDX-License-Identifier: MIT
//
// What another process of the caller's can try on a program while it runs:
//
//   accomplice look PID
//     takes hold of PID in every way that the kernel lets one process look into another, and says how each went.
//
//   accomplice reword TRIES OLD NEW PROGRAM ARG...
//     starts PROGRAM, catches the child that it forks before that has become the name-service program, and
//     puts NEW in the place of OLD, of the same length, in the question that the child holds. It tries until
//     it succeeds or TRIES are over, then says whether it did, and ends as PROGRAM ended.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static void say(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "ok");
}

static void try_open(pid_t pid, const char *name, int flags) {
  char path[64];

  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, flags | O_CLOEXEC);
  say(name, fd);
  if (fd >= 0)
    close(fd);
}

static void look(pid_t pid) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)0x1000, 1};
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

  if (pidfd < 0)
    fail("pidfd_open");
  say("ptrace", ptrace(PTRACE_SEIZE, pid, NULL, NULL));
  say("process_vm_writev", process_vm_writev(pid, &here, 1, &there, 1, 0));
  say("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
  try_open(pid, "mem", O_RDWR);
  try_open(pid, "environ", O_RDONLY);
  try_open(pid, "maps", O_RDONLY);
  try_open(pid, "fd/0", O_RDONLY);
  try_open(pid, "fd", O_RDONLY | O_DIRECTORY);
  try_open(pid, "root", O_RDONLY);
  try_open(pid, "ns/user", O_RDONLY);
}

// The program runs only while this process sleeps: on the same processor, and idle.
static void share_processor(void) {
  cpu_set_t set;

  CPU_ZERO(&set);
  CPU_SET((size_t)sched_getcpu(), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0 || prctl(PR_SET_TIMERSLACK, 1) != 0)
    fail("sched_setaffinity");
}

static pid_t start(char **argv) {
  const struct sched_param idle = {0};
  pid_t pid = fork();

  if (pid < 0)
    fail("fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sched_setscheduler(0, SCHED_IDLE, &idle);
    execv(argv[0], argv);
    fail(argv[0]);
  }
  return pid;
}

static pid_t child_of(pid_t pid) {
  char path[64], text[32];

  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);
  text[got > 0 ? got : 0] = '\0';
  return atoi(text);
}

static bool has_ended(pid_t pid) {
  siginfo_t info = {0};

  return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

// Lets the program go on in small steps until its child can be held, which the kernel refuses for as long as the
// child has a capability; 0 if the program ended before.
static pid_t seize_child(pid_t pid) {
  const struct timespec step = {.tv_nsec = 10000};
  pid_t child;

  while ((child = child_of(pid)) == 0 || ptrace(PTRACE_SEIZE, child, NULL, NULL) != 0) {
    if (has_ended(pid))
      return 0;
    nanosleep(&step, NULL);
  }
  return child;
}

static bool stack_of(pid_t pid, off_t *from, off_t *to) {
  char path[64], line[512];

  snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL)
    return false;
  bool found = false;
  while (!found && fgets(line, sizeof line, maps) != NULL)
    found = strstr(line, "[stack]") != NULL && sscanf(line, "%lx-%lx", (unsigned long *)from, (unsigned long *)to) == 2;
  fclose(maps);
  return found;
}

static bool replace(pid_t pid, const char *old, const char *new) {
  static char stack[1 << 20];
  char path[64];
  off_t from = 0, to = 0;
  bool replaced = false;

  snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0 || !stack_of(pid, &from, &to))
    return false;
  ssize_t got = pread(memory, stack, sizeof stack, from);
  const size_t length = strlen(old);
  for (char *at = stack; got > 0 && (at = memmem(at, (size_t)(stack + got - at), old, length)) != NULL; at += length)
    replaced |= pwrite(memory, new, length, from + (at - stack)) == (ssize_t)length;
  close(memory);
  return replaced;
}

static bool reword(pid_t child, const char *old, const char *new) {
  int status;

  if (child == 0)
    return false;
  ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
  bool replaced = waitpid(child, &status, __WALL) == child && WIFSTOPPED(status) && replace(child, old, new);
  ptrace(PTRACE_DETACH, child, NULL, NULL);
  return replaced;
}

static int attack(int tries, const char *old, const char *new, char **argv) {
  int status = 0;
  bool caught = false;

  share_processor();
  while (!caught && tries-- > 0) {
    pid_t pid = start(argv);
    caught = reword(seize_child(pid), old, new);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
      ;
  }
  puts(caught ? "reworded" : "never caught");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 124;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "look") == 0) {
    look(atoi(argv[2]));
    return 0;
  }
  if (argc > 5 && strcmp(argv[1], "reword") == 0 && strlen(argv[3]) == strlen(argv[4]))
    return attack(atoi(argv[2]), argv[3], argv[4], argv + 5);
  fputs("usage: accomplice look PID | reword TRIES OLD NEW PROGRAM ARG...\n", stderr);
  return 2;
}
