/* SPDX-License-Identifier: MIT
 *
 * Fuzzes libsubid_usernamespaces.so: its functions, called one after the other as the words say (OWNER u|g START
 * COUNT), with a user database of the fuzzer's. A user is found by his uid, never by his name; who is in a group goes
 * by the group's name.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "kernel.h"
#include "plugin.h"
#include "shim.h"
#include "wasm-rt.h"

#define GROUP 22

/* What state.c and kernel.c know of a program; a call of the plugin's has its own memory. */
uint8_t memory_bytes[16 << 16];
wasm_rt_memory_t *the_memory;
const struct program program = {.name = "subid", .failure = 1};
int names_ask(const char *request, size_t length, char *into, size_t room) {
  (void)request, (void)length, (void)into, (void)room;
  found("a program is started");
}

enum subid_status shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count,
                                         enum subid_type type, bool *result);
enum subid_status shadow_subid_list_owner_ranges(const char *owner, enum subid_type type, struct subid_range **ranges,
                                                 int *count);
enum subid_status shadow_subid_find_subid_owners(unsigned long id, enum subid_type type, uid_t **uids, int *count);
void shadow_subid_free(void *answer);

int fuzz_getpwuid_r(uid_t uid, struct passwd *entry, char *strings, size_t room, struct passwd **found_one) {
  *entry = (struct passwd){.pw_name = strings, .pw_uid = uid, .pw_gid = uid};
  snprintf(strings, room, "user");
  *found_one = entry;
  return 0;
}
int fuzz_getpwnam_r(const char *name, struct passwd *entry, char *strings, size_t room, struct passwd **found_one) {
  (void)name, (void)entry, (void)strings, (void)room;
  *found_one = NULL;
  return 0;
}

static bool is_his(const char *group) {
  uint8_t sum = 0;
  for (; *group != '\0'; group++) sum = (uint8_t)(sum + (uint8_t)*group);
  return sum % 4 == 0 && input.facts[MEMBER_ENDING] == 0;
}
int fuzz_getgrnam_r(const char *name, struct group *entry, char *strings, size_t room, struct group **found_one) {
  static char *nobody[] = {NULL};
  *found_one = NULL;
  if (!is_his(name)) return 0;
  if (strlen(name) >= room) return ERANGE;
  strcpy(strings, name);
  *entry = (struct group){.gr_name = strings, .gr_gid = GROUP, .gr_mem = nobody};
  *found_one = entry;
  return 0;
}
int fuzz_getgrouplist(const char *user, gid_t primary, gid_t *groups, int *count) {
  (void)user;
  if (*count < 2) found("no room for groups");
  groups[0] = primary;
  groups[1] = GROUP;
  return *count = 2;
}

static void note(const char *format, unsigned long first, unsigned long second) {
  char words[64];
  kernel_note(words, (size_t)snprintf(words, sizeof words, format, first, second));
}

/* An answer of a call is there if it succeeded and found something, and then alone. */
static void check(enum subid_status status, const void *answer, int count) {
  if ((answer != NULL) != (count > 0) || (status != SUBID_SUCCESS && count > 0)) found("an answer that is none");
}

int main(int argc, char **argv) {
  struct subid_range *ranges;
  uid_t *uids;
  int count;
  bool has = false;
  if (argc < 5) return 0;
  const enum subid_type type = *argv[2] == 'g' ? SUBID_GID : SUBID_UID;
  const unsigned long start = strtoul(argv[3], NULL, 10), length = strtoul(argv[4], NULL, 10);
  enum subid_status status = shadow_subid_list_owner_ranges(argv[1], type, &ranges, &count);
  check(status, ranges, count);
  note("%lu", status, 0);
  for (int i = 0; i < count; i++) note(" %lu+%lu", ranges[i].start, ranges[i].count);
  shadow_subid_free(ranges);
  status = shadow_subid_has_range(argv[1], start, length, type, &has);
  note("\n%lu %lu", status, has);
  status = shadow_subid_find_subid_owners(start, type, &uids, &count);
  check(status, uids, count);
  note("\n%lu", status, 0);
  for (int i = 0; i < count; i++) note(" %lu", uids[i], 0);
  shadow_subid_free(uids);
  return 0;
}
