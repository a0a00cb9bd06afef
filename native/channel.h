/* SPDX-License-Identifier: MIT
 *
 * A process of our own beside the program's, and what passes between them: see channel.c.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stddef.h>
#include <sys/types.h>

/* Forks, `end` being this process's end of a channel between both: the child's number, and 0 in it. */
pid_t channel_fork(int *end);
/* The other end of it hears so, even where a caller's filter forbids to close. */
void channel_close(int end);
/* Waits for such a child: its wait status. */
int channel_wait(pid_t child);

/* One message with some descriptors: 0 or -errno. */
int channel_send(int socket, const void *data, size_t length, const int *descriptors, int count);
/* The next one: its length, 0 at the end, or -errno; -1 stands for a descriptor that did not come. At most 4. */
ssize_t channel_receive(int socket, void *into, size_t room, int *descriptors, int count);

#endif
