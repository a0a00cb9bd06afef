/* SPDX-License-Identifier: MIT
 *
 * What userns does to itself on the way to the program, without any privilege of the host's. src/userns/become.ts
 * decides on the steps and their order; each function here is one of them and answers 0 or -errno.
 */
#ifndef BECOME_H
#define BECOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The argument `index` from its byte `offset` on; `otherwise` for index 0, the program's own name. */
const char *become_operand(uint32_t index, uint32_t offset, const char *otherwise);

int become_open(const char *path);
int become_open_own_map(bool gids);
int become_read(void *into, size_t room);

int become_unshare(uint32_t flags);
int become_limit_namespaces(void);
int become_propagate(uint32_t type);
int become_fork(bool first);
int become_change_root(const char *path);
int become_change_directory(const char *path);
int become_mount_proc(const char *path);
int become_filter_namespaces(void);

int become_groups_denied(void);
int become_drop_groups(void);
int become_keep_capabilities(void);
int become_take_gid(uint32_t gid);
int become_take_uid(uint32_t uid);
int become_pass_capabilities(void);
int become_die_with_parent(uint32_t number);
int become_no_new_privileges(void);

int become_close_from(uint32_t first);
int become_program(uint32_t index);
const char *become_shell(void);
int become_run_shell(const char *path);

int64_t become_setting(uint32_t which);

#endif
