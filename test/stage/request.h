// SPDX-License-Identifier: MIT
//
// What a `run` command asks for. stage.ts says what each field means.
#ifndef STAGE_REQUEST_H
#define STAGE_REQUEST_H

#include "target.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct list {
    size_t count;
    char *items[8192];
};

struct request {
    char *program, *cwd;
    struct list arguments, environment;
    // Each "NUMBER:FLAGS:PATH" and "RESOURCE:SOFT:HARD".
    struct list descriptors, limits;
    uid_t uid;
    gid_t gid;
    gid_t groups[64];
    size_t group_count;
    bool no_new_privs;
    int close[16], ignore[64], block[64];
    size_t close_count, ignore_count, block_count;
    // NULL: what the stage gives; else a path.
    char *stdio[3];
    int timeout;
    struct target target;
};

/** Reads the fields of the command; the strings live until the next one. */
void read_request(struct request *request);

/** Puts the pid of the target wherever an argument or a descriptor's path says $PID. */
void name_target(struct request *request, pid_t pid);

#endif
