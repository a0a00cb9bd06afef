/* SPDX-License-Identifier: MIT
 *
 * Messages: to the caller's descriptors 1 and 2, and to syslog.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

static int write_all(int stream, const char *text, size_t length) {
  while (length > 0) {
    const ssize_t put = write(stream, text, length);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? -errno : -EIO;
    text += put;
    length -= (size_t)put;
  }
  return 0;
}

/* A closed pipe or a file limit is no reason to die of a signal instead of exiting with a status, nor to leave one
 * pending that the caller blocks. What he set is put back: a program that we become inherits it. */
int output_print(int stream, const char *text, size_t length) {
  const struct sigaction ignored = {.sa_handler = SIG_IGN};
  struct sigaction pipe, limit;
  sigset_t both, mask;
  sigemptyset(&both);
  sigaddset(&both, SIGPIPE);
  sigaddset(&both, SIGXFSZ);
  sigaction(SIGPIPE, &ignored, &pipe);
  sigaction(SIGXFSZ, &ignored, &limit);
  sigprocmask(SIG_UNBLOCK, &both, &mask);
  const int result = write_all(stream, text, length);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  sigaction(SIGPIPE, &pipe, NULL);
  sigaction(SIGXFSZ, &limit, NULL);
  return result;
}

void fail(const char *message) {
  const char *const parts[] = {program.name, ": ", message, "\n"};
  for (int i = 0; i < 4; i++) output_print(2, parts[i], strlen(parts[i]));
  _exit(program.failure);
}

char *output_number(char *end, uint32_t value) {
  do *--end = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  return end;
}

/*
 * One datagram of bounded length, never waited for. The pause after it bounds what a caller that tries
 * again in a loop can put into the log; one who wants to flood it has logger(1) and needs no help from us.
 * No slack of the caller's makes it longer. The name and the number in front are ours; no control character gets through.
 */
void output_log(const char *text, size_t length) {
  static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  const struct timespec pause = {.tv_nsec = 50000000};
  char line[640], digits[12] = "";
  size_t used = 0;
  const char *const parts[] = {"<84>" /* LOG_AUTHPRIV, LOG_WARNING */, program.name, "[",
                               output_number(digits + sizeof digits - 1, (uint32_t)getpid()), "]: "};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    used = (size_t)(stpcpy(line + used, parts[i]) - line);
  for (size_t i = 0; i < length && used < sizeof line; i++) {
    const unsigned char c = (unsigned char)text[i];
    line[used++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
  }
  const int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (log < 0) return;
  prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0);
  if (sendto(log, line, used, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to) == (ssize_t)used)
    nanosleep(&pause, NULL);
  close(log);
}
