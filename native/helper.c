/* SPDX-License-Identifier: MIT
 *
 * userns in two processes. The one that was started, the main process, becomes the caller's program: it gives up
 * all privilege before it looks at an argument. The helper, forked from it before that, keeps the capabilities,
 * decides on the map that the main process asks for as if a stranger had asked, writes it, and ends.
 * It takes nothing from the main process but a request and, for --disable-userns, a namespace to
 * lose its privilege in; it knows which process it maps from a descriptor that was opened before anything else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"
#include "shim.h"

#define MOST_LINES 340
#define MOST_BYTES 4095
/* Three numbers of ten digits, two blanks, a newline. */
#define LONGEST_LINE 33

struct extent {
  uint32_t inside, outside, count;
};

static struct map {
  struct extent extents[MOST_LINES];
  int length;
  bool written, written_outside;
} maps[2];

static enum { ALONE, MAIN, HELPER } role;
static int channel = -1;
static pid_t helper;
static int held_namespace = -1;
static bool joined;

/* The files of the main process that the helper opens. */
#define FILES 3
static const char *const file_names[FILES] = {"setgroups", "uid_map", "gid_map"};
static int files[FILES];

static void must_be(int wanted) {
  if ((int)role != wanted) fail("internal error: a call of the other process's");
}

/* Rule 8: with fs.suid_dumpable 1 each change of ids would open us to the caller for a moment. */
static void must_be_undumpable(void) {
  if (start.held && names_could_be_traced()) fail("does not run while the sysctl fs.suid_dumpable is 1");
}

/* Safe for a hostile caller: this stands around the open of a file of the main process's, which is root's because
 * that process is not dumpable, and before the helper joins a namespace, where it opens no other file. No capability follows from it: of those that a file-system id of
 * 0 raises none is permitted. Without CAP_SETUID nothing happens, and the kernel refuses the open. */
static void act_as(uid_t fsuid) {
  setfsuid(fsuid);
  privilege_set_dumpable(false);
}

/* Safe for a hostile caller: the files are those of the process we were forked from, which named them itself. They
 * are opened anew by descriptor, because hidepid would hide that process from us. In a namespace that the helper
 * has joined it keeps the file-system id 0 that it had before. */
static int open_main(const char *name, int flags) {
  char path[32] = "/proc/self/fd/", digits[12] = "";
  struct stat named, opened;
  int which = 0;
  while (which < FILES && strcmp(name, file_names[which]) != 0) which++;
  if (which == FILES) fail("internal error: no file of the main process");
  strcat(path, output_number(digits + sizeof digits - 1, (uint32_t)files[which]));
  if (!joined) {
    privilege_raise(start.maps_root);
    act_as(0);
  }
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) fd = -errno;
  if (!joined) {
    act_as(start.uid);
    privilege_lower();
  }
  if (fd < 0) return fd;
  if (fstat(files[which], &named) == 0 && fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev &&
      named.st_ino == opened.st_ino)
    return fd;
  close(fd);
  return NOT_PROC;
}

static void become_helper(int end) {
  role = HELPER;
  channel = end;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  privilege_forbid_new();
}

/* The main process names its own files: whatever process ids that procfs shows, they are the right ones, also
 * when the helper opens them. */
static int name_files(void) {
  const int directory = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) fail("cannot open /proc/self: is /proc mounted?");
  for (int i = 0; i < FILES; i++) {
    files[i] = procfs_open(directory, true, file_names[i], O_PATH);
    if (files[i] < 0) fail("cannot open the own files in /proc/self");
  }
  target_pin(directory, open_main);
  return directory;
}

/* Undumpable as we are now, our files are root's; in a namespace without uid 0 nobody in it could open them, and
 * the capabilities are of no use. */
static bool root_exists(void) {
  struct stat st;
  return stat("/proc/self/uid_map", &st) != 0 || st.st_uid == 0;
}

/* The helper has no exit signal, so that the program finds no SIGCHLD that it did not earn. */
bool helper_start(void) {
  int ends[2];
  must_be(ALONE);
  if (start.held && !root_exists()) {
    privilege_drop();
    start.held = false;
    start.rootless = true;
  }
  /* Where nothing was gained nothing has to be hidden, and the own files are the caller's. */
  if (!start.held) privilege_set_dumpable(true);
  const int directory = name_files();
  must_be_undumpable();
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail("cannot make a channel to the helper");
  helper = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (helper < 0) fail("cannot start the helper: a limit of processes is reached");
  close(ends[helper == 0 ? 0 : 1]);
  if (helper == 0) {
    become_helper(ends[1]);
    return true;
  }
  role = MAIN;
  channel = ends[0];
  close(directory);
  for (int i = 0; i < FILES; i++) close(files[i]);
  privilege_drop();
  return false;
}

/* The request; the helper ends in silence where the main process has, with its own message. */
int helper_await(void *into, size_t room) {
  must_be(HELPER);
  const ssize_t got = recv(channel, into, room, MSG_TRUNC);
  if (got <= 0) _exit(program.failure);
  if ((size_t)got > room) fail("internal error: the request is too long");
  return (int)got;
}

/* Rule 6: what the logic has granted, once and before anything is written. Outside id 0 is for whose it is. */
void helper_record(bool gids, uint32_t inside, uint32_t outside, uint32_t count) {
  struct map *const map = &maps[gids];
  const uint32_t own = gids ? start.gid : start.uid;
  must_be(HELPER);
  if (map->length == MOST_LINES || maps[0].written || maps[0].written_outside || maps[1].written ||
      maps[1].written_outside || count == 0 ||
      count > UINT32_MAX - outside || count > UINT32_MAX - inside || (outside == 0 && own != 0))
    fail("internal error: an extent that cannot be granted");
  map->extents[map->length++] = (struct extent){inside, outside, count};
}

static char *put_number(char *at, uint32_t value, char after) {
  char digits[12] = "";
  at = stpcpy(at, output_number(digits + sizeof digits - 1, value));
  *at++ = after;
  return at;
}

static char *put_extent(char *at, uint32_t inside, uint32_t outside, uint32_t count) {
  at = put_number(at, inside, ' ');
  at = put_number(at, outside, ' ');
  return put_number(at, count, '\n');
}

/* The outer namespace of --disable-userns shows each id as what it is, the own id among them: without it the
 * kernel would not let the main process make the inner one. */
static size_t compose(char *text, bool gids, bool outer) {
  const struct map *const map = &maps[gids];
  const uint32_t own = gids ? start.gid : start.uid;
  char *at = text;
  bool has_own = !outer;
  for (int i = 0; i < map->length; i++) {
    const struct extent *const e = &map->extents[i];
    has_own = has_own || (own >= e->outside && own - e->outside < e->count);
    at = put_extent(at, outer ? e->outside : e->inside, e->outside, e->count);
  }
  if (!has_own) at = put_extent(at, own, own, 1);
  if (map->length + !has_own > MOST_LINES || at - text > MOST_BYTES) return 0;
  return (size_t)(at - text);
}

/* Safe for a hostile caller: the text is made of what was recorded, the file is that of the process we were
 * forked from, and the kernel lets only its namespace's owner open it. One write for each namespace. */
int helper_write_map(bool gids, bool outer) {
  static char text[(MOST_LINES + 1) * LONGEST_LINE + 1];
  struct map *const map = &maps[gids];
  bool *const done = outer ? &map->written_outside : &map->written;
  must_be(HELPER);
  if (*done || map->length == 0 || joined != (map->written_outside && !outer))
    fail("internal error: a map out of turn");
  *done = true;
  const size_t length = compose(text, gids, outer);
  if (length == 0) fail("internal error: a map of an impossible size");
  const int fd = open_main(gids ? "gid_map" : "uid_map", O_WRONLY);
  if (fd < 0) return fd;
  if (!joined) privilege_raise(start.maps_root);
  const ssize_t put = write(fd, text, length);
  const int reason = put < 0 ? errno : EIO;
  if (!joined) privilege_lower();
  close(fd);
  return put == (ssize_t)length ? 0 : -reason;
}

static int receive_descriptor(void) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  char byte;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  int fd = -1;
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1) _exit(program.failure);
  const struct cmsghdr *const first = CMSG_FIRSTHDR(&message);
  if (first != NULL && first->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(first), sizeof fd);
  return fd;
}

/* Safe whatever the descriptor is: to join a namespace is to lose every capability over the own one, and
 * only one whose map we wrote lets us write a map below it. The file-system id stays root's, as the files
 * of the main process are; no capability over them comes with it. */
int helper_join(void) {
  must_be(HELPER);
  if (joined || !maps[0].written_outside || !maps[1].written_outside) fail("internal error: a namespace out of turn");
  if (send(channel, "m", 1, MSG_NOSIGNAL) != 1) _exit(program.failure);
  const int fd = receive_descriptor();
  privilege_raise(false);
  act_as(0);
  privilege_lower();
  const int result = setns(fd, CLONE_NEWUSER) == 0 ? 0 : -errno;
  privilege_set_dumpable(false);
  close(fd);
  joined = result == 0;
  return result;
}

/* What follows is the main process's, without any privilege. */

/* Waits for the helper's word that it goes on, or for its end: 0; 1 if it has refused and said why; or the
 * negative number of the signal that ended it. */
static int await_helper(void) {
  char byte;
  int status;
  ssize_t got;
  do got = recv(channel, &byte, 1, 0);
  while (got < 0 && errno == EINTR);
  if (got == 1) return 0;
  close(channel);
  while (waitpid(helper, &status, __WALL) < 0)
    if (errno != EINTR) fail("the helper cannot be waited for");
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  return WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main_ask(const void *request, size_t length) {
  must_be(MAIN);
  if (send(channel, request, length, MSG_NOSIGNAL) < 0 && errno != EPIPE) fail("cannot ask the helper");
  return await_helper();
}

int main_hold_namespace(void) {
  must_be(MAIN);
  held_namespace = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  return held_namespace < 0 ? -errno : 0;
}

int main_hand_over(void) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
  struct iovec data = {"n", 1};
  const struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  must_be(MAIN);
  memcpy(CMSG_DATA(&control.header), &held_namespace, sizeof held_namespace);
  if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE) fail("cannot ask the helper");
  close(held_namespace);
  return await_helper();
}
