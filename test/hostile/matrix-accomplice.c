// SPDX-License-Identifier: MIT
//
// A process of the caller's beside the program, which tries to look into it: with what the kernel lets one do at the
// moment, and with what it opened when the program was still another one, which it could look into.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

// Ways in, beside those that are system calls. What leads to a file or directory of its user's is none once it is open.
enum what { TEXT, MEMORY, DESCRIPTORS, LEADS };
static const struct {
  const char *name;
  int flags;
  enum what what;
} files[] = {
    {"mem", O_RDONLY, MEMORY},      {"mem", O_RDWR, MEMORY},         {"environ", O_RDONLY, TEXT},
    {"maps", O_RDONLY, TEXT},       {"auxv", O_RDONLY, TEXT},        {"smaps", O_RDONLY, TEXT},
    {"pagemap", O_RDONLY, TEXT},    {"syscall", O_RDONLY, TEXT},     {"stack", O_RDONLY, TEXT},
    {"personality", O_RDONLY, TEXT}, {"io", O_RDONLY, TEXT},         {"fd", O_DIRECTORY, DESCRIPTORS},
    {"map_files", O_DIRECTORY, LEADS}, {"fd/2", O_RDONLY, LEADS},    {"root", O_RDONLY, LEADS},
    {"cwd", O_RDONLY, LEADS},       {"exe", O_RDONLY, LEADS},        {"ns/user", O_RDONLY, LEADS},
    {"coredump_filter", O_WRONLY, LEADS}, {"clear_refs", O_WRONLY, LEADS},
};
// As they were opened, and how they began then.
static struct {
  int fd;
  ssize_t length;
  char bytes[64];
} held[COUNT(files)];
static int held_pidfd;

static struct {
  pid_t pid;
  int to, from;
} accomplice;

static int open_of(pid_t pid, size_t which) {
  char path[64];

  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, files[which].name);
  return open(path, files[which].flags | O_CLOEXEC);
}

// A descriptor may be had of a text that nobody may read.
static bool tells(int fd, size_t which) {
  char byte;

  return fd >= 0 && (files[which].what != TEXT || read(fd, &byte, 1) > 0);
}

static const char *look(pid_t pid) {
  const char *in = NULL;
  char bytes[8];
  struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};

  for (size_t i = 0; i < COUNT(files); i++) {
    int fd = open_of(pid, i);
    if (tells(fd, i))
      in = files[i].name;
    if (fd >= 0)
      close(fd);
  }
  errno = 0;
  if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
    in = "process_vm_readv";
  if (process_vm_writev(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT)
    in = "process_vm_writev";
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  int taken = (int)syscall(SYS_pidfd_getfd, pidfd, 2, 0);
  if (taken >= 0)
    in = "pidfd_getfd";
  close(taken);
  close(pidfd);
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
    in = "ptrace";
    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
    waitpid(pid, NULL, __WALL);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
  }
  return in;
}

static ssize_t read_start(size_t which, char *into, size_t room, off_t address) {
  if (held[which].fd < 0)
    return -1;
  switch (files[which].what) {
  case TEXT:
    return pread(held[which].fd, into, room, 0);
  case MEMORY:
    return pread(held[which].fd, into, room, address);
  case DESCRIPTORS:
    return openat(held[which].fd, "2", O_PATH | O_CLOEXEC) >= 0 ? 1 : -1;
  default:
    return -1;
  }
}

// How many can be opened that the caller may look into.
static int hold(pid_t pid) {
  int opened = 0;

  for (size_t i = 0; i < COUNT(files); i++) {
    held[i].fd = open_of(pid, i);
    held[i].length = files[i].what == TEXT ? read_start(i, held[i].bytes, sizeof held[i].bytes, 0) : -1;
    opened += held[i].fd >= 0;
  }
  held_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  return opened;
}

// What was opened before is of the memory that the process had then: it may say the same still, and nothing else.
static const char *read_held(off_t address) {
  const char *in = NULL;
  char bytes[64];

  for (size_t i = 0; i < COUNT(files); i++) {
    const ssize_t got = read_start(i, bytes, sizeof bytes, address);
    if (got > 0 && (got != held[i].length || memcmp(bytes, held[i].bytes, (size_t)got) != 0))
      in = files[i].name;
  }
  int taken = (int)syscall(SYS_pidfd_getfd, held_pidfd, 2, 0);
  if (taken >= 0)
    in = "pidfd_getfd";
  close(taken);
  return in;
}

// Where something is in the memory of the program, which its caller does not know.
static off_t address_in(pid_t pid) {
  char maps[256];

  return (off_t)strtoull(text_of(pid, "maps", maps, sizeof maps), NULL, 16);
}

struct question {
  pid_t look_into;
  off_t read_at;
};

// Answers each question with a name of what let it in, or an empty one.
static void work(pid_t pid, int from, int to) {
  struct question asked;

  if (syscall(SYS_setgroups, 0, NULL) != 0 || setresgid(ALICE, ALICE, ALICE) != 0 || setresuid(ALICE, ALICE, ALICE) != 0)
    fail("become an accomplice");
  const char opened = (char)hold(pid);
  if (write(to, &opened, 1) != 1)
    fail("an accomplice's word");
  while (read(from, &asked, sizeof asked) == sizeof asked) {
    const char *in = asked.look_into > 0 ? look(asked.look_into) : read_held(asked.read_at);
    const char *name = in ? in : "";
    if (write(to, name, strlen(name) + 1) < 0)
      fail("an accomplice's word");
  }
  _exit(0);
}

/** Starts it, when the process of the program can be looked into; how many of its files it could open. */
int accomplice_start(struct run *run) {
  int to[2], from[2];
  char byte;

  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
    fail("pipe");
  accomplice.pid = fork();
  if (accomplice.pid == 0) {
    close(to[1]);
    work(run->pid, to[0], from[1]);
  }
  close(to[0]);
  close(from[1]);
  accomplice.to = to[1];
  accomplice.from = from[0];
  if (accomplice.pid < 0 || read(accomplice.from, &byte, 1) != 1)
    fail("no accomplice");
  return byte;
}

static const char *ask(struct question question) {
  static char name[64];

  if (write(accomplice.to, &question, sizeof question) != sizeof question || read(accomplice.from, name, sizeof name) <= 0)
    fail("the accomplice has gone");
  return *name ? name : NULL;
}

/** How it could look into a process, or NULL. */
const char *accomplice_look(pid_t pid) { return ask((struct question){pid, 0}); }

/** What it could read of a process that it opened before, or NULL. */
const char *accomplice_read(pid_t pid) { return ask((struct question){0, address_in(pid)}); }

void accomplice_end(void) {
  close(accomplice.to);
  close(accomplice.from);
}
