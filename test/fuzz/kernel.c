/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "input.h"

#define TARGET_PID "/proc/7"
#define OWN_NAMESPACE 4026531837u
#define TARGET_NAMESPACE 4026532001u
#define NSS_PROCESS 77

/* What a descriptor stands for is its number. That of the target's directory is open from the start, for fd:7. */
enum descriptor {
  FIRST = KERNEL_TARGET, TARGET_DIRECTORY = FIRST, TABLE, SETGROUPS, MAP, NSS_FILE, ANSWER, ANSWER_WRITER, NSS_PIDFD, LOG,
  NS_DIRECTORY, NS_USER, NS_PARENT, SUID_DUMPABLE, DESCRIPTORS_END
};

struct deeds deeds;
bool kernel_allows_traps;
jmp_buf kernel_exit;

static bool open_ones[DESCRIPTORS_END];
static struct text table, answer;
static enum damage damage;
static enum ending ending;
static uint64_t effective;
static time_t now;

void found(const char *what) {
  fprintf(stderr, "found: %s\n", what);
  abort();
}

static int fail_with(int error) {
  errno = error;
  return -1;
}

static int opened(enum descriptor which) {
  open_ones[which] = true;
  return (int)which;
}

static bool is_open(int fd) { return fd >= FIRST && fd < DESCRIPTORS_END && open_ones[fd]; }

static void must_be_open(int fd) {
  if (!is_open(fd)) found("a descriptor that is not open");
}

void kernel_start(void) {
  memset(&deeds, 0, sizeof deeds);
  memset(open_ones, 0, sizeof open_ones);
  opened(TARGET_DIRECTORY);
  deeds.setgroups_denied = (input.facts[TARGET_FACTS] & DENIED) != 0;
  kernel_allows_traps = false;
  effective = 0;
  now = 1;
}

void kernel_end(void) {
  if (effective != 0) found("a capability was effective at the end");
}

/* Only children make these calls, and here there are none. */
int fuzz_signal(void) { found("signal"); }
int fuzz_dup2(void) { found("dup2"); }
int fuzz_chdir(void) { found("chdir"); }

void fuzz_exit(int status) {
  deeds.status = status;
  longjmp(kernel_exit, 1);
}

/* files */

static const char *const paths[] = {
    "/etc/passwd", "/etc/nsswitch.conf", "/etc/login.defs", "/etc/subuid", "/etc/subgid", "/etc/usernamespaces",
};

static int open_table(uint32_t which) {
  damage = input_table(which, &table);
  if (damage == ABSENT || damage == LINK_TO_NOTHING) return fail_with(ENOENT);
  if (damage == UNREADABLE) return fail_with(EACCES);
  if (damage == LOOP) return fail_with(ELOOP);
  return opened(TABLE);
}

int fuzz_open(const char *path, int flags, ...) {
  for (uint32_t i = 0; i < sizeof paths / sizeof *paths; i++)
    if (strcmp(path, paths[i]) == 0) return open_table(i);
  if ((flags & O_CLOEXEC) == 0) found("a descriptor that a program would inherit");
  if (strcmp(path, "/proc/sys/fs/suid_dumpable") == 0) return opened(SUID_DUMPABLE);
  if (strcmp(path, NSS_PROGRAM) == 0) return ending == IS_MISSING ? fail_with(ENOENT) : opened(NSS_FILE);
  if (strcmp(path, TARGET_PID) == 0) return opened(TARGET_DIRECTORY);
  if (strncmp(path, "/proc/", 6) == 0 && path[6 + strspn(path + 6, "0123456789")] == '\0') return fail_with(ENOENT);
  found("a file that no program opens");
}

int fuzz_openat(int directory, const char *name, int flags, ...) {
  must_be_open(directory);
  if (directory != NS_DIRECTORY || strcmp(name, "user") != 0 || (flags & O_CLOEXEC) == 0) found("another openat");
  return opened(NS_USER);
}

static int open_below(int directory, const char *name) {
  must_be_open(directory);
  if (strcmp(name, "setgroups") == 0) return opened(SETGROUPS);
  if (strcmp(name, "uid_map") == 0 || strcmp(name, "gid_map") == 0) return opened(MAP);
  if (strcmp(name, "ns") == 0) return opened(NS_DIRECTORY);
  found("another file of the target's");
}

int fuzz_close(int fd) {
  must_be_open(fd);
  open_ones[fd] = false;
  return 0;
}

size_t kernel_part(struct text *from, void *into, size_t room) {
  const size_t chunk = input.facts[CHUNK];
  size_t size = from->size < room ? from->size : room;
  if (chunk != 0 && size > chunk) size = chunk;
  memcpy(into, from->bytes, size);
  from->bytes += size;
  from->size -= size;
  return size;
}

ssize_t fuzz_read(int fd, void *into, size_t room) {
  must_be_open(fd);
  struct text text = {(const uint8_t *)"2", 1};
  if (fd == TABLE) return (ssize_t)kernel_part(&table, into, room);
  if (fd == ANSWER) return (ssize_t)kernel_part(&answer, into, room);
  if (fd == SUID_DUMPABLE && ending == COULD_BE_TRACED) text.bytes = (const uint8_t *)"1";
  if (fd == SETGROUPS) text = deeds.setgroups_denied ? (struct text){(const uint8_t *)"deny\n", 5} : (struct text){(const uint8_t *)"allow\n", 6};
  if (fd == MAP) text.size = (input.facts[TARGET_FACTS] & MAPPED) != 0;
  const size_t size = text.size < room ? text.size : room;
  memcpy(into, text.bytes, size);
  return (ssize_t)size;
}

static bool is_allowed(const char *message, size_t size) {
  static const char trap[] = "internal error: a trap";
  return kernel_allows_traps && size == sizeof trap - 1 && memcmp(message, trap, size) == 0;
}

static void say(int fd, const char *text, size_t size) {
  if (size >= 9 && memcmp(text, "internal ", 9) == 0 && !is_allowed(text, size)) found("an internal error");
  if (size >= 13 && memcmp(text, "out of memory", 13) == 0) found("the end of the memory");
  if (fd == 1) deeds.said = true;
  for (size_t i = 0; fd == 2 && i < size; i++) {
    if ((text[i] >= 0 && text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f) found("a control character in a message");
    if (deeds.complaint_length < MOST_SAID) deeds.complaint[deeds.complaint_length++] = text[i];
  }
}

void kernel_note(const char *words, size_t length) {
  if (length > MOST_MAP - deeds.map_length) length = MOST_MAP - deeds.map_length;
  memcpy(deeds.map + deeds.map_length, words, length);
  deeds.map_length += length;
}

ssize_t fuzz_write(int fd, const void *text, size_t size) {
  const bool mapped = (input.facts[TARGET_FACTS] & MAPPED) != 0;
  if (fd == 1 || fd == 2) {
    say(fd, text, size);
    return (ssize_t)size;
  }
  must_be_open(fd);
  if (fd == SETGROUPS) {
    if (size != 4 || memcmp(text, "deny", 4) != 0) found("setgroups is not denied but written");
    if (mapped) return fail_with(EPERM);
    deeds.setgroups_denied = true;
    return 4;
  }
  if (fd != MAP || size == 0 || size > MOST_MAP - 1 || deeds.written) found("an impossible write");
  if (effective == 0) found("a map is written without a capability");
  if (mapped) return fail_with(EPERM);
  deeds.written = true;
  kernel_note(text, size);
  return (ssize_t)size;
}

static int is_a_table(struct stat *st) {
  st->st_mode = damage == NOT_A_FILE ? S_IFDIR | 0755 : damage == WRITABLE_BY_OTHERS ? S_IFREG | 0646 : S_IFREG | 0644;
  st->st_uid = damage == SOMEBODYS ? 1000 : 0;
  st->st_size = (off_t)table.size;
  return 0;
}

int fuzz_fstat(int fd, struct stat *st) {
  const uint8_t facts = input.facts[TARGET_FACTS];
  /* The caller's number, or one of ours. */
  if (!is_open(fd)) return fail_with(EBADF);
  *st = (struct stat){.st_dev = 5, .st_ino = 9};
  if (fd == TABLE) return is_a_table(st);
  if (fd == NSS_FILE) st->st_mode = S_IFREG | 0711;
  if (fd == NS_USER) st->st_ino = TARGET_NAMESPACE;
  if (fd == NS_PARENT) st->st_ino = OWN_NAMESPACE;
  if (fd != TARGET_DIRECTORY && fd != MAP) return 0;
  st->st_mode = S_IFDIR | 0555;
  st->st_uid = input.uid + ((facts & OTHER_UID) != 0);
  st->st_gid = input.gid + ((facts & OTHER_GID) != 0);
  return 0;
}

int fuzz_stat(const char *path, struct stat *st) {
  *st = (struct stat){.st_dev = 5, .st_ino = OWN_NAMESPACE};
  if (strncmp(path, "/proc/self/", 11) != 0) found("another stat");
  return 0;
}
int fuzz_lstat(const char *path, struct stat *st) {
  (void)path, (void)st;
  return damage == LINK_TO_NOTHING ? 0 : fail_with(ENOENT);
}
int fuzz_fstatfs(int fd, struct statfs *fs) {
  must_be_open(fd);
  fs->f_type = PROC_SUPER_MAGIC;
  return 0;
}
int fuzz_statvfs(const char *path, struct statvfs *fs) {
  (void)path;
  memset(fs, 0, sizeof *fs);
  return 0;
}
ssize_t fuzz_getxattr(const char *path, const char *name, void *value, size_t size) {
  (void)path, (void)name, (void)value, (void)size;
  return 1;
}
int fuzz_ioctl(int fd, unsigned long request, ...) {
  must_be_open(fd);
  if (request == NS_GET_PARENT) return opened(NS_PARENT);
  va_list more;
  va_start(more, request);
  *va_arg(more, uid_t *) = input.uid;
  va_end(more);
  return 0;
}
int fuzz_fcntl(int fd, int command, ...) {
  (void)fd, (void)command;
  return 0;
}

/* privilege */

uid_t fuzz_getuid(void) { return input.uid; }
gid_t fuzz_getgid(void) { return input.gid; }
int fuzz_getresuid(uid_t *real, uid_t *now_effective, uid_t *saved) {
  *real = *now_effective = *saved = input.uid;
  return 0;
}
int fuzz_getresgid(gid_t *real, gid_t *now_effective, gid_t *saved) {
  *real = *now_effective = *saved = input.gid;
  return 0;
}
int fuzz_setresuid(uid_t real, uid_t now_effective, uid_t saved) { return real == now_effective && saved == real ? 0 : fail_with(EPERM); }
int fuzz_setresgid(gid_t real, gid_t now_effective, gid_t saved) { return real == now_effective && saved == real ? 0 : fail_with(EPERM); }
int fuzz_prctl(int option, ...) { 
  (void)option;
  return 0;
}
pid_t fuzz_getpid(void) { return 4321; }

static int capget(struct __user_cap_data_struct *data) {
  data[0].permitted = (1u << CAP_SETUID) | (1u << CAP_SETGID) | (1u << CAP_SYS_ADMIN) | (1u << CAP_SETFCAP);
  data[1] = (struct __user_cap_data_struct){0};
  return 0;
}
static int capset(const struct __user_cap_data_struct *data) {
  if ((data[0].effective & ~data[0].permitted) != 0) found("more effective than permitted");
  effective = data[0].effective;
  return 0;
}

/* A pid for clone, which never is a child's here. */
long fuzz_syscall(long number, ...) {
  va_list more;
  long words[3];
  va_start(more, number);
  for (int i = 0; i < 3; i++) words[i] = va_arg(more, long);
  va_end(more);
  switch (number) {
    case SYS_capget: return capget((struct __user_cap_data_struct *)words[1]);
    case SYS_capset: return capset((struct __user_cap_data_struct *)words[1]);
    case SYS_openat2: return open_below((int)words[0], (const char *)words[1]);
    case SYS_clone: return NSS_PROCESS;
    case SYS_prctl: return fuzz_prctl((int)words[0]);
    case SYS_pidfd_open: return opened(NSS_PIDFD);
    default: found("another system call");
  }
}

/* the name service */

int fuzz_pipe2(int *ends, int flags) {
  if (flags != O_CLOEXEC) found("a pipe that a program would inherit");
  ends[0] = opened(ANSWER);
  ends[1] = opened(ANSWER_WRITER);
  return 0;
}

/* A program that hangs lets the deadline pass. */
int fuzz_poll(struct pollfd *wait, nfds_t count, int timeout) {
  if (count != 1 || timeout < 0) found("a wait without end");
  must_be_open(wait->fd);
  if (ending == HANGS) {
    now += 100;
    return 0;
  }
  wait->revents = POLLIN;
  return 1;
}

pid_t fuzz_waitpid(pid_t child, int *status, int options) {
  static const int statuses[ENDINGS] = {[KNOWS_NOBODY] = 1, [FAILS] = 2, [HAS_NO_PLUGIN] = 3};
  if (child != NSS_PROCESS || options != 0) found("another wait");
  *status = ending == IS_KILLED || ending == HANGS ? SIGKILL : statuses[ending] << 8;
  return child;
}
int fuzz_kill(pid_t child, int number) {
  if (child != NSS_PROCESS || number != SIGKILL) found("another kill");
  return 0;
}
int fuzz_clock_gettime(clockid_t clock, struct timespec *time) {
  (void)clock;
  *time = (struct timespec){.tv_sec = now};
  return 0;
}
int fuzz_nanosleep(const struct timespec *time, struct timespec *left) {
  (void)time, (void)left;
  return 0;
}
int fuzz_sigaction(int number, const struct sigaction *new, struct sigaction *old) {
  (void)number, (void)new;
  if (old != NULL) memset(old, 0, sizeof *old);
  return 0;
}
int fuzz_sigprocmask(int how, const sigset_t *set, sigset_t *old) {
  (void)how, (void)set;
  if (old != NULL) sigemptyset(old);
  return 0;
}

int fuzz_socket(int domain, int type, int protocol) {
  (void)domain, (void)protocol;
  if ((type & SOCK_CLOEXEC) == 0) found("a socket that a program would inherit");
  return opened(LOG);
}
ssize_t fuzz_sendto(int fd, const void *text, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
  (void)flags, (void)to, (void)length;
  must_be_open(fd);
  if (size > 640) found("a long note in the log");
  for (size_t i = 0; i < size; i++)
    if (((const uint8_t *)text)[i] < ' ') found("a control character in the log");
  return (ssize_t)size;
}

int __real_names_ask(const char *request, size_t length, char *into, size_t room);
int __wrap_names_ask(const char *request, size_t length, char *into, size_t room);

/* What the program that is started would read from its arguments. */
int __wrap_names_ask(const char *request, size_t length, char *into, size_t room) {
  if (length == 0 || request[length - 1] != '\0') found("a malformed question");
  ending = input_answer(request, length, &answer);
  return __real_names_ask(request, length, into, room);
}
