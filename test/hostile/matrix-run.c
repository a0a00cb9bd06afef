// SPDX-License-Identifier: MIT
//
// One run: the program is started under a filter that shows each system call of its to this process before it is made,
// which is no tracer: the program has its privilege, and others may try to trace it.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "matrix.h"

#define DEADLINE_MS 10000

// What the process that becomes the program tells this one.
static struct shared {
  volatile int listener;
  volatile int failed;
  volatile enum { NO_MAPS, WANTED, WRITTEN } maps;
  struct target target;
} *shared;

char pid_word[16];
static int output = -1;
static int children = -1;

static void open_channels(void) {
  sigset_t child;

  if (output >= 0)
    return;
  output = memfd_create("output", MFD_CLOEXEC);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (output < 0 || children < 0 || shared == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    fail("what a run needs");
}

static void install_filter(void) {
  struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
  const struct sock_fprog filter = {1, code};
  const int listener =
      (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);

  // Its next system call waits for an answer.
  shared->failed = listener < 0 ? errno : 0;
  shared->listener = listener < 0 ? -2 : listener;
}

static void reset_signals(void) {
  sigset_t none;

  for (int number = 1; number < NSIG; number++)
    signal(number, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_caller(void) {
  if (syscall(SYS_setgroups, 0, NULL) != 0 || setresgid(ALICE, ALICE, ALICE) != 0 ||
      setresuid(ALICE, ALICE, ALICE) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
    fail("become the caller");
}

// The process becomes root of a user namespace of the caller's, and makes the target inside.
static void go_inside(void) {
  become_caller();
  if (unshare(CLONE_NEWUSER) != 0)
    fail("unshare");
  shared->maps = WANTED;
  while (shared->maps != WRITTEN)
    sched_yield();
  if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
    fail("become root inside");
  if (subject.kind != USERNS)
    shared->target = target_make(0, 0);
  snprintf(pid_word, sizeof pid_word, "%d", (int)shared->target.pid);
}

static void become_program(const struct run *run) {
  static char *usual_environment[] = {"PATH=/usr/bin:/bin", NULL};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);

  setsid();
  reset_signals();
  if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(output, 2) < 0)
    fail("dup2");
  if (run->as_root)
    run->as_root(run);
  if (run->nested)
    go_inside();
  install_filter();
  if (!run->nested)
    become_caller();
  if (run->as_caller)
    run->as_caller(run);
  execve(subject.path, run->argv, run->env ? run->env : usual_environment);
  shared->failed = errno;
  _exit(126);
}

static int take_listener(pid_t pid) {
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  struct pollfd end = {.fd = pidfd, .events = POLLIN};

  while (shared->listener == -1) {
    if (poll(&end, 1, 0) != 0)
      fail("the process has ended before it became the program");
    if (shared->maps == WANTED) {
      write_maps(pid, "0 1000 1\n1 100000 65536\n");
      shared->maps = WRITTEN;
    }
  }
  int listener = (int)syscall(SYS_pidfd_getfd, pidfd, shared->listener, 0);
  if (pidfd < 0 || listener < 0)
    fail("no listener");
  close(pidfd);
  return listener;
}

// Answers 0 where a system call is not to be made; a process that has ended needs no answer.
static void answer(int listener, __u64 id, int verdict) {
  struct seccomp_notif_resp response = {.id = id};

  if (verdict == MADE)
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  else
    response.error = verdict;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

// The program of the caller's that userns has become ends: now its maps can be seen.
static void look_at_own(struct run *run, pid_t pid) {
  char uids[64], gids[64], setgroups[16];

  text_of(pid, "uid_map", uids, sizeof uids);
  text_of(pid, "gid_map", gids, sizeof gids);
  text_of(pid, "setgroups", setgroups, sizeof setgroups);
  snprintf(run->found, sizeof run->found, "%s, %s, %s", uids, gids, setgroups);
}

static void serve(struct run *run, int listener, bool *started) {
  struct seccomp_notif call = {0};

  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
    return;
  const struct seccomp_data *data = &call.data;
  const bool by_main = (pid_t)call.pid == run->pid;
  int verdict = MADE;
  // What is interrupted comes a second time.
  if (!*started || (run->calls == 0 && data->nr == SYS_execve)) {
    if (!*started && data->nr == SYS_execve && run->before)
      run->before(run);
    *started |= data->nr == SYS_execve;
  } else {
    const struct call made = {++run->calls, (pid_t)call.pid, by_main, data};
    run->in_main |= data->nr == SYS_prlimit64 && data->args[1] == RLIMIT_STACK;
    if (by_main && data->nr == SYS_exit_group && data->args[0] == 77)
      look_at_own(run, run->pid);
    else if (run->on_call)
      verdict = run->on_call(run, &made);
  }
  answer(listener, call.id, verdict);
}

// Takes the ends of processes that the program left; whether any is still there.
static bool reap(struct run *run, bool *ended) {
  struct signalfd_siginfo info;
  siginfo_t of = {0};
  int status;

  while (read(children, &info, sizeof info) > 0)
    ;
  if (!*ended && waitid(P_PID, (id_t)run->pid, &of, WEXITED | WNOHANG | WNOWAIT) == 0 && of.si_pid == run->pid) {
    *ended = true;
    if (run->after)
      run->after(run);
    waitpid(run->pid, &run->status, 0);
  }
  if (!*ended)
    return true;
  // They are of the program's session, or were started by it in another one; targets are in this process's.
  while (waitid(P_ALL, 0, &of, WEXITED | WNOHANG | WNOWAIT) == 0 && of.si_pid != 0 && of.si_pid != run->target.pid &&
         of.si_pid != run->target.witness && of.si_pid != run->second.pid && of.si_pid != run->second.witness) {
    waitpid(of.si_pid, &status, 0);
    of.si_pid = 0;
  }
  return false;
}

static long long now_ms(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

// Until the program and all its processes have ended: nobody else uses the filter, so that its listener hangs up.
static void watch(struct run *run, int listener) {
  struct pollfd events[] = {{.fd = listener, .events = POLLIN}, {.fd = children, .events = POLLIN}};
  const long long until = now_ms() + DEADLINE_MS;
  bool started = false, ended = false, hung_up = false;

  while (reap(run, &ended) || !hung_up) {
    const long long left = until - now_ms();
    if (left <= 0 || poll(events, 2, left > 100 ? 100 : (int)left) < 0) {
      if (left > 0 && errno == EINTR)
        continue;
      run->hung = true;
      kill(-run->pid, SIGKILL);
      kill(run->pid, SIGKILL);
      if (!ended)
        waitpid(run->pid, &run->status, 0);
      return;
    }
    if (events[0].revents & POLLIN)
      serve(run, listener, &started);
    else if (events[0].revents & (POLLHUP | POLLERR))
      hung_up = true, events[0].fd = -1;
  }
}

static void read_message(struct run *run) {
  ssize_t got = pread(output, run->message, sizeof run->message - 1, 0);

  run->message[got > 0 ? got : 0] = '\0';
}

static char **usual_words(const struct run *run) {
  static char uids[40], gids[40];
  static char *words[12];
  // Inside 0 is the caller, and from 1 on are his other ids.
  char *outside = run->nested ? (run->own ? "0" : "1") : run->own ? "1000" : "100000";
  char *split[] = {"0", outside, run->own ? "1" : "65536"};
  size_t used = 0;

  snprintf(uids, sizeof uids, "--uid-map=%s %s %s", split[0], split[1], split[2]);
  snprintf(gids, sizeof gids, "--gid-map=%s %s %s", split[0], split[1], split[2]);
  char *binding[] = {"--bind", TREE, HERE, pid_word, "b:0:300000:65536"};
  char *running[] = {uids, gids, "--", (char *)subject.probe};
  words[used++] = (char *)subject.name;
  if (subject.kind == USERNS)
    for (size_t i = 0; i < COUNT(running); i++)
      words[used++] = running[i];
  else if (subject.kind == NEWFSIDMAP)
    for (size_t i = 0; i < COUNT(binding); i++)
      words[used++] = binding[i];
  else {
    words[used++] = pid_word;
    for (size_t i = 0; i < COUNT(split); i++)
      words[used++] = split[i];
  }
  words[used] = NULL;
  return words;
}

static void run_program(struct run *run) {
  const bool words_given = run->argv != NULL;

  open_channels();
  if (ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0)
    fail("the output");
  snprintf(pid_word, sizeof pid_word, "%d", (int)run->target.pid);
  if (!words_given)
    run->argv = usual_words(run);
  shared->listener = -1;
  shared->failed = 0;
  shared->maps = NO_MAPS;
  shared->target.pid = 0;
  run->pid = fork();
  if (run->pid < 0)
    fail("fork");
  if (run->pid == 0)
    become_program(run);
  int listener = take_listener(run->pid);
  if (run->nested) {
    run->target = shared->target;
    run->target.command = -1;
  }
  watch(run, listener);
  close(listener);
  read_message(run);
  if (!words_given)
    run->argv = NULL;
  if (shared->failed) {
    errno = shared->failed;
    fail(run->name);
  }
}

/** Runs the program; its word for how it ended. */
const char *outcome_of(struct run *run) {
  run->found[0] = run->message[0] = '\0';
  run->calls = run->status = 0;
  run->in_main = run->hung = false;
  run->fell = NULL;
  if (subject.kind != USERNS && !run->nested)
    run->target = target_make(ALICE, 0);
  run_program(run);
  const char *outcome = judge(run);
  target_end(&run->target);
  target_end(&run->second);
  return outcome;
}

void play(struct run *run) {
  const char *outcome = outcome_of(run);

  say(run->name, outcome, run->fell ? run->fell : *run->message ? run->message : strncmp(outcome, "FELL", 4) == 0 ? run->found : "");
}
