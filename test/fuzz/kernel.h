/* SPDX-License-Identifier: MIT
 *
 * The kernel that the fuzzed programs find: the shim's system calls are linked to it (kernel.syms). It does as the
 * input says, and looks at what it is asked for as closely as the real one.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"

/* The descriptor of the target's directory, which is open from the start. */
#define KERNEL_TARGET 7
#define MOST_MAP 4096
#define MOST_SAID 1024

/* What a run has done so far. */
struct deeds {
  int status; /* of its exit */
  bool setgroups_denied;
  bool said; /* on stdout */
  bool written; /* a map, to the kernel */
  size_t map_length;
  char map[MOST_MAP];
  size_t complaint_length;
  char complaint[MOST_SAID]; /* what was said on stderr, cut */
};
extern struct deeds deeds;
/* Where the program's end leads to. */
extern jmp_buf kernel_exit;

/* Notes what a map is made of, in the words of the program's judge. */
void kernel_note(const char *words, size_t length);
/* What the target's or the own process's files hold: a section of the input. */
size_t kernel_part(struct text *from, void *into, size_t room);
/* In the helper of userns a malformed request is a trap. */
extern bool kernel_allows_traps;
/* What a program has besides the tables. */
void program_prepare(void);
/* Before a run. */
void kernel_start(void);
/* After it: what was left open that must not be. */
void kernel_end(void);
/* Ends the fuzzer: something was found. */
_Noreturn void found(const char *what);

#endif
