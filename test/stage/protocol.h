// SPDX-License-Identifier: MIT
//
// The stage's protocol. One command a line on stdin: fields separated by tabs, bytes other than
// printable ASCII and '%' itself written as %XX. One line of JSON on stdout for each command, in the
// same order; strings in it hold one byte a character (latin1), the wrapper decodes them.
//
// Nothing here allocates: the stage stays small, because a child's peak memory begins with that of
// the process that started it.
#ifndef STAGE_PROTOCOL_H
#define STAGE_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

/** Goes to the next command; flushes the replies when no other command waits. False at the end of input. */
bool next_command(void);

/** The next field of the command, decoded; it lives until the next command. NULL after the last. */
char *next_field(void);

/** Like next_field, for a field that must be there: ends the stage if it is not. */
char *need_field(void);

/** The next decoded byte of the field, for contents of any length; -1 at its end. */
int next_byte(void);

/** Appends JSON text as it stands. */
__attribute__((format(printf, 1, 2))) void reply(const char *format, ...);

/** Appends bytes as the inside of a JSON string. */
void reply_bytes(const char *bytes, size_t length);

/** Appends a member: what the open file holds, from its beginning. */
void reply_descriptor(const char *key, int fd);

/** A file for the output of a program. */
int capture(const char *name);

/** The whole reply of a command that failed: the words, then what errno says. */
__attribute__((format(printf, 1, 2))) void reply_failure(const char *format, ...);

/** Ends the stage with a message: for a broken protocol or machine, never for a case. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

#endif
