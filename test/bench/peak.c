/* SPDX-License-Identifier: MIT
 *
 * peak UID GID PROGRAM ARGUMENT...: runs a program as that user and prints its peak memory in KiB. It looks at
 * the moment the program ends. ru_maxrss would not do: the kernel takes it from counters that are brought up to
 * date every some 32 pages a processor, which is all that our programs use, and it begins with the launcher's.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Traced before it gives up root: only a privileged tracer leaves the program its capabilities. */
static void be_caller(uid_t uid, gid_t gid, char **argv) {
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0) die("cannot be traced");
  if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
    die("cannot become the caller");
  execve(argv[0], argv, (char *[]){NULL});
  die(argv[0]);
}

/* With /proc/PID/smaps_rollup the kernel walks the page tables instead of reading its counters. */
static long kib(pid_t pid, const char *file, const char *field) {
  char path[64], line[256];
  long value = -1;
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
  FILE *const stream = fopen(path, "re");
  if (stream == NULL) die(path);
  while (value < 0 && fgets(line, sizeof line, stream))
    if (strncmp(line, field, strlen(field)) == 0) value = strtol(line + strlen(field), NULL, 10);
  fclose(stream);
  return value;
}

int main(int argc, char **argv) {
  long peak = -1;
  int status;
  if (argc < 4) return 1;
  const pid_t pid = fork();
  if (pid < 0) die("cannot fork");
  if (pid == 0) be_caller((uid_t)atol(argv[1]), (gid_t)atol(argv[2]), argv + 3);
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) die("cannot wait for the program");
  if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0)
    die("cannot trace");
  for (;;) {
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid) die("cannot wait for the program");
    if (!WIFSTOPPED(status)) break;
    if (status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8)) continue;
    const long now = kib(pid, "smaps_rollup", "Rss:"), before = kib(pid, "status", "VmHWM:");
    peak = now > before ? now : before;
  }
  printf("%ld\n", peak);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
