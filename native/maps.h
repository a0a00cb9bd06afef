/* SPDX-License-Identifier: MIT
 *
 * Maps that are made of what the verdict has granted, and the files of processes of our own: see maps.c.
 */
#ifndef MAPS_H
#define MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of the kernel's map_write, kernel/user_namespace.c. */
#define MOST_LINES 340
#define MOST_BYTES 4095
/* Three numbers of ten digits, two blanks, a newline. */
#define LONGEST_LINE 33
/* A line more, because what is too long is found out when it is written. */
#define MAP_ROOM ((MOST_LINES + 1) * LONGEST_LINE + 1)

struct extent {
  uint32_t inside, outside, count;
};
struct map {
  struct extent extents[MOST_LINES];
  int length;
};

/* Ends unless the extent is sound and fits in. */
void map_record(struct map *map, uint32_t inside, uint32_t outside, uint32_t count);
/* Writes a line of a map; returns its end. */
char *map_put(char *at, uint32_t inside, uint32_t outside, uint32_t count);
/* Writes a whole map into MAP_ROOM bytes: its length, 0 if the kernel would not take it. */
size_t map_text(const struct map *map, char *text);

/* Ends where the kernel would let a caller trace us while ids change. */
void must_be_undumpable(void);
/* From here on files are opened with this file-system id: root's, or the caller's again. */
void act_as(uint32_t fsuid);
/* Opens anew a file that a process of our own has named with O_PATH: a descriptor, -errno or NOT_PROC. */
int reopen(int named, int flags);
/* The same for a file that is root's, as those of an undumpable process are. */
int reopen_as_root(int named, int flags);

#endif
