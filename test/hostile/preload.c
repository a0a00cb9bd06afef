// SPDX-License-Identifier: MIT
//
// What a caller would like to be loaded into the name-service program: it answers in its place that all ids
// are granted, before main begins.

#include <unistd.h>

__attribute__((constructor)) static void answer(void) {
  static const char all[] = "1 4294967294\n";
  _exit(write(STDOUT_FILENO, all, sizeof all - 1) == (ssize_t)(sizeof all - 1) ? 0 : 2);
}
