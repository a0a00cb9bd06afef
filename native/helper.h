/* SPDX-License-Identifier: MIT
 *
 * The two processes of userns; see helper.c.
 */
#ifndef HELPER_H
#define HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Forks; true in the helper. */
bool helper_start(void);

/* The helper's. */
int helper_await(void *into, size_t room);
void helper_record(bool gids, uint32_t inside, uint32_t outside, uint32_t count);
int helper_write_map(bool gids, bool outer);
int helper_join(void);

/* The main process's. */
int main_ask(const void *request, size_t length);
int main_hold_namespace(void);
int main_hand_over(void);

#endif
