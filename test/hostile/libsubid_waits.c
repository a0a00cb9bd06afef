// SPDX-License-Identifier: MIT
//
// A subid plugin that lets a test do something while a helper waits for it: it makes the file /tmp/asked, goes
// on when there is a file /tmp/answer, and gives everybody the ids 300000-365535.

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, ERROR = 3 };
struct subid_range {
  unsigned long start;
  unsigned long count;
};

int shadow_subid_list_owner_ranges(const char *owner, int type, struct subid_range **ranges, int *count) {
  static struct subid_range all[] = {{300000, 65536}};
  const struct timespec pause = {.tv_nsec = 2000000};

  (void)owner;
  (void)type;
  if (open("/tmp/asked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0)
    return ERROR;
  while (access("/tmp/answer", F_OK) != 0)
    nanosleep(&pause, NULL);
  *ranges = all;
  *count = 1;
  return SUCCESS;
}
