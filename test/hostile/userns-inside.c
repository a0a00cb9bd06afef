// SPDX-License-Identifier: MIT
//
// What a program under `userns --disable-userns` can try in order to get into another user namespace, and what a
// process of the caller's outside can do for it:
//
//   userns-inside try               makes and joins user namespaces by every system call there is
//   userns-inside lift              raises the limits of all namespaces' sysctls, in a proc file system of its own too
//   userns-inside seize PID         has PID make a user namespace, as its tracer
//   userns-inside open PID          joins the user namespace above the one of PID, and lifts its limit
//
// Each attempt is one line: what was tried, and the error, or "ok".

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEWUSER 0x10000000L
#define X32 0x40000000L

static void fail(const char *what) {
  perror(what);
  exit(125);
}

static void say(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror((int)-result) : "ok");
  fflush(stdout);
}

static long native(long number, long a, long b) {
  const long result = syscall(number, a, b, 0, 0, 0);
  return result < 0 ? -errno : result;
}

#if defined(__x86_64__)
// The kernel's answer to a call of 32-bit programs, by their number.
static long narrow(long number, long a, long b) {
  long result;

  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(0), "S"(0), "D"(0)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}
#endif

// Each attempt has a process of its own: one that succeeds changes what the next can do. A clone that succeeds
// returns in two of them, and its child says nothing.
static void attempt(const char *what, long (*call)(long, long, long), long number, long a, long b) {
  int status;
  pid_t child = fork();

  if (child < 0)
    fail("fork");
  if (child == 0) {
    const pid_t self = getpid();
    const long result = call(number, a, b);
    if (getpid() != self)
      _exit(0);
    say(what, result);
    _exit(0);
  }
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
    printf("%s: ended by signal %d\n", what, WTERMSIG(status));
}

static void try_all(void) {
  static struct clone_args args = {.flags = NEWUSER, .exit_signal = SIGCHLD};
  const int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

  attempt("unshare", native, SYS_unshare, NEWUSER, 0);
  attempt("unshare with others", native, SYS_unshare, NEWUSER | CLONE_NEWNS | CLONE_NEWPID, 0);
  attempt("clone", native, SYS_clone, NEWUSER | SIGCHLD, 0);
  attempt("clone with high bits", native, SYS_clone, NEWUSER | SIGCHLD | 0x100000000L, 0);
  attempt("clone3", native, SYS_clone3, (long)&args, sizeof args);
  attempt("setns of any type", native, SYS_setns, own, 0);
  attempt("setns", native, SYS_setns, own, NEWUSER);
  attempt("setns with high bits", native, SYS_setns, own, NEWUSER | 0x100000000L);
  attempt("setns of a process", native, SYS_setns, self, NEWUSER);
  attempt("setns of a process with others", native, SYS_setns, self, NEWUSER | CLONE_NEWNS);
#if defined(__x86_64__)
  attempt("x32 unshare", native, SYS_unshare | X32, NEWUSER, 0);
  attempt("x32 clone", native, SYS_clone | X32, NEWUSER | SIGCHLD, 0);
  attempt("x32 clone3", native, SYS_clone3 | X32, (long)&args, sizeof args);
  attempt("x32 setns", native, SYS_setns | X32, own, NEWUSER);
  attempt("i386 unshare", narrow, 310, NEWUSER, 0);
  attempt("i386 clone", narrow, 120, NEWUSER | SIGCHLD, 0);
  attempt("i386 clone3", narrow, 435, 0, sizeof args);
  attempt("i386 setns", narrow, 346, own, NEWUSER);
#endif
}

static long write_limit(const char *proc) {
  char path[64];

  snprintf(path, sizeof path, "%s/sys/user/max_user_namespaces", proc);
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  const long result = write(fd, "1000\n", 5) == 5 ? 0 : -errno;
  close(fd);
  return result;
}

static void lift(void) {
  say("open the namespace above", ioctl(open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), NS_GET_PARENT) < 0 ? -errno : 0);
  say("raise the limit", write_limit("/proc"));
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
    fail("unshare");
  const pid_t child = fork();
  if (child == 0) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("proc", "/tmp", "proc", 0, NULL) != 0)
      fail("mount");
    say("raise it in another proc", write_limit("/tmp"));
    attempt("unshare", native, SYS_unshare, NEWUSER, 0);
    _exit(0);
  }
  if (child < 0 || waitpid(child, NULL, 0) != child)
    fail("fork");
}

#if defined(__x86_64__)
// Has the tracee, stopped in a system call that waits, make another one instead.
static long remote(pid_t pid, unsigned long number, unsigned long a) {
  struct user_regs_struct before, registers;
  int status;

  if (ptrace(PTRACE_GETREGS, pid, NULL, &before) != 0)
    return -errno;
  registers = before;
  registers.rip -= 2;
  registers.orig_rax = ~0UL;
  registers.rax = number;
  registers.rdi = a;
  if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) != 0)
    return -errno;
  for (int stop = 0; stop < 2; stop++)
    if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
      return -errno;
  if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) != 0 || ptrace(PTRACE_SETREGS, pid, NULL, &before) != 0)
    return -errno;
  return (long)registers.rax;
}

static void seize(pid_t pid) {
  int status;

  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) {
    say("seize", -errno);
    return;
  }
  ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
  if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
    fail("wait");
  say("unshare in another's place", remote(pid, SYS_unshare, NEWUSER));
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
}
#else
static void seize(pid_t pid) { (void)pid; }
#endif

static int namespace_of(pid_t pid) {
  char path[64];

  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail(path);
  return fd;
}

// The caller owns both namespaces, and from outside may join the upper one.
static void join_above(pid_t pid) {
  const int above = ioctl(namespace_of(pid), NS_GET_PARENT);
  if (above < 0 || setns(above, CLONE_NEWUSER) != 0)
    fail("join the namespace above");
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "try") == 0) {
    try_all();
  } else if (argc == 2 && strcmp(argv[1], "lift") == 0) {
    lift();
  } else if (argc == 3 && strcmp(argv[1], "seize") == 0) {
    seize(atoi(argv[2]));
  } else if (argc == 3 && strcmp(argv[1], "open") == 0) {
    join_above(atoi(argv[2]));
    say("lift the limit above", write_limit("/proc"));
  } else {
    fputs("usage: userns-inside try | lift | seize PID | open PID\n", stderr);
    return 2;
  }
  return 0;
}
