// SPDX-License-Identifier: MIT
//
// The target: the process whose namespace a helper is asked to map.
#ifndef STAGE_TARGET_H
#define STAGE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct target {
    bool wanted;
    uid_t uid;
    gid_t gid;
    gid_t groups[64];
    size_t group_count;
    // How many user namespaces it makes, one inside the other; with 0 it stays where the caller is.
    int namespaces;
    bool undumpable;
    bool deny_setgroups;
    // What the stage writes before the case begins, as root.
    const char *uid_map, *gid_map;
    enum { LIVES, ZOMBIE, GONE } end;
};

/** Makes the target and brings it into its state; -1 with errno, and `what` naming the step, on failure. */
pid_t start_target(const struct target *target, const char **what);

/** Ends and reaps it; a target that is GONE has been reaped already. */
void end_target(const struct target *target, pid_t pid);

#endif
