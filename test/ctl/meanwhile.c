// SPDX-License-Identifier: MIT
//
// What somebody else does at the worst moment, for the tests: preloaded into usernsctl, it runs $MEANWHILE before the
// call number $MEANWHILE_AT of those that name a file whose path holds $MEANWHILE_PATH, and appends a byte to
// $MEANWHILE_COUNT at each of these calls.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static __attribute__((constructor)) void begin(void) {
  unsetenv("LD_PRELOAD");
}

static int (*real_open(void))(const char *, int, ...) {
  return (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
}

static void count(void) {
  int file = real_open()(setting("MEANWHILE_COUNT"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return;
  if (write(file, ".", 1) != 1)
    abort();
  close(file);
}

static void before(const char *path) {
  static int calls;
  if (!strstr(path, setting("MEANWHILE_PATH")))
    return;
  count();
  if (++calls == atoi(setting("MEANWHILE_AT")) && system(setting("MEANWHILE")) != 0)
    abort();
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  before(path);
  return real_open()(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  before(path);
  return real_open()(path, flags, mode);
}

int rename(const char *from, const char *to) {
  before(from);
  return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
}

int link(const char *from, const char *to) {
  before(from);
  return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(from, to);
}

int unlink(const char *path) {
  before(path);
  return ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(path);
}

ssize_t readlink(const char *path, char *room, size_t size) {
  before(path);
  return ((ssize_t(*)(const char *, char *, size_t))dlsym(RTLD_NEXT, "readlink"))(path, room, size);
}
