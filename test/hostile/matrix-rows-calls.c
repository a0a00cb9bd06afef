// SPDX-License-Identifier: MIT
//
// What is done to the program before each of its system calls, and at random.

#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "matrix.h"

// How many system calls it makes when nothing is done to it.
static int calls_of(struct run run) {
  run.on_call = NULL;
  run.after = NULL;
  outcome_of(&run);
  return run.calls;
}

void play_each(struct run run, const char *what) {
  const int calls = calls_of(run);
  const long stride = calls < 80 ? 1 : setting("HOSTILE_STRIDE", 5);
  char name[96];

  for (run.number = 1 + setting("HOSTILE_SEED", 1) % stride; run.number <= calls; run.number += stride) {
    snprintf(name, sizeof name, "%s call %ld", what, run.number);
    run.name = name;
    play(&run);
  }
}

static void count_anew(struct run *run) { run->other = 0; }

void play_turns(struct run run, long stride, const char *what) {
  char name[96];

  run.before = count_anew;
  run.number = 1 + setting("HOSTILE_SEED", 1) % stride;
  do {
    snprintf(name, sizeof name, "%s %ld", what, run.number);
    run.name = name;
    play(&run);
    run.number += stride;
  } while (run.other >= run.number - stride);
}

static int kill_main(struct run *run, const struct call *call) {
  if (call->number == run->number)
    kill(run->pid, SIGKILL);
  return MADE;
}

static int kill_caller(struct run *run, const struct call *call) {
  if (call->number == run->number)
    kill(call->pid, SIGKILL);
  return MADE;
}

static char state_of(pid_t pid) {
  char stat[256];
  const char *end = strrchr(text_of(pid, "stat", stat, sizeof stat), ')');

  return end == NULL ? 'Z' : end[2];
}

// What is the caller's he can go on to stop, to continue and to kill.
static void as_the_caller(pid_t pid, int number) {
  int status;
  const pid_t child = fork();

  if (child == 0)
    _exit(setresuid(ALICE, ALICE, ALICE) != 0 || kill(pid, number) != 0);
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    fail("a signal of the caller's");
}

// Its one process, while there is one.
static int kill_process(struct run *run, const struct call *call) {
  char path[32], children[64];

  snprintf(path, sizeof path, "task/%d/children", (int)run->pid);
  const pid_t child = call->by_main ? atoi(text_of(run->pid, path, children, sizeof children)) : 0;
  if (child > 0 && state_of(child) != 'Z' && ++run->other == run->number)
    as_the_caller(child, SIGKILL);
  return MADE;
}

/** The program killed before each system call of its processes; the process that makes it; and the one beside it. */
void row_kill(void) {
  play_each((struct run){.raised = true, .on_call = kill_main}, "the program before");
  if (subject.kind != USERNS && subject.kind != NEWFSIDMAP)
    return;
  play_each((struct run){.raised = true, .on_call = kill_caller}, "who makes");
  play_turns((struct run){.raised = true, .on_call = kill_process}, setting("HOSTILE_STRIDE", 5), "the other before call");
}

static bool is_stopped(pid_t pid) { return state_of(pid) == 'T' || state_of(pid) == 'Z'; }

// The stop interrupts the wait for an answer, so that the call comes a second time.
static int stop_and_go(struct run *run, const struct call *call) {
  static unsigned char second[64];
  unsigned char *again = &second[call->pid % 64];

  (void)run;
  *again = !*again;
  if (!*again)
    return MADE;
  kill(call->pid, SIGSTOP);
  while (!is_stopped(call->pid))
    ;
  kill(call->pid, SIGCONT);
  return MADE;
}

/** Stopped and continued before each system call. */
void row_stop(void) { play(&(struct run){.name = "each call", .on_call = stop_and_go}); }

static bool is_somebody_elses(pid_t pid) {
  char status[4096];
  const char *ids = strstr(text_of(pid, "status", status, sizeof status), "Uid:\t");

  return ids != NULL && state_of(pid) != 'Z' && strncmp(ids, "Uid:\t1000\t1000\t1000\t", 20) != 0;
}

static int stop_and_kill_main(struct run *run, const struct call *call) {
  siginfo_t end;

  if (call->by_main || ++run->other != run->number)
    return MADE;
  as_the_caller(call->pid, SIGSTOP);
  while (!is_stopped(call->pid))
    ;
  as_the_caller(run->pid, SIGKILL);
  waitid(P_PID, (id_t)run->pid, &end, WEXITED | WNOWAIT);
  while (!is_stopped(call->pid))
    ;
  if (is_somebody_elses(call->pid))
    run->fell = "a process that is not the caller's is left";
  as_the_caller(call->pid, SIGCONT);
  return MADE;
}

/** Killed while a process of it is stopped, before each of that one's system calls. */
void row_left(void) {
  if (subject.kind != USERNS && subject.kind != NEWFSIDMAP)
    say("all", "not tried", "it has no other process");
  else
    play_turns((struct run){.raised = true, .on_call = stop_and_kill_main}, setting("HOSTILE_STRIDE", 5), "before its call");
}

static void pause_for(long microseconds) {
  const struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};

  nanosleep(&time, NULL);
}

static void strike(struct run *run) {
  const pid_t pid = run->pid;

  if (fork() != 0)
    return;
  pause_for(run->number);
  kill(pid, run->raised ? SIGKILL : SIGSTOP);
  if (!run->raised) {
    pause_for(run->other);
    kill(pid, SIGCONT);
  }
  _exit(0);
}

/** Killed, or stopped and continued, at random times. */
void row_random(void) {
  const long count = setting("HOSTILE_COUNT", 20);
  unsigned short seed[3] = {(unsigned short)setting("HOSTILE_SEED", 1), 0, 0};
  const long most = subject.kind == USERNS || subject.kind == NEWFSIDMAP ? 6000 : 1500;
  char name[48];

  for (long i = 0; i < count; i++) {
    struct run run = {.name = name, .before = strike, .raised = i % 2 == 0, .number = nrand48(seed) % most,
                      .other = nrand48(seed) % most};
    snprintf(name, sizeof name, "%s %ld", run.raised ? "killed" : "stopped", i);
    play(&run);
  }
}

// The process that userns becomes is the caller's own.
static bool is_the_callers(struct run *run, const struct call *call) {
  if (subject.kind == USERNS && call->by_main && call->data->nr == SYS_execve)
    run->other = 1;
  return run->other != 0;
}

static int look_in(struct run *run, const struct call *call) {
  if (is_the_callers(run, call))
    return MADE;
  const char *in = accomplice_look(call->pid);
  if (in == NULL && !call->by_main)
    in = accomplice_look(run->pid);
  if (in)
    run->fell = in;
  return MADE;
}

static void look_after(struct run *run) {
  if (subject.kind != USERNS && accomplice_look(run->pid) != NULL)
    run->fell = "its end";
}

// It can look into what is the caller's: his process that is about to become the program.
static void look_before(struct run *run) {
  accomplice_start(run);
  if (accomplice_look(run->pid) == NULL)
    run->fell = "the accomplice is blind";
}

/** An accomplice tries to look into it before each system call and when it has ended, in all ways that there are. */
void row_look(void) {
  play(&(struct run){.name = "each call", .before = look_before, .on_call = look_in, .after = look_after});
  accomplice_end();
}

static int read_held(struct run *run, const struct call *call) {
  if (is_the_callers(run, call))
    return MADE;
  const char *in = accomplice_read(run->pid);
  if (in)
    run->fell = in;
  return MADE;
}

static void hold(struct run *run) {
  if (accomplice_start(run) < 18)
    run->fell = "the accomplice is blind";
}

/** What an accomplice opened of the process before it became the program is read before each system call. */
void row_held(void) {
  play(&(struct run){.name = "each call", .before = hold, .on_call = read_held});
  accomplice_end();
}

static void allow_cores(const struct run *run) {
  const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

  (void)run;
  if (setrlimit(RLIMIT_CORE, &none) != 0 || chdir(CORES) != 0)
    fail("core dumps");
}

static int dump(struct run *run, const struct call *call) {
  if (!is_the_callers(run, call) && call->number == run->number)
    kill(call->pid, SIGQUIT);
  return MADE;
}

static void no_core(struct run *run) {
  siginfo_t end = {0};

  if (waitid(P_PID, (id_t)run->pid, &end, WEXITED | WNOWAIT) == 0 && end.si_code == CLD_DUMPED)
    run->fell = "a core dump";
}

static void quit(const struct run *run) {
  allow_cores(run);
  raise(SIGQUIT);
}

/** Ended before each system call by a signal that makes the kernel dump what may be dumped. */
void row_core(void) {
  struct run control = {.name = "control", .as_caller = quit, .raised = true};
  int cores = 0;

  outcome_of(&control);
  if (!WCOREDUMP(control.status)) {
    say("each call", "not tried", "the kernel dumps no core here, or not into a file");
    return;
  }
  unlink(CORES "/core");
  play_each((struct run){.raised = true, .as_caller = allow_cores, .on_call = dump, .after = no_core}, "before");
  DIR *directory = opendir(CORES);
  for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;)
    cores += strncmp(entry->d_name, "core", 4) == 0;
  say("files", directory && cores == 0 ? "mapped" : "FELL: a core dump", "");
}
