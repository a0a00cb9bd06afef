// SPDX-License-Identifier: MIT
//
// System call filters of the caller's that fail one call each, of those that the program makes.

#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "matrix.h"

#define MOST_CALLS 512
static bool made[MOST_CALLS];

static int note(struct run *run, const struct call *call) {
  (void)run;
  if (call->data->nr >= 0 && call->data->nr < MOST_CALLS)
    made[call->data->nr] = true;
  return MADE;
}

static int fail_one(struct run *run, const struct call *call) {
  return call->data->nr == run->number ? (int)run->other : MADE;
}

// All calls of a number, with each result.
static void play_filters(struct run run, const char *how) {
  static const struct {
    const char *name;
    int result;
  } results[] = {{"EPERM", -EPERM}, {"ENOSYS", -ENOSYS}, {"0", 0}};
  char name[64];

  for (int nr = 0; nr < MOST_CALLS; nr++)
    for (size_t i = 0; made[nr] && i < COUNT(results); i++) {
      snprintf(name, sizeof name, "%s: system call %d: %s", how, nr, results[i].name);
      struct run one = run;
      one.name = name;
      one.number = nr;
      one.other = results[i].result;
      one.on_call = fail_one;
      // No message can be written; or the helper of userns thinks that who waits for it has gone and has said why.
      one.mute = nr == SYS_write || (nr == SYS_recvfrom && results[i].result == 0);
      play(&one);
    }
}

static void play_all(struct run run, const char *how) {
  for (int nr = 0; nr < MOST_CALLS; nr++)
    made[nr] = false;
  struct run plain = run;
  plain.name = "plain";
  plain.on_call = note;
  outcome_of(&plain);
  play_filters(run, how);
}

static int fail_turn(struct run *run, const struct call *call) {
  return call->data->nr == SYS_fcntl && ++run->other == run->number ? 0 : MADE;
}

/**
 * A filter takes no_new_privs, and so the program's privilege, or root: of a namespace of the caller's, or the
 * machine's, who can do what he likes; the program still does what it should with its privilege.
 */
void row_filters(void) {
  play_all((struct run){.as_caller = no_new_privileges, .own = true}, "no_new_privs, the own id");
  play_all((struct run){.as_caller = no_new_privileges}, "no_new_privs, a range");
  play_all((struct run){.nested = true}, "inside");
  play_all((struct run){.own = false}, "root's");
  play_turns((struct run){.on_call = fail_turn}, 1, "root's: fcntl seems made, turn");
}
