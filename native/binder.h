/* SPDX-License-Identifier: MIT
 *
 * What runs newfsidmap for userns --bind; see binder.c. Answers are 0 or -errno.
 */
#ifndef BINDER_H
#define BINDER_H

#include <stddef.h>

void binder_start(void);
int binder_keep_namespaces(void);
int binder_join(void);
/* The exit status of newfsidmap, 256 and the signal that ended it, or -errno if it was not run. */
int binder_run(const void *words, size_t length);
void binder_end(void);

#endif
