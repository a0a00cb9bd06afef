// SPDX-License-Identifier: MIT
//
// The environment and the arguments that the program is started with: none, malformed, and as many as there can be.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "matrix.h"

// The kernel takes no longer string, and together less than three quarters of 8 MiB, where the stack may grow.
#define LONGEST (128 * 1024 - 1)
#define MOST 47
#define ALL_IDS "0 1000 1 1 100000 65536 65537 300000 65536"

static void unlimit(const struct run *run) {
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

  (void)run;
  if (setrlimit(RLIMIT_STACK, &none) != 0)
    fail("the limit of the stack");
}

static char *filled(const char *start, size_t length) {
  char *text = malloc(length + 1);

  if (text == NULL)
    fail("malloc");
  memset(text, 'x', length);
  memcpy(text, start, strlen(start));
  text[length] = '\0';
  return text;
}

static char **many(size_t count, char *word) {
  char **words = calloc(count + 1, sizeof *words);

  if (words == NULL)
    fail("calloc");
  for (size_t i = 0; i < count; i++)
    words[i] = word;
  return words;
}

/** Environments. */
void row_environment(void) {
  static char *none[] = {NULL};
  static char *malformed[] = {"", "=", "==", "PATH", "=PATH=/tmp", "PATH=", "PATH=/tmp", "A\nB=C\nD", "\x1b[2J=\x07", "\xff\xfe=\x80", "LD_PRELOAD", "%s%n=%n", NULL};
  static char *loading[] = {"LD_PRELOAD=/tmp/x.so", "LD_LIBRARY_PATH=/tmp", "LD_AUDIT=/tmp/x.so", "LD_DEBUG=all", "GLIBC_TUNABLES=glibc.malloc.check=3", "MALLOC_TRACE=/tmp/x", "TZ=/tmp/x", "LOCPATH=/tmp", "NLSPATH=/tmp/%N", "GCONV_PATH=/tmp", "HOSTALIASES=/tmp/x", "RES_OPTIONS=debug", "PATH=/tmp", "HOME=/tmp", "SHELL=/tmp/x", "USER=root", "LOGNAME=bob", "SUDO_UID=0", "IFS=x", "POSIXLY_CORRECT=", NULL};

  play(&(struct run){.name = "none", .env = none});
  play(&(struct run){.name = "malformed", .env = malformed});
  play(&(struct run){.name = "that loads, prints and looks elsewhere", .env = loading});
  play(&(struct run){.name = "one of the greatest length", .env = many(1, filled("PATH=", LONGEST))});
  play(&(struct run){.name = "6 MB", .env = many(MOST, filled("PATH=", LONGEST)), .as_root = unlimit});
  play(&(struct run){.name = "600000 empty", .env = many(600000, ""), .as_root = unlimit});
}

// The words that a program needs before those that a case gives.
static void play_words(const char *name, char **words, size_t count) {
  char **all = calloc(count + 6, sizeof *all);
  size_t used = 0;

  if (all == NULL)
    fail("calloc");
  all[used++] = (char *)subject.name;
  if (subject.kind == NEWFSIDMAP) {
    all[used++] = "--bind";
    all[used++] = TREE;
    all[used++] = HERE;
  }
  if (subject.kind == USERNS)
    all[used++] = "--uid-map";
  else
    all[used++] = pid_word;
  memcpy(all + used, words, count * sizeof *words);
  play(&(struct run){.name = name, .argv = all, .as_root = unlimit});
  free(all);
}

/** Arguments. */
void row_arguments(void) {
  static char *none[] = {NULL}, *empty[] = {"", NULL}, *shell[] = {NULL, NULL};
  static char *controls[] = {"\x1b]0;root\x07", "\x1b[2J\n", "\xff\xfe"};
  static char *numbers[] = {"-1", "18446744073709551616", "0x10"};
  static char *formats[] = {"%s%s%n", "%n", "%9999999d"};
  char shells[4096];

  snprintf(shells, sizeof shells, "SHELL=%s", subject.probe);
  shell[0] = shells;
  // userns runs the caller's shell with all ids that he has.
  const char *all = subject.kind == USERNS ? ALL_IDS ", " ALL_IDS ", allow" : NULL;
  play(&(struct run){.name = "not even a name", .argv = none, .env = shell, .map = all});
  play(&(struct run){.name = "an empty name", .argv = empty, .env = shell, .map = all});
  play_words("nine empty", many(9, ""), 9);
  play_words("control characters", controls, COUNT(controls));
  play_words("numbers out of range", numbers, COUNT(numbers));
  play_words("formats", formats, COUNT(formats));
  play_words("one of the greatest length", many(1, filled("1", LONGEST)), 1);
  play_words("three of the greatest length", many(3, filled("1", LONGEST)), 3);
  play_words("6 MB", many(MOST - 2, filled("1", LONGEST)), MOST - 2);
  play_words("300000 of one character", many(300000, "1"), 300000);
}
