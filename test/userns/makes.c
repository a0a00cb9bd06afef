/* SPDX-License-Identifier: MIT
 *
 * Tries every way into another user namespace that the kernel knows, through every ABI that it runs for us, and
 * prints what came of it: a line for each way, "0" or the errno's name. With a process id it is an accomplice
 * outside instead: it enters the parent of that process's user namespace and lifts the limit that is set there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of linux/nsfs.h, which not every C library's headers come with. */
#define NS_GET_PARENT _IO(0xb7, 2)

typedef long call(long number, long first, long second);

static long native(long number, long first, long second) {
  const long answer = syscall((int)number, first, second, 0L, 0L, 0L);
  return answer < 0 ? -errno : answer;
}

#ifdef __x86_64__
static long ia32(long number, long first, long second) {
  long answer;
  __asm__ volatile("int $0x80"
                   : "=a"(answer)
                   : "a"(number), "b"(first), "c"(second), "d"(0L), "S"(0L), "D"(0L)
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)answer;
}

static long x32(long number, long first, long second) { return native(number | 0x40000000, first, second); }
#endif

static const char *name(long answer) {
  return answer >= 0 ? "0" : answer == -EPERM ? "EPERM" : answer == -EINVAL ? "EINVAL" : answer == -ENOSYS ? "ENOSYS" : "?";
}

/* Each in a child of its own, for what it would change. */
static void report(const char *abi, const char *way, call *make, long number, long first, long second) {
  printf("%s %s ", abi, way);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const pid_t self = getpid();
    const long answer = make(number, first, second);
    if (getpid() == self) puts(name(answer));
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static void report_all(const char *abi, call *make, long clone, long unshare, long setns) {
  /* Like struct clone_args of linux/sched.h, of which the 32-bit ABIs read the same 64 bytes. */
  static uint64_t arguments[8] __attribute__((aligned(8))) = {CLONE_NEWUSER, [4] = SIGCHLD};
  const int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  report(abi, "unshare", make, unshare, CLONE_NEWUSER, 0);
  report(abi, "unshare with others", make, unshare, CLONE_NEWUSER | CLONE_NEWNS, 0);
  report(abi, "clone", make, clone, CLONE_NEWUSER | SIGCHLD, 0);
  report(abi, "clone3", make, 435, (long)arguments, sizeof arguments);
  report(abi, "setns", make, setns, own, CLONE_NEWUSER);
  report(abi, "setns to any", make, setns, own, 0);
  report(abi, "plain unshare", make, unshare, CLONE_FILES, 0);
  report(abi, "plain clone", make, clone, SIGCHLD, 0);
  close(own);
}

static int lift(const char *process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/user", process);
  const int inner = open(path, O_RDONLY), outer = ioctl(inner, NS_GET_PARENT);
  if (outer < 0 || setns(outer, CLONE_NEWUSER) != 0) return 1;
  const int limit = open("/proc/sys/user/max_user_namespaces", O_WRONLY);
  return write(limit, "100", 3) != 3;
}

int main(int argc, char **argv) {
  if (argc > 1) return lift(argv[1]);
  report_all("native", native, SYS_clone, SYS_unshare, SYS_setns);
#ifdef __x86_64__
  report_all("ia32", ia32, 120, 310, 346);
  report_all("x32", x32, SYS_clone, SYS_unshare, SYS_setns);
#endif
  return 0;
}
