// SPDX-License-Identifier: MIT
//
// Starts a program in circumstances that a shell cannot make:
//
//   launch CIRCUMSTANCE... -- PROGRAM ARG...
//
//   argc=0              without any argument, not even its name
//   argc=N              with N arguments: ARG... repeated as often as it takes
//   alarm=MICROSECONDS  with a timer that ends it, unless it has ended before
//   slack=NANOSECONDS   with timers that may be so late
//   clock               where to read the processor's clock is a crash (x86)
//   personality=HEX     in another execution domain, see personality(2)
//   securebits=HEX      see capabilities(7)
//   full, broken        with a standard error that is full and does not block, or that nobody reads
//   fail=CALL:ERRNO     with a seccomp filter under which system call CALL does nothing and ends with ERRNO; with
//                       ERRNO 0 it seems to succeed. Sets no_new_privs where it must
//   shared              while another process shares its working directory (CLONE_FS)
//   traced              under a tracer that lets it run

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static void must(int result, const char *what) {
  if (result < 0)
    fail(what);
}

static void set_timer(const char *microseconds) {
  const struct itimerval timer = {.it_value = {.tv_usec = atoi(microseconds)}};

  must(setitimer(ITIMER_REAL, &timer, NULL), "setitimer");
}

static void put_stderr(bool readable) {
  char byte = 0;
  int ends[2];

  must(pipe(ends), "pipe");
  must(fcntl(ends[1], F_SETFL, O_NONBLOCK), "O_NONBLOCK");
  while (readable && write(ends[1], &byte, 1) == 1)
    ;
  must(dup2(ends[1], STDERR_FILENO), "dup2");
  close(ends[1]);
  if (!readable)
    close(ends[0]);
}

static unsigned number_of(const char *call, size_t length) {
  static const struct {
    const char *name;
    unsigned number;
  } calls[] = {
      {"capset", SYS_capset}, {"openat2", SYS_openat2}, {"prctl", SYS_prctl},
      {"read", SYS_read},     {"setresuid", SYS_setresuid}, {"write", SYS_write},
  };

  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strlen(calls[i].name) == length && strncmp(calls[i].name, call, length) == 0)
      return calls[i].number;
  fail(call);
  return 0;
}

static void filter_call(const char *rule) {
  const size_t length = strcspn(rule, ":");
  const unsigned call = number_of(rule, length);
  const unsigned error = (unsigned)strtoul(rule + length + 1, NULL, 10);
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog filter = {sizeof code / sizeof *code, code};

  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
    return;
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "seccomp");
}

static int sharer(void *nothing) {
  (void)nothing;
  return pause();
}

static void share(void) {
  static char stack[16384];

  must(clone(sharer, stack + sizeof stack, CLONE_FS | SIGCHLD, NULL), "clone");
}

// The child goes on and becomes the program; its tracer lets everything pass and ends as it ends.
static void trace(void) {
  int status;
  pid_t child = fork();

  must(child, "fork");
  if (child == 0) {
    must((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL), "PTRACE_TRACEME");
    return;
  }
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
    ptrace(PTRACE_CONT, child, NULL, (void *)(long)(WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status)));
  exit(WIFEXITED(status) ? WEXITSTATUS(status) : 124);
}

static char **repeated(char **argv, int count) {
  char **all = calloc((size_t)count + 1, sizeof *all);

  if (all == NULL)
    fail("calloc");
  for (int i = 0, from = 0; i < count; i++) {
    all[i] = argv[from++];
    if (argv[from] == NULL)
      from = 2; // after the program and its target
  }
  return all;
}

static bool is(const char *word, const char *name, const char **value) {
  const size_t length = strlen(name);

  *value = word + length;
  return strncmp(word, name, length) == 0;
}

static void arrange(const char *word, int *arguments) {
  const char *value;

  if (is(word, "argc=", &value))
    *arguments = atoi(value);
  else if (is(word, "alarm=", &value))
    set_timer(value);
  else if (is(word, "slack=", &value))
    must(prctl(PR_SET_TIMERSLACK, strtoul(value, NULL, 10), 0, 0, 0), "PR_SET_TIMERSLACK");
  else if (is(word, "clock", &value))
    must(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0), "PR_SET_TSC");
  else if (is(word, "personality=", &value))
    must(personality(strtoul(value, NULL, 16)), "personality");
  else if (is(word, "securebits=", &value))
    must(prctl(PR_SET_SECUREBITS, strtoul(value, NULL, 16), 0, 0, 0), "securebits");
  else if (is(word, "full", &value) || is(word, "broken", &value))
    put_stderr(word[0] == 'f');
  else if (is(word, "fail=", &value))
    filter_call(value);
  else if (is(word, "shared", &value))
    share();
  else if (is(word, "traced", &value))
    trace();
  else
    fail(word);
}

int main(int argc, char **argv) {
  static char *none[] = {NULL};
  int at = 1, arguments = -1;

  for (; at < argc && strcmp(argv[at], "--") != 0; at++)
    arrange(argv[at], &arguments);
  if (at + 1 >= argc)
    fail("launch: no program");
  char **program = argv + at + 1;
  const char *path = program[0];
  if (arguments >= 0)
    program = arguments == 0 ? none : repeated(program, arguments);
  execv(path, program);
  fail(path);
}
