// SPDX-License-Identifier: MIT
//
// A module of the C library's name service, for the tests. It reads /etc/nss-example, a word each:
//
//   GROUP:GID:USER   a group with one member
//   USER=GID         the user's list has this group, of which nothing else may be known
//   groups-away      no group can be asked for
//   lists-away       no user's list can be asked for
//   renames          a group is answered with the one of another name
//   endless          no buffer is large enough for a group
//   hangs            says so on stderr and never answers
//   sloppy           says "not found" where it runs short of memory or descriptors

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char words[64][64];
static int count;

static bool has(const char *word) {
  for (int i = 0; i < count; i++)
    if (strcmp(words[i], word) == 0)
      return true;
  return false;
}

static bool runs_short(void) {
  int descriptors[24];
  bool missing = false;
  void *memory = mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  for (int i = 0; i < 24; i++)
    missing |= (descriptors[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0;
  for (int i = 0; i < 24; i++)
    close(descriptors[i]);
  if (memory != MAP_FAILED)
    munmap(memory, 64 << 20);
  return missing || memory == MAP_FAILED;
}

static enum nss_status begin(const char *away, int *error) {
  FILE *file = fopen("/etc/nss-example", "re");

  count = 0;
  while (file != NULL && count < 64 && fscanf(file, "%63s", words[count]) == 1)
    count++;
  if (file != NULL)
    fclose(file);
  if (has("hangs")) {
    fputs("hanging\n", stderr);
    for (;;)
      pause();
  }
  if (has("sloppy") && runs_short())
    return NSS_STATUS_NOTFOUND;
  if (file != NULL && !has(away))
    return NSS_STATUS_SUCCESS;
  *error = ECONNREFUSED;
  return NSS_STATUS_UNAVAIL;
}

enum nss_status _nss_example_getgrnam_r(const char *name, struct group *group, char *strings, size_t size,
                                        int *error) {
  enum nss_status status = begin("groups-away", error);

  if (status != NSS_STATUS_SUCCESS)
    return status;
  if (has("endless") || size < 256) {
    *error = ERANGE;
    return NSS_STATUS_TRYAGAIN;
  }
  for (int i = 0; i < count; i++) {
    unsigned gid;
    char *found = strings, *member = strings + 64, **members = (char **)(void *)(strings + 128);

    if (sscanf(words[i], "%63[^:]:%u:%63s", found, &gid, member) != 3 || (!has("renames") && strcmp(found, name) != 0))
      continue;
    members[0] = member;
    members[1] = NULL;
    *group = (struct group){.gr_name = found, .gr_passwd = member + strlen(member), .gr_gid = gid, .gr_mem = members};
    return NSS_STATUS_SUCCESS;
  }
  return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_example_initgroups_dyn(const char *user, gid_t primary, long *length, long *size, gid_t **groups,
                                            long limit, int *error) {
  enum nss_status status = begin("lists-away", error);

  (void)limit;
  for (int i = 0; status == NSS_STATUS_SUCCESS && i < count; i++) {
    char name[64];
    unsigned gid;

    if (sscanf(words[i], "%63[^=]=%u", name, &gid) != 2 || strcmp(name, user) != 0 || gid == primary)
      continue;
    if (*length == *size) {
      gid_t *more = realloc(*groups, (size_t)++*size * sizeof *more);

      if (more == NULL)
        return NSS_STATUS_TRYAGAIN;
      *groups = more;
    }
    (*groups)[(*length)++] = gid;
  }
  return status;
}
