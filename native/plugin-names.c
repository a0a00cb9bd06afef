/* SPDX-License-Identifier: MIT
 *
 * The questions of askNss, answered in this process: who loads a plugin has the name service's modules loaded, too.
 * Whether somebody is in a group has one clear answer here, "in". A source that is away, which a user can bring
 * about where a privileged program of shadow's asks, looks like one that does not have him; the name-service
 * program asks each source for itself, and a library that loads modules by its own rules would be a nuisance.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define MOST_WORDS 4
#define LONGEST_NAME 256
#define FIRST_ROOM 4096u
#define MOST_ROOM (16u << 20)
#define MOST_GROUPS 65536 /* NGROUPS_MAX */

/* One lookup by key, into `entry` and `strings`: 0 or an errno, and what was found. */
typedef int look_up(const char *key, void *entry, char *strings, size_t room, void **found);

static int by_uid(const char *uid, void *entry, char *strings, size_t room, void **found) {
  return getpwuid_r((uid_t)strtoul(uid, NULL, 10), entry, strings, room, (struct passwd **)found);
}
static int by_name(const char *name, void *entry, char *strings, size_t room, void **found) {
  return getpwnam_r(name, entry, strings, room, (struct passwd **)found);
}
static int group_by_name(const char *name, void *entry, char *strings, size_t room, void **found) {
  return getgrnam_r(name, entry, strings, room, (struct group **)found);
}

/* The strings of what was found, for the caller to free; NULL and why: NSS_UNKNOWN or NSS_FAILED. */
static char *find(look_up *look, const char *key, void *entry, int *why) {
  void *found = NULL;
  *why = NSS_FAILED;
  for (size_t room = FIRST_ROOM; room <= MOST_ROOM; room *= 4) {
    char *const strings = malloc(room);
    if (strings == NULL) return NULL;
    const int error = look(key, entry, strings, room, &found);
    if (error == 0 && found != NULL) return strings;
    free(strings);
    if (error == 0) *why = NSS_UNKNOWN;
    if (error != ERANGE) return NULL;
  }
  return NULL;
}

/* A name that the name-service program takes too: it can stand in one field of one line. */
static bool is_name(const char *name) {
  size_t length = 0;
  for (; name[length] != '\0'; length++) {
    const unsigned char letter = (unsigned char)name[length];
    if (letter < ' ' || letter == 0x7f || letter == ':' || length == LONGEST_NAME) return false;
  }
  return length > 0;
}

/* NAME:UID:GID of a user. */
static int answer_user(look_up *look, const char *key, char *into, size_t room) {
  struct passwd user;
  int why;
  char *const strings = find(look, key, &user, &why);
  if (strings == NULL) return why;
  int length = 0;
  if (is_name(user.pw_name)) length = snprintf(into, room, "%s:%u:%u\n", user.pw_name, user.pw_uid, user.pw_gid);
  free(strings);
  return length > 0 && (size_t)length < room ? length : NSS_FAILED;
}

static bool lists(const struct group *group, const char *user) {
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (strcmp(*member, user) == 0) return true;
  return false;
}

/* Whether the user has the group among those that all sources give him. */
static bool belongs(const char *user, gid_t primary, gid_t gid) {
  int count = MOST_GROUPS;
  gid_t *const groups = malloc((size_t)count * sizeof *groups);
  bool found = false;
  if (groups != NULL && getgrouplist(user, primary, groups, &count) >= 0)
    for (int i = 0; i < count && !found; i++) found = groups[i] == gid;
  free(groups);
  return found;
}

static bool is_member(const char *uid, const char *name, const char *group_name) {
  struct passwd user;
  struct group group;
  int why;
  bool member = false;
  if (!is_name(group_name)) return false;
  char *const of_user = find(by_uid, uid, &user, &why);
  char *const of_group = find(group_by_name, group_name, &group, &why);
  if (of_user != NULL && of_group != NULL && strcmp(group.gr_name, group_name) == 0)
    member = user.pw_gid == group.gr_gid || lists(&group, name) || belongs(name, user.pw_gid, group.gr_gid);
  free(of_user);
  free(of_group);
  return member;
}

/* The words of a request, each ended by a NUL: how many there are, 0 if it is malformed. */
static size_t split(const char *request, size_t length, const char **words) {
  size_t count = 0;
  if (length == 0 || request[length - 1] != '\0') return 0;
  for (const char *at = request; at < request + length; at += strlen(at) + 1) {
    if (count == MOST_WORDS) return 0;
    words[count++] = at;
  }
  return count;
}

int names_answer(const char *request, size_t length, char *into, size_t room) {
  const char *words[MOST_WORDS];
  const size_t count = split(request, length, words);
  if (count == 2 && strcmp(words[0], "user") == 0) return answer_user(by_uid, words[1], into, room);
  if (count == 2 && strcmp(words[0], "name") == 0) return answer_user(by_name, words[1], into, room);
  if (count != 4 || strcmp(words[0], "member") != 0 || !is_member(words[1], words[2], words[3])) return NSS_FAILED;
  return snprintf(into, room, "in\n");
}
