// SPDX-License-Identifier: MIT
//
// A subid plugin as an administrator could write one, for the tests. It reads /etc/subid-example:
//
//   NAME:uid:START:COUNT   NAME:gid:START:COUNT   ranges that NAME has
//   NAME:status:STATUS                            the plugin answers with that status
//   NAME:count:COUNT                              the plugin claims that many ranges and gives none
//   NAME:print:TEXT                               the plugin prints TEXT on stdout
//   NAME:hang                                     the plugin says so on stderr and never answers
//
// A name that no line begins with is an unknown user. Shadow loads it only with all functions that a plugin has.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum subid_type { SUBID_UID = 1, SUBID_GID = 2 };
enum subid_status { SUBID_SUCCESS, SUBID_UNKNOWN_USER, SUBID_ERROR_CONN, SUBID_ERROR };
struct subid_range {
  unsigned long start;
  unsigned long count;
};

#define MAX_RANGES 1000

enum subid_status shadow_subid_has_range(void) { return SUBID_ERROR; }
enum subid_status shadow_subid_find_subid_owners(void) { return SUBID_ERROR; }

enum subid_status shadow_subid_list_owner_ranges(const char *owner, enum subid_type type,
                                                 struct subid_range **ranges, int *count) {
  const char *kind = type == SUBID_UID ? "uid" : "gid";
  FILE *table = fopen("/etc/subid-example", "re");
  struct subid_range *found = calloc(MAX_RANGES, sizeof *found);
  enum subid_status status = SUBID_UNKNOWN_USER;
  char line[1024];

  if (table == NULL || found == NULL)
    return SUBID_ERROR;
  *count = 0;
  *ranges = NULL;
  while (fgets(line, sizeof line, table) != NULL) {
    char *rest = line;

    if (strcmp(strsep(&rest, ":"), owner) != 0 || rest == NULL)
      continue;
    status = SUBID_SUCCESS;
    *ranges = found;
    char *word = strsep(&rest, ":\n");
    if (strcmp(word, kind) == 0 && *count < MAX_RANGES) {
      found[*count].start = strtoul(strsep(&rest, ":"), NULL, 10);
      found[*count].count = strtoul(rest, NULL, 10);
      ++*count;
    } else if (strcmp(word, "status") == 0) {
      *ranges = NULL;
      return (enum subid_status)atoi(rest);
    } else if (strcmp(word, "count") == 0) {
      *ranges = NULL;
      *count = atoi(rest);
      break;
    } else if (strcmp(word, "print") == 0) {
      fputs(rest, stdout);
      fflush(stdout);
    } else if (strcmp(word, "hang") == 0) {
      fputs("hanging\n", stderr);
      for (;;)
        pause();
    }
  }
  fclose(table);
  return status;
}
