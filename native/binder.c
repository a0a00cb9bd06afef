/* SPDX-License-Identifier: MIT
 *
 * --bind: newfsidmap has to run outside of the namespaces that userns makes, as nobody comes back out of one, and it
 * finds them by a process into which its caller may look. The main process is none: rule 8. So before it leaves it
 * starts a runner, which stays outside and runs newfsidmap; and the runner a stand-in, which joins the namespaces and
 * becomes dumpable. Both have ended before the program begins, and neither has any privilege.
 *
 * To look into the stand-in is safe: it has no capability but in the namespaces, as has every process of the same
 * user's outside; no helper lives any more, whose memory its own would resemble; and of what is open in the main
 * process and of what that knows it has nothing that its user may not read.
 */
#define _GNU_SOURCE
#include "binder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "become.h"
#include "channel.h"
#include "shim.h"

#define MOST_WORDS 1024
#define MOST_BYTES 65536
/* The number of its other end in the runner. */
#define CHANNEL 3
/* What an answer adds to the number of a signal. */
#define SIGNALLED 256

/* In the main process: its end of the channel. */
static int binder = -1;
static pid_t runner;
static int namespaces[2] = {-1, -1};

/* Runs newfsidmap with words that end in a NUL each; one without characters stands for the target. */
static int run_newfsidmap(char *words, size_t length, char *target) {
  char *argv[MOST_WORDS + 1];
  pid_t child;
  int count = 0;
  for (char *word = words; word < words + length; word += strlen(word) + 1) {
    if (count == MOST_WORDS) return -E2BIG;
    argv[count++] = *word == '\0' ? target : word;
  }
  argv[count] = NULL;
  const int reason = posix_spawnp(&child, "newfsidmap", NULL, NULL, argv, environ);
  if (reason != 0) return -reason;
  const int status = channel_wait(child);
  return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The user namespace first: only as its owner may we join the other. Each join makes us undumpable again. */
static int join(void) {
  if (setns(namespaces[0], CLONE_NEWUSER) != 0 || setns(namespaces[1], CLONE_NEWNS) != 0) return -errno;
  privilege_set_dumpable(true);
  return 0;
}

/* Is there until the runner ends. */
static _Noreturn void stand_in(int end) {
  char byte;
  close(CHANNEL);
  const int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int answer = directory < 0 ? -errno : join();
  if (channel_send(end, &answer, sizeof answer, &directory, answer == 0) == 0) channel_receive(end, &byte, 1, NULL, 0);
  _exit(0);
}

static void serve(int directory) {
  static char words[MOST_BYTES + 1];
  char target[16] = "fd:", digits[12] = "";
  strcat(target, output_number(digits + sizeof digits - 1, (uint32_t)directory));
  for (;;) {
    const ssize_t got = channel_receive(CHANNEL, words, MOST_BYTES, NULL, 0);
    if (got <= 0) return;
    const int answer = run_newfsidmap(words, (size_t)got, target);
    if (channel_send(CHANNEL, &answer, sizeof answer, NULL, 0) != 0) return;
  }
}

/* Nothing but 0 to 2 of what the caller has open goes on to a process that can be looked into. The stand-in is named
 * by its directory in /proc: unlike its number, that is right whatever processes /proc shows. */
static _Noreturn void run_until_end(int end) {
  int answer, directory, other;
  char byte;
  if ((end != CHANNEL && dup3(end, CHANNEL, O_CLOEXEC) < 0) || become_close_from(CHANNEL + 1) != 0)
    fail("cannot close the descriptors of the process that runs newfsidmap");
  /* Where it is ignored the kernel keeps no exit status. */
  signal(SIGCHLD, SIG_DFL);
  if (channel_receive(CHANNEL, &byte, 1, namespaces, 2) <= 0) _exit(0);
  const pid_t child = channel_fork(&other);
  if (child == 0) stand_in(other);
  if (channel_receive(other, &answer, sizeof answer, &directory, 1) != sizeof answer) answer = -EPIPE;
  if (answer == 0 && fcntl(directory, F_SETFD, 0) != 0) answer = -errno;
  if (channel_send(CHANNEL, &answer, sizeof answer, NULL, 0) == 0 && answer == 0) serve(directory);
  channel_close(other);
  channel_wait(child);
  _exit(0);
}

void binder_start(void) {
  runner = channel_fork(&binder);
  if (runner == 0) run_until_end(binder);
}

int binder_keep_namespaces(void) {
  namespaces[0] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  namespaces[1] = namespaces[0] < 0 ? -1 : open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  return namespaces[1] < 0 ? -errno : 0;
}

static int await_answer(void) {
  int answer;
  return channel_receive(binder, &answer, sizeof answer, NULL, 0) == sizeof answer ? answer : -EPIPE;
}

int binder_join(void) {
  const int failed = channel_send(binder, "n", 1, namespaces, 2);
  close(namespaces[0]);
  close(namespaces[1]);
  return failed != 0 ? failed : await_answer();
}

int binder_run(const void *words, size_t length) {
  const int failed = channel_send(binder, words, length, NULL, 0);
  return failed != 0 ? failed : await_answer();
}

void binder_end(void) {
  channel_close(binder);
  channel_wait(runner);
}
