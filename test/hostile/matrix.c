// SPDX-License-Identifier: MIT
//
// The matrix of hostile callers:
//
//   matrix NAME PATH PROBE UNREADABLE ROW...
//
// runs the program NAME, which is at PATH with the privilege that it is to have, in the cases of each row, and prints
// for each a line of fields between tabs: row, case, how it ended, the first line of its message.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "matrix.h"

struct subject subject;
static const char *current;

void fail(const char *what) {
  perror(what);
  _exit(125);
}

void say(const char *name, const char *outcome, const char *message) {
  const size_t length = strcspn(message, "\n");

  printf("%s\t%s\t%s\t%.*s\n", current, name, outcome, (int)(length < 200 ? length : 200), message);
}

static const struct {
  const char *name;
  row *run;
} rows[] = {
    {"descriptors", row_descriptors},
    {"crowd", row_crowd},
    {"limits", row_limits},
    {"stack", row_stack},
    {"signals", row_signals},
    {"environment", row_environment},
    {"arguments", row_arguments},
    {"kill", row_kill},
    {"stop", row_stop},
    {"left", row_left},
    {"random", row_random},
    {"look", row_look},
    {"held", row_held},
    {"core", row_core},
    {"places", row_places},
    {"nnp", row_nnp},
    {"nested", row_nested},
    {"filters", row_filters},
    {"target", row_target},
    {"tables", row_tables},
};

long setting(const char *name, long usual) {
  const char *value = getenv(name);

  return value == NULL ? usual : strtol(value, NULL, 10);
}

static enum kind kind_of(const char *name) {
  static const char *const names[] = {"newuidmap", "newgidmap", "userns", "newfsidmap"};

  for (size_t i = 0; i < COUNT(names); i++)
    if (strcmp(names[i], name) == 0)
      return (enum kind)i;
  fail(name);
}

static void run_row(const char *name) {
  for (size_t i = 0; i < COUNT(rows); i++)
    if (strcmp(rows[i].name, name) == 0) {
      current = name;
      rows[i].run();
      return;
    }
  fail(name);
}

int main(int argc, char **argv) {
  if (argc < 6)
    fail("usage: matrix NAME PATH PROBE UNREADABLE ROW...");
  subject = (struct subject){argv[1], argv[2], argv[3], argv[4], kind_of(argv[1]), 1};
  subject.failure = subject.kind == USERNS ? 125 : 1;
  for (int i = 5; i < argc; i++)
    run_row(argv[i]);
  return 0;
}
