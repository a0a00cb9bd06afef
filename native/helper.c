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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "helper.h"
#include "maps.h"
#include "shim.h"

static struct map granted[2];
static bool written[2], written_outside[2];

static enum { ALONE, MAIN, HELPER } role;
static int channel = -1;
static pid_t helper;
static int held_namespace = -1;
static bool joined;

/* The status of a helper that found nobody to serve. */
#define ABANDONED 1

/* The files of the main process that the helper opens. */
#define FILES 3
static const char *const file_names[FILES] = {"setgroups", "uid_map", "gid_map"};
static int files[FILES];

static void must_be(int wanted) {
  if ((int)role != wanted) fail("internal error: a call of the other process's");
}

/* In a namespace that the helper has joined it keeps the file-system id 0 that it had before. */
static int open_main(const char *name, int flags) {
  int which = 0;
  while (which < FILES && strcmp(name, file_names[which]) != 0) which++;
  if (which == FILES) fail("internal error: no file of the main process");
  return joined ? reopen(files[which], flags) : reopen_as_root(files[which], flags);
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
  target_open_by(open_main);
  target_pin(directory);
  return directory;
}

/* Undumpable as we are now, our files are root's; in a namespace without uid 0 nobody in it could open them, and
 * the capabilities are of no use. */
static bool root_exists(void) {
  struct stat st;
  return stat("/proc/self/uid_map", &st) != 0 || st.st_uid == 0;
}

bool helper_start(void) {
  int end;
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
  helper = channel_fork(&end);
  if (helper == 0) {
    become_helper(end);
    return true;
  }
  role = MAIN;
  channel = end;
  close(directory);
  for (int i = 0; i < FILES; i++) close(files[i]);
  privilege_drop();
  return false;
}

/* In silence where the main process has ended, with its own message; if it is there all the same it says so. */
static _Noreturn void end_alone(bool heard_nothing) {
  if (heard_nothing && errno != EPIPE && errno != ECONNRESET) fail("cannot hear the main process");
  _exit(ABANDONED);
}

/* The request. */
int helper_await(void *into, size_t room) {
  ssize_t got;
  must_be(HELPER);
  do got = recv(channel, into, room, MSG_TRUNC);
  while (got < 0 && errno == EINTR);
  if (got <= 0) end_alone(got < 0);
  if ((size_t)got > room) fail("internal error: the request is too long");
  return (int)got;
}

/* Rule 6: what the logic has granted, once and before anything is written. Outside id 0 is for whose it is. */
void helper_record(bool gids, uint32_t inside, uint32_t outside, uint32_t count) {
  must_be(HELPER);
  if (written[0] || written[1] || written_outside[0] || written_outside[1] ||
      (outside == 0 && (gids ? start.gid : start.uid) != 0))
    fail("internal error: an extent that cannot be granted");
  map_record(&granted[gids], inside, outside, count);
}

/* The outer namespace of --disable-userns shows each id as what it is, the own id among them: without it the
 * kernel would not let the main process make the inner one. */
static size_t outer_text(char *text, bool gids) {
  const uint32_t own = gids ? start.gid : start.uid;
  struct map outer = {.length = 0};
  bool has_own = false;
  for (int i = 0; i < granted[gids].length; i++) {
    const struct extent *const e = &granted[gids].extents[i];
    has_own = has_own || (own >= e->outside && own - e->outside < e->count);
    map_record(&outer, e->outside, e->outside, e->count);
  }
  if (!has_own) map_record(&outer, own, own, 1);
  return map_text(&outer, text);
}

/* Safe for a hostile caller: the text is made of what was recorded, the file is that of the process we were
 * forked from, and the kernel lets only its namespace's owner open it. One write for each namespace. */
int helper_write_map(bool gids, bool outer) {
  static char text[MAP_ROOM];
  bool *const done = outer ? &written_outside[gids] : &written[gids];
  must_be(HELPER);
  if (*done || granted[gids].length == 0 || joined != (written_outside[gids] && !outer))
    fail("internal error: a map out of turn");
  *done = true;
  const size_t length = outer ? outer_text(text, gids) : map_text(&granted[gids], text);
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

/* Safe whatever the descriptor is: to join a namespace is to lose every capability over the own one, and
 * only one whose map we wrote lets us write a map below it. The file-system id stays root's, as the files
 * of the main process are; no capability over them comes with it. */
int helper_join(void) {
  char byte;
  int fd;
  must_be(HELPER);
  if (joined || !written_outside[0] || !written_outside[1]) fail("internal error: a namespace out of turn");
  if (channel_send(channel, "m", 1, NULL, 0) != 0) end_alone(true);
  const ssize_t got = channel_receive(channel, &byte, 1, &fd, 1);
  if (got != 1) end_alone(got < 0);
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
 * negative number of the signal that ended it. It may have ended before it was `asked`, or took what it was sent. */
static int await_helper(bool asked) {
  char byte;
  const ssize_t got = asked ? channel_receive(channel, &byte, 1, NULL, 0) : 0;
  if (got < 0 && got != -ECONNRESET) fail("cannot hear the helper");
  if (got == 1) return 0;
  channel_close(channel);
  const int status = channel_wait(helper);
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  if (WEXITSTATUS(status) == ABANDONED) fail("the helper is cut off");
  return WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main_ask(const void *request, size_t length) {
  must_be(MAIN);
  const int sent = channel_send(channel, request, length, NULL, 0);
  if (sent != 0 && sent != -EPIPE) fail("cannot ask the helper");
  return await_helper(sent == 0);
}

int main_hold_namespace(void) {
  must_be(MAIN);
  held_namespace = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  return held_namespace < 0 ? -errno : 0;
}

int main_hand_over(void) {
  must_be(MAIN);
  const int sent = channel_send(channel, "n", 1, &held_namespace, 1);
  if (sent != 0 && sent != -EPIPE) fail("cannot ask the helper");
  close(held_namespace);
  return await_helper(sent == 0);
}
