/* SPDX-License-Identifier: MIT
 *
 * Asks the name-service program (nss.c) for what the files do not say. Its modules are other people's code,
 * which is why it runs as a process of its own: as the caller, with no capability, an empty environment and
 * a deadline. Its answer is as trustworthy as the caller is, but for this: he cannot trace it (rule 8),
 * because its file cannot be read by him, and he cannot shorten its answer, because only exit status 0 counts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

#ifndef NSS_PROGRAM
#error "NSS_PROGRAM: the path of the name-service program"
#endif
#define DEADLINE_MS 10000
#define MOST_WORDS 4

static int64_t now_ms(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) fail("cannot read the clock");
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* With fs.suid_dumpable 1 the kernel leaves even a program that cannot be read open to its user's ptrace. */
bool names_could_be_traced(void) {
  char mode = '1';
  const int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  const ssize_t got = read(fd, &mode, 1);
  close(fd);
  return got != 1 || mode == '1';
}

/* Root's, executable and unreadable for everybody else (0711), or it is not started. */
static int open_program(void) {
  struct stat st;
  const int fd = open(NSS_PROGRAM, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return -1;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_roots(&st) && (st.st_mode & 07777) == 0711) return fd;
  close(fd);
  return -1;
}

/* In the child. Nothing of the caller's gets through but his ids and his limits. */
static _Noreturn void become_program(int file, int answer, char **words) {
  static char *const no_environment[] = {NULL};
  sigset_t none;
  sigemptyset(&none);
  privilege_drop();
  for (int i = 1; i < NSIG; i++) signal(i, SIG_DFL);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, 0) < 0 || dup2(answer, 1) < 0 || dup2(null, 2) < 0 || chdir("/") != 0 ||
      syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
      sigprocmask(SIG_SETMASK, &none, NULL) != 0)
    _exit(126);
  syscall(SYS_execveat, file, "", words, no_environment, AT_EMPTY_PATH);
  _exit(127);
}

static int read_answer(int from, char *into, size_t room, int64_t deadline) {
  size_t used = 0;
  for (;;) {
    struct pollfd wait = {.fd = from, .events = POLLIN};
    const int64_t left = deadline - now_ms();
    if (left <= 0) return NSS_TIMEOUT;
    if (poll(&wait, 1, (int)left) <= 0) continue;
    if (used == room) return NSS_FAILED;
    const ssize_t got = read(from, into + used, room - used);
    if (got < 0 && errno != EINTR) return NSS_FAILED;
    if (got == 0) return (int)used;
    if (got > 0) used += (size_t)got;
  }
}

/* The status that the program ended with, or a refusal. A process that will not end is killed. */
static int end_of(pid_t child, bool answered, int64_t deadline) {
  int status = 0;
  struct pollfd wait = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
  while (answered && wait.revents == 0 && wait.fd >= 0 && now_ms() < deadline)
    poll(&wait, 1, (int)(deadline - now_ms()));
  if (wait.revents == 0) kill(child, SIGKILL);
  const pid_t done = waitpid(child, &status, 0);
  if (wait.fd >= 0) close(wait.fd);
  if (answered && wait.revents == 0) return wait.fd < 0 ? NSS_FAILED : NSS_TIMEOUT;
  if (done < 0 || !WIFEXITED(status)) return NSS_FAILED;
  switch (WEXITSTATUS(status)) {
    case 0: return 0;
    case 1: return NSS_UNKNOWN;
    case 3: return NSS_PLUGIN;
    case 126: case 127: return NSS_MISSING;
    default: return NSS_FAILED;
  }
}

static void split(char *request, size_t length, char **words) {
  size_t count = 0;
  words[count++] = "nss";
  if (length == 0 || request[length - 1] != '\0') fail("internal error: a malformed question");
  for (char *at = request; at < request + length; at += strlen(at) + 1) {
    if (count > MOST_WORDS) fail("internal error: a malformed question");
    words[count++] = at;
  }
  words[count] = NULL;
}

static int ask(const char *request, size_t length, char *into, size_t room) {
  char copy[2560];  /* two fields of lines as long as the reader takes, and the rest */
  char *words[MOST_WORDS + 2];
  int answer[2];
  if (length > sizeof copy) fail("internal error: a malformed question");
  memcpy(copy, request, length);
  split(copy, length, words);
  if (names_could_be_traced()) return NSS_TRACEABLE;
  const int file = open_program();
  if (file < 0) return NSS_MISSING;
  if (pipe2(answer, O_CLOEXEC) != 0) return NSS_FAILED;
  const pid_t self = getpid(), child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0 && getpid() != self) become_program(file, answer[1], words);
  close(file);
  close(answer[1]);
  const int64_t deadline = now_ms() + DEADLINE_MS;
  const int got = read_answer(answer[0], into, room, deadline);
  close(answer[0]);
  if (child <= 0) return NSS_FAILED;
  const int status = end_of(child, got >= 0, deadline);
  return got < 0 ? got : status < 0 ? status : got;
}

/* The child's SIGCHLD must neither be ignored, which would reap it, nor be blocked, which would leave it to the
 * program that userns becomes. What the caller had set is put back. */
int names_ask(const char *request, size_t length, char *into, size_t room) {
  const struct sigaction usual = {.sa_handler = SIG_DFL};
  struct sigaction callers;
  sigset_t chld, mask;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigaction(SIGCHLD, &usual, &callers);
  sigprocmask(SIG_UNBLOCK, &chld, &mask);
  const int answer = ask(request, length, into, room);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  sigaction(SIGCHLD, &callers, NULL);
  return answer;
}
