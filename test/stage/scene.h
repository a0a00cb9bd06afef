// SPDX-License-Identifier: MIT
//
// The scene: the stage's private mounts, files and programs. Nothing of it outlives the stage, and
// it writes only below mounts that it made itself, so no file of the machine can be changed.
#ifndef STAGE_SCENE_H
#define STAGE_SCENE_H

#include <stddef.h>

/** Where the stage keeps what needs a place of its own. */
#define STAGE_ROOT "/mnt"

/** Leaves the machine's mount and pid namespaces; returns only in the process that is the stage. */
void open_scene(void);

// The commands. Each reads its own fields and replies {} or {"error": ...}.

/** tmpfs PATH OPTIONS nosuid|suid: an empty file system over a directory that is there. */
void command_tmpfs(void);
/** overlay PATH: a private copy-on-write view of a directory. */
void command_overlay(void);
/** bind SOURCE PATH: a file or directory over another. */
void command_bind(void);
/** dev: a /dev with the plain devices and a /dev/log that the stage reads. */
void command_dev(void);
/** file PATH TYPE MODE UID GID CONTENT: f file, l symlink, p fifo, d directory, - nothing at all. */
void command_file(void);
/** copy SOURCE PATH MODE UID GID CAPABILITIES: a file of the machine, capabilities as a hexadecimal mask. */
void command_copy(void);

/** The next message that somebody sent to /dev/log since the last look; 0 if there is none. */
size_t next_log(char *message, size_t size);

#endif
