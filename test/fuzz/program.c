/* SPDX-License-Identifier: MIT
 *
 * Fuzzes a program: its code and the shim's, on the kernel of kernel.c. What it did goes to the reference model
 * over descriptor REPORT, if there is one: the length of the record, then the status, whether setgroups is denied at
 * the end, whether something was said on stdout, and the map, the words on stderr and the input with their lengths.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "kernel.h"
#include "state.h"

#define REPORT 3
/* An input has at most 4,096 bytes. */
#define MOST_WORDS 4200

int program_main(int argc, char **argv);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What a program has to have besides; see newfsidmap.c. */
__attribute__((weak)) void program_prepare(void) {}

static bool reports;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  reports = getenv("FUZZ_REPORT") != NULL;
  state_keep();
  return 0;
}

/* The words of the first section, each ended by a NUL byte. */
static int words(char *copy, char **argv) {
  const struct text *const text = &input.sections[ARGV];
  int count = 0;
  memcpy(copy, text->bytes, text->size);
  copy[text->size] = '\0';
  argv[count++] = "program";
  for (char *at = copy; at < copy + text->size && count < MOST_WORDS; at += strlen(at) + 1) argv[count++] = at;
  argv[count] = NULL;
  return count;
}

static void put(const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    const ssize_t put = write(REPORT, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) found("nobody to report to");
    at += put;
    size -= (size_t)put;
  }
}

static void report(const uint8_t *bytes, size_t size) {
  const uint32_t lengths[] = {(uint32_t)deeds.map_length, (uint32_t)deeds.complaint_length, (uint32_t)size};
  const uint8_t facts[] = {(uint8_t)deeds.status, deeds.setgroups_denied, deeds.said, 0};
  static uint8_t record[1 << 16];
  uint8_t *at = record + 4;
  const uint32_t length = (uint32_t)(sizeof facts + sizeof lengths) + lengths[0] + lengths[1] + lengths[2];
  if (length + 4 > sizeof record) return;
  memcpy(record, &length, 4);
  memcpy(at, facts, sizeof facts);
  memcpy(at += sizeof facts, lengths, sizeof lengths);
  memcpy(at += sizeof lengths, deeds.map, lengths[0]);
  memcpy(at += lengths[0], deeds.complaint, lengths[1]);
  memcpy(at += lengths[1], bytes, lengths[2]);
  put(record, length + 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  char *argv[MOST_WORDS + 1];
  input_read(bytes, size);
  program_prepare();
  char *const copy = malloc(input.sections[ARGV].size + 1);
  const int argc = words(copy, argv);
  kernel_start();
  if (setjmp(kernel_exit) == 0) program_main(argc, argv);
  kernel_end();
  if (deeds.written && deeds.status != 0) found("a map, and then a failure");
  state_restore();
  free(copy);
  if (reports) report(bytes, size);
  return 0;
}
