// SPDX-License-Identifier: MIT
//
// What newfsidmap left behind: mounts in a process's mount namespace, or one that came over a socket.
#ifndef FAULTS_MOUNTS_H
#define FAULTS_MOUNTS_H

#include <sys/types.h>

/** The owner of the file "base" and the flags of the mount at a path as a process has it; empty if there is none. */
const char *mount_at(pid_t inside, const char *path);

/** How many mounts there are for a process. */
int count_mounts(pid_t pid);

/** Takes away what is mounted at a path in a process's mount namespace. */
void unmount(pid_t inside, const char *path);

/** The same of the mount whose descriptor waits at a socket; empty if none does. */
const char *mount_from(int socket);

#endif
