/* SPDX-License-Identifier: MIT
 *
 * What the fuzzer varies: facts, a byte each, then sections that the byte SEPARATOR ends. Mirrors input.ts.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEPARATOR 0xfe

/* How a table is, by the number of its fact. */
enum damage { SOUND, ABSENT, UNREADABLE, LOOP, NOT_A_FILE, SOMEBODYS, WRITABLE_BY_OTHERS, LINK_TO_NOTHING, DAMAGES };

/* How the name-service program ends. */
enum ending { ANSWERS, KNOWS_NOBODY, FAILS, HAS_NO_PLUGIN, IS_MISSING, IS_KILLED, HANGS, COULD_BE_TRACED, ENDINGS };

enum fact { UID, GID, TARGET_FACTS, DAMAGE, CHUNK, USER_ENDING, RANGES_ENDING, MEMBER_ENDING, FACTS };

/* Bits of TARGET_FACTS. */
enum { DENIED = 1, MAPPED = 2, OTHER_UID = 4, OTHER_GID = 8, HELPER = 16, FAILURE = 32, SHELL = 64, IN_A_GROUP = 128 };

enum section {
  ARGV, PASSWD, NSSWITCH, LOGIN_DEFS, SUBIDS, USERNAMESPACES, USER_ANSWER, RANGES_ANSWER, MEMBER_ANSWER, UID_MAP,
  GID_MAP, SECTIONS
};

struct text {
  const uint8_t *bytes;
  size_t size;
};

struct input {
  uint8_t facts[FACTS];
  struct text sections[SECTIONS];
  uint32_t uid, gid;
};

extern struct input input;

/* Takes the input apart; what is missing is 0 or empty. */
void input_read(const uint8_t *bytes, size_t size);
/* Table `which` of src/host.ts: its damage and its text. */
enum damage input_table(uint32_t which, struct text *text);
/* How the name service answers a question, whose words end with NUL bytes, and with what. */
enum ending input_answer(const char *question, size_t length, struct text *text);

#endif
