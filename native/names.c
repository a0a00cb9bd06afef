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
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

#ifndef NSS_PROGRAM
#error "NSS_PROGRAM: the path of the name-service program"
#endif
#define DEADLINE_MS 10000
#define TURN_MS 5000
#define MOST_WORDS 4

/* Whether there is something to read, or a process has ended, before the turns to wait in vain are over. No clock is
 * looked at: the caller may have forbidden it (PR_SET_TSC). */
static bool await(int file, int *turns) {
  struct pollfd wait = {.fd = file, .events = POLLIN};
  for (; *turns > 0; (*turns)--)
    if (poll(&wait, 1, TURN_MS) > 0) return true;
  return false;
}

/* With fs.suid_dumpable 1 the kernel leaves even a program that cannot be read open to its user's ptrace. Sets errno where
 * that cannot be known. */
bool names_could_be_traced(void) {
  char mode = '1';
  const int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);
  const bool known = fd >= 0 && read(fd, &mode, 1) == 1;
  if (fd >= 0) close(fd);
  return !known || mode == '1';
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

static int read_answer(int from, char *into, size_t room, int *turns) {
  size_t used = 0;
  while (await(from, turns)) {
    if (used == room) return NSS_FAILED;
    const ssize_t got = read(from, into + used, room - used);
    if (got < 0 && errno != EINTR) return NSS_FAILED;
    if (got == 0) return (int)used;
    if (got > 0) used += (size_t)got;
  }
  return NSS_TIMEOUT;
}

/* The status that the program ended with, or a refusal. A process that will not end is killed. */
static int end_of(pid_t child, bool answered, int *turns) {
  static const int refusals[] = {0, NSS_UNKNOWN, NSS_FAILED, NSS_PLUGIN};
  int status = 0;
  const int process = answered ? (int)syscall(SYS_pidfd_open, child, 0) : -1;
  const bool ended = process >= 0 && await(process, turns);
  if (!ended) kill(child, SIGKILL);
  const pid_t done = waitpid(child, &status, 0);
  if (process >= 0) close(process);
  if (answered && !ended) return process < 0 ? NSS_FAILED : NSS_TIMEOUT;
  if (done != child || !WIFEXITED(status)) return NSS_FAILED;
  const int code = WEXITSTATUS(status);
  return code <= 3 ? refusals[code] : code == 126 || code == 127 ? NSS_MISSING : NSS_FAILED;
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
  errno = 0;
  if (names_could_be_traced()) return errno == 0 ? NSS_TRACEABLE : NSS_FAILED;
  const int file = open_program();
  if (file < 0) return NSS_MISSING;
  if (pipe2(answer, O_CLOEXEC) != 0) return NSS_FAILED;
  pid_t own = 0;
  const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID, 0, 0, &own, &own);
  if (child == 0 && own != 0) become_program(file, answer[1], words);
  close(file);
  close(answer[1]);
  int turns = DEADLINE_MS / TURN_MS;
  const int got = read_answer(answer[0], into, room, &turns);
  close(answer[0]);
  const int status = child > 0 ? end_of(child, got >= 0, &turns) : NSS_FAILED;
  return got < 0 ? got : status < 0 ? status : got;
}

/* The child's SIGCHLD must neither be ignored, which would reap it, nor be blocked, which would leave it to the
 * program that userns becomes; nor may a wait be as long as the caller's slack. What he had set is put back. */
int names_ask(const char *request, size_t length, char *into, size_t room) {
  const struct sigaction usual = {.sa_handler = SIG_DFL};
  struct sigaction callers;
  sigset_t chld, mask;
  const long slack = syscall(SYS_prctl, PR_GET_TIMERSLACK);
  prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0);
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigaction(SIGCHLD, &usual, &callers);
  sigprocmask(SIG_UNBLOCK, &chld, &mask);
  const int answer = ask(request, length, into, room);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  sigaction(SIGCHLD, &callers, NULL);
  if (slack > 0) prctl(PR_SET_TIMERSLACK, slack);
  return answer;
}
