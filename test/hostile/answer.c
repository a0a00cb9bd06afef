// SPDX-License-Identifier: MIT
//
// In the place of the name-service program: it answers what the file /etc/answer says. The first byte is how it
// ends, a digit for a status, 'k' for a signal, 'e' for not ending to answer; the rest is the answer.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(void) {
  static char text[1 << 16];
  int fd = open("/etc/answer", O_RDONLY);
  ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text);

  if (got < 1)
    return 9;
  do {
    if (write(STDOUT_FILENO, text + 1, (size_t)got - 1) < 0)
      return 9;
  } while (text[0] == 'e');
  if (text[0] == 'k')
    raise(SIGKILL);
  return text[0] - '0';
}
