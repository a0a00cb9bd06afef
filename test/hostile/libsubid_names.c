// SPDX-License-Identifier: MIT
//
// A subid plugin for which every user has ids, and each others: alice 300000-300999, carol 400000-400999,
// according to the first letter of the name.

#include <stddef.h>

enum { SUCCESS = 0, UNKNOWN_USER = 1 };
struct subid_range {
  unsigned long start;
  unsigned long count;
};

int shadow_subid_list_owner_ranges(const char *owner, int type, struct subid_range **ranges, int *count) {
  static struct subid_range range = {0, 1000};

  (void)type;
  if (owner[0] != 'a' && owner[0] != 'c')
    return UNKNOWN_USER;
  range.start = owner[0] == 'a' ? 300000 : 400000;
  *ranges = &range;
  *count = 1;
  return SUCCESS;
}
