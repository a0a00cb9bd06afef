/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <string.h>

#define KINDS_OF_MEMBER 4
#define LONGEST_NAME 256

struct input input;

static const uint32_t ids[] = {1000, 1001, 0, 1, 100, 60001, 4294967294u, 2000};

void input_read(const uint8_t *bytes, size_t size) {
  memset(&input, 0, sizeof input);
  for (size_t i = 0; i < FACTS && size > 0; i++, size--) input.facts[i] = *bytes++;
  for (size_t i = 0; i < SECTIONS; i++) {
    const uint8_t *const end = size > 0 ? memchr(bytes, SEPARATOR, size) : NULL;
    const size_t length = end != NULL ? (size_t)(end - bytes) : size;
    input.sections[i] = (struct text){bytes, length};
    bytes += end != NULL ? length + 1 : length;
    size -= end != NULL ? length + 1 : length;
  }
  input.uid = ids[input.facts[UID] % 8];
  input.gid = ids[input.facts[GID] % 8];
}

/* Five bits for the damage, three for the table that has it. */
enum damage input_table(uint32_t which, struct text *text) {
  static const enum section sections[] = {PASSWD, NSSWITCH, LOGIN_DEFS, SUBIDS, SUBIDS, USERNAMESPACES};
  *text = input.sections[sections[which]];
  const uint8_t fact = input.facts[DAMAGE];
  return sections[which] == PASSWD + fact % 8 ? (enum damage)(fact / 8 % DAMAGES) : SOUND;
}

/* As nss.c has it. */
static bool is_name(const char *name) {
  const size_t length = strlen(name);
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || name[i] == ':') return false;
  return length > 0 && length <= LONGEST_NAME;
}

/* Whether somebody is in a group is said for all groups, or goes by the group's name. */
static enum ending answer_member(const char *user, const char *group, struct text *text) {
  static const struct text in = {(const uint8_t *)"in\n", 3}, out = {(const uint8_t *)"out\n", 4};
  uint8_t sum = 0;
  if (!is_name(user) || !is_name(group)) return FAILS;
  if (input.facts[MEMBER_ENDING] != 0) return (enum ending)(input.facts[MEMBER_ENDING] % ENDINGS);
  for (; *group != '\0'; group++) sum = (uint8_t)(sum + (uint8_t)*group);
  if (sum % KINDS_OF_MEMBER == 0) *text = in;
  if (sum % KINDS_OF_MEMBER == 1) *text = out;
  return sum % KINDS_OF_MEMBER == 2 ? KNOWS_NOBODY : ANSWERS;
}

enum ending input_answer(const char *question, size_t length, struct text *text) {
  const char *word = question;
  if (strcmp(word, "member") == 0) {
    const char *user = NULL;
    for (int i = 0; i < 3 && word < question + length; i++) {
      word += strlen(word) + 1;
      if (i == 1) user = word;
    }
    *text = input.sections[MEMBER_ANSWER];
    return user != NULL && word < question + length ? answer_member(user, word, text) : FAILS;
  }
  const bool ranges = strcmp(word, "ranges") == 0;
  *text = input.sections[ranges ? RANGES_ANSWER : USER_ANSWER];
  return (enum ending)(input.facts[ranges ? RANGES_ENDING : USER_ENDING] % ENDINGS);
}
