/* SPDX-License-Identifier: MIT
 *
 * What newfsidmap alone does: the mapping (mapping.c), the mount (mount.c) and where it goes (attach.c).
 */
#ifndef IDMAP_H
#define IDMAP_H

#include <stdbool.h>
#include <stdint.h>

/* mapping.c */
void mapping_record(bool gids, uint32_t first, uint32_t second, uint32_t count);
int mapping_make(void);
/* Whether files of this uid show as some uid of the namespace's. */
bool mapping_has_disk_uid(uint32_t uid);
/* The namespace that was made. */
int mapping_namespace(void);
int mapping_has_fsid_maps(void);
int mapping_write_fsid_map(bool gids);

/* mount.c */
int source_open(const char *path);
uint32_t source_uid(void);
int64_t source_type(void);
int clone_source(void);
int clone_map(bool read_only, bool no_exec);
int clone_lock(void);
/* The clone, once its flags are locked; the program ends before. */
int clone_take(void);

/* attach.c */
int joinable_pin(void);
int target_map_read(bool gids, char *into, uint32_t room);
int attach(const char *path);
int hand_over(int socket);

#endif
