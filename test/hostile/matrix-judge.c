// SPDX-License-Identifier: MIT
//
// How a run ended: with the right map, with a message and none, or not as it should.

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

// What the process that is asked shows where the map is as it should be.
static const char *right(const struct run *run) {
  if (run->map)
    return run->map;
  switch (subject.kind) {
  case NEWUIDMAP:
    return run->own ? "0 1000 1, , allow" : "0 100000 65536, , allow";
  case NEWGIDMAP:
    return run->own ? ", 0 1000 1, deny" : ", 0 100000 65536, allow";
  case USERNS:
    return run->own ? "0 1000 1, 0 1000 1, deny" : "0 100000 65536, 0 100000 65536, allow";
  default:
    return "mounted";
  }
}

// The mounts at HERE, of which there is one, whose ids are mapped and whose flags are set: what is the first of its
// tree's on disk is the first of the target's.
static const char *mount_of(pid_t pid) {
  char path[64], line[4096];
  struct stat st;
  int mounts = 0, good = 0;

  snprintf(path, sizeof path, "/proc/%d/mountinfo", (int)pid);
  FILE *file = fopen(path, "re");
  while (file && fgets(line, sizeof line, file)) {
    const char *at = strstr(line, " " HERE " ");
    mounts += at != NULL;
    good += at && strncmp(at + strlen(" " HERE " "), "rw,nosuid,nodev,relatime,idmapped ", 34) == 0;
  }
  if (file)
    fclose(file);
  if (mounts == 0)
    return "";
  snprintf(path, sizeof path, "/proc/%d/root" HERE "/base", (int)pid);
  return mounts == 1 && good == 1 && stat(path, &st) == 0 && st.st_uid == 100000 && st.st_gid == 100000 ? "mounted"
                                                                                                      : "mounted wrongly";
}

static const char *look(const struct target *target, char *into, size_t room) {
  char uids[64], gids[64], setgroups[16];

  if (subject.kind == NEWFSIDMAP)
    return mount_of(target->witness);
  text_of(target->witness, "uid_map", uids, sizeof uids);
  text_of(target->witness, "gid_map", gids, sizeof gids);
  text_of(target->witness, "setgroups", setgroups, sizeof setgroups);
  snprintf(into, room, "%s, %s, %s", uids, gids, setgroups);
  return into;
}

// Nothing mapped; setgroups may be denied, which takes away and never gives.
static bool is_nothing(const char *found) {
  return *found == '\0' || strcmp(found, ", , allow") == 0 || strcmp(found, ", , deny") == 0;
}

// The map is there, or none, and none where it must not be.
enum result { NOTHING, RIGHT, WRONG };

static enum result result_of(struct run *run) {
  char second[256];

  if (subject.kind != USERNS) {
    char first[256];
    const char *found = look(&run->target, first, sizeof first);
    if (found != run->found)
      snprintf(run->found, sizeof run->found, "%s", found);
    if (run->second.pid > 0) {
      found = look(&run->second, second, sizeof second);
      if (!is_nothing(found) && (!is_nothing(run->found) || run->second_is_bobs))
        return WRONG;
      if (!is_nothing(found))
        snprintf(run->found, sizeof run->found, "%s", found);
    }
  }
  return is_nothing(run->found) ? NOTHING : strcmp(run->found, right(run)) == 0 ? RIGHT : WRONG;
}

// All lines are the program's own.
static bool is_worded(const char *message) {
  const size_t length = strlen(subject.name);

  if (*message == '\0')
    return false;
  for (const char *line = message; *line != '\0'; line = strchr(line, '\n') + 1) {
    const bool named = strncmp(line, subject.name, length) == 0 && line[length] == ':';
    if ((!named && strncmp(line, "usage: ", 7) != 0) || strchr(line, '\n') == NULL)
      return false;
  }
  return true;
}

static const char *word_for_signal(const struct run *run, int number, enum result result) {
  switch (number) {
  case SIGSEGV:
  case SIGBUS:
  case SIGILL:
  case SIGABRT:
  case SIGFPE:
  case SIGSYS:
    if (!run->raised)
      return run->in_main ? "FELL: crashed" : "before main";
  }
  if (!run->in_main && !run->raised)
    return "before main";
  return result == RIGHT ? "ended with the map" : "ended without";
}

/** The word for how a run ended; those that begin with FELL are not to be. */
const char *judge(struct run *run) {
  const enum result result = result_of(run);
  const int status = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
  const bool success = status == (subject.kind == USERNS ? 77 : 0);

  if (run->hung)
    return "FELL: hung";
  if (run->fell)
    return "FELL: it was let in";
  if (result == WRONG)
    return "FELL: a wrong map";
  if (WIFSIGNALED(run->status))
    return word_for_signal(run, WTERMSIG(run->status), result);
  if (success)
    return result == RIGHT ? *run->message == '\0' ? "mapped" : "FELL: a map and a message" : "FELL: success without a map";
  if (result == RIGHT)
    return "FELL: a map in spite of failure";
  // The map was made, and there is no such program.
  if (subject.kind == USERNS && (status == 126 || status == 127) && is_worded(run->message))
    return "ran nothing";
  if (!run->in_main)
    return "before main";
  if (status != subject.failure)
    return "FELL: another status";
  return is_worded(run->message) ? "refused" : run->mute && *run->message == '\0' ? "refused silently" : "FELL: no message";
}
