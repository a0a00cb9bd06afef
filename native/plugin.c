/* SPDX-License-Identifier: MIT
 *
 * The functions that shadow calls, and the memory and the end of a call.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin.h"
#include "wasm-rt.h"

#define EXPORTED __attribute__((visibility("default")))
#define PAGE 65536u
#define MOST_PAGES 16u

/* What the generated code says of a trap is not in which call. */
static _Thread_local struct w2c_host *current;

void call_end(struct w2c_host *call, enum subid_status status) {
  call->status = status;
  longjmp(call->end, 1);
}

void runtime_trap(void) { call_end(current, SUBID_ERROR); }

/* What table.c finds impossible. */
void fail(const char *message) {
  (void)message;
  runtime_trap();
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial, uint64_t most, bool is64, uint32_t page_size) {
  if (is64 || page_size != PAGE || most > MOST_PAGES || initial > most) runtime_trap();
  memory->data = calloc(initial, PAGE);
  if (memory->data == NULL) runtime_trap();
  memory->pages = initial;
  memory->size = initial * PAGE;
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t more) {
  const uint64_t before = memory->pages;
  if (more > MOST_PAGES - before) runtime_trap();
  uint8_t *const larger = realloc(memory->data, (before + more) * PAGE);
  if (larger == NULL) runtime_trap();
  memset(larger + before * PAGE, 0, more * PAGE);
  memory->data = larger;
  memory->pages = before + more;
  memory->size = memory->pages * PAGE;
  return before;
}

/* AssemblyScript keeps the size of an array in the four bytes before its data. All of it has to be there. */
uint32_t call_array_size(struct w2c_host *call, uint32_t at) {
  const wasm_rt_memory_t *const memory = w2c_program_memory(&call->module);
  uint32_t size;
  if (at < sizeof size || at > memory->size) call_end(call, SUBID_ERROR);
  memcpy(&size, memory->data + at - sizeof size, sizeof size);
  if (size > memory->size - at) call_end(call, SUBID_ERROR);
  return size;
}

void *call_array(struct w2c_host *call, uint32_t at, uint64_t length) {
  if (length > call_array_size(call, at)) call_end(call, SUBID_ERROR);
  return w2c_program_memory(&call->module)->data + at;
}

void call_give(struct w2c_host *call, const void *element) {
  if (call->length == call->room) {
    const size_t room = call->room == 0 ? 4 : 2 * call->room;
    void *const larger = call->length < INT_MAX / 2 ? reallocarray(call->answer, room, call->size) : NULL;
    if (larger == NULL) call_end(call, SUBID_ERROR);
    call->answer = larger;
    call->room = room;
  }
  memcpy((char *)call->answer + call->length++ * call->size, element, call->size);
}

/* What is asked, as the functions below have it. */
struct question {
  enum { LIST, HAS, FIND } what;
  enum subid_type type;
  unsigned long start, count;
};

static uint32_t ask(struct w2c_host *call, const struct question *question) {
  const bool gids = question->type == SUBID_GID;
  wasm2c_program_instantiate(&call->module, call);
  switch (question->what) {
    case LIST: return w2c_program_listOwnerRanges(&call->module, gids);
    case HAS: return w2c_program_hasRange(&call->module, gids, question->start, question->count);
    default: return w2c_program_findSubidOwners(&call->module, gids, question->start);
  }
}

/* Makes a call; its answer is there only if it succeeds. */
static enum subid_status run(struct w2c_host *call, const struct question *question) {
  const int error = errno;
  if (question->type != SUBID_UID && question->type != SUBID_GID) return SUBID_ERROR;
  call->table.file = -1;
  call->outer = current;
  current = call;
  if (setjmp(call->end) == 0) call->status = (enum subid_status)ask(call, question);
  current = call->outer;
  free(call->module.w2c_memory.data);
  table_close(&call->table);
  if (call->status != SUBID_SUCCESS || call->length == 0) {
    free(call->answer);
    call->answer = NULL;
    call->length = 0;
  }
  errno = error;
  return call->status;
}

EXPORTED enum subid_status shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count,
                                                  enum subid_type type, bool *result) {
  const struct question question = {.what = HAS, .type = type, .start = start, .count = count};
  struct w2c_host call = {.owner = owner, .size = sizeof(struct subid_range)};
  if (owner == NULL || result == NULL) return SUBID_ERROR;
  const enum subid_status status = run(&call, &question);
  *result = call.length > 0;
  free(call.answer);
  return status;
}

EXPORTED enum subid_status shadow_subid_list_owner_ranges(const char *owner, enum subid_type type,
                                                          struct subid_range **ranges, int *count) {
  const struct question question = {.what = LIST, .type = type};
  struct w2c_host call = {.owner = owner, .size = sizeof **ranges};
  if (owner == NULL || ranges == NULL || count == NULL) return SUBID_ERROR;
  const enum subid_status status = run(&call, &question);
  *ranges = call.answer;
  *count = (int)call.length;
  return status;
}

EXPORTED enum subid_status shadow_subid_find_subid_owners(unsigned long id, enum subid_type type, uid_t **uids,
                                                          int *count) {
  const struct question question = {.what = FIND, .type = type, .start = id};
  struct w2c_host call = {.size = sizeof **uids};
  if (uids == NULL || count == NULL) return SUBID_ERROR;
  const enum subid_status status = run(&call, &question);
  *uids = call.answer;
  *count = (int)call.length;
  return status;
}

/* Shadow 4.17 and later frees with it what the others gave; earlier ones, with free(3). */
EXPORTED void shadow_subid_free(void *answer) { free(answer); }
