// SPDX-License-Identifier: MIT
//
// Runs of a privileged program by a hostile caller, one after the other: what the rows of the matrix are made of.
#ifndef MATRIX_H
#define MATRIX_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ALICE 1000
#define BOB 1001
// Where newfsidmap mounts from and to; the tree's files are the third range's.
#define TREE "/tmp/matrix/tree"
#define HERE "/tmp/matrix/here"
// Where a core would be dumped.
#define CORES "/tmp/matrix/cores"
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum kind { NEWUIDMAP, NEWGIDMAP, USERNS, NEWFSIDMAP };

// The program under test, and the two that a case needs: one that userns runs, and one nobody may look into.
extern struct subject {
  const char *name, *path, *probe, *unreadable;
  enum kind kind;
  int failure;
} subject;

// A process whose namespace is to be mapped, and another one in the same namespaces, which tells of them still when
// the first has gone.
struct target {
  pid_t pid, witness;
  int command;
};

struct target target_make(uid_t uid, pid_t number);
void target_end(struct target *target);
void target_execute(struct target *target);
void write_maps(pid_t pid, const char *map);

// A system call that the program or a process of it is about to make, counted from its start.
struct call {
  int number;
  pid_t pid;
  bool by_main;
  const struct seccomp_data *data;
};

// What becomes of it; else it is not made and seems to return 0 or, negated, an errno.
#define MADE 1

struct run {
  const char *name;
  // Only the caller's own id is asked for, which takes no privilege.
  bool own;
  // Inside a namespace of the caller's, as its root.
  bool nested;
  // What is not the usual.
  char **argv, **env;
  // In the process that becomes the program: still as root, and last of all as the caller.
  void (*as_root)(const struct run *run), (*as_caller)(const struct run *run);
  int (*on_call)(struct run *run, const struct call *call);
  // In the process that runs the cases: when the program is about to be executed, and when it has ended
  // and is not yet waited for.
  void (*before)(struct run *run), (*after)(struct run *run);
  // The case's own.
  long number, other;
  // The right map, where it is not the usual one.
  const char *map;
  // It is ended by a signal of this process's; the second target is not the caller's.
  bool raised, second_is_bobs;
  // No message is to be had.
  bool mute;
  struct target target, second;

  // How it ended.
  pid_t pid;
  int status, calls;
  bool in_main, hung;
  // What it let happen that is not to be.
  const char *fell;
  char message[4096], found[256];
};

// The number of the target of the present run.
extern char pid_word[16];
// Runs the program, and says in a line how it ended.
void play(struct run *run);
// The same without the line: its word for the end.
const char *outcome_of(struct run *run);

const char *judge(struct run *run);

void fail(const char *what) __attribute__((noreturn));
void say(const char *name, const char *outcome, const char *message);
// The text of a file of a process's, in one line with single blanks; empty if there is none.
char *text_of(pid_t pid, const char *file, char *into, size_t room);

// Something else that runs as the caller beside the program: see matrix-accomplice.c.
int accomplice_start(struct run *run);
const char *accomplice_look(pid_t pid);
const char *accomplice_read(pid_t pid);
void accomplice_end(void);

// The environment variable's number.
long setting(const char *name, long usual);

// One run for each system call, or, of many, for each of a part of them, which the seed chooses.
void play_each(struct run run, const char *what);
// One run for each turn of what the case counts in `other`.
void play_turns(struct run run, long stride, const char *what);
void no_new_privileges(const struct run *run);

typedef void row(void);
row row_descriptors, row_crowd, row_limits, row_stack, row_signals;
row row_environment, row_arguments;
row row_kill, row_stop, row_left, row_random, row_look, row_held, row_core;
row row_places, row_nnp, row_nested, row_filters, row_target, row_tables;

#endif
