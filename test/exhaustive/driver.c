/* SPDX-License-Identifier: MIT
 *
 * Runs the compiled logic of newuidmap or newgidmap, from main() to its exit, once for each of many requests on the
 * same tables. The host is in memory: what the kernel would be asked for is only noted and judged.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "verdict.h"

#define PAGE 65536u
#define PAGES 2u
#define TABLES 6
#define MOST_REQUESTS 4096
#define WORDS 8
#define HOST __attribute__((unused)) struct w2c_host *none

/* Mirrors `NssUnknown` of src/host.ts. */
#define UNKNOWN (-1012)

struct request {
  uint32_t argc;
  const char *argv[WORDS];
  const char *map;
  const char *refusals[2]; /* how the first line ends that refuses an extent */
};

static struct request requests[MOST_REQUESTS];
static uint32_t length;
static struct { const char *text; uint32_t size; } tables[TABLES];
static uint32_t own_uid, own_gid;
static const char *groups;

static w2c_program instance;
static uint8_t memory[PAGES * PAGE], pristine[PAGES * PAGE];
static jmp_buf end;

/* The run that goes on. */
static struct {
  const struct request *request;
  const char *at;
  uint32_t left;
  uint8_t verdict;
  uint8_t extent;
  bool barred, denied, opened, done;
} run;

static _Noreturn void finish(uint8_t verdict) {
  run.verdict = verdict;
  longjmp(end, 1);
}

void runtime_trap(void) { finish(TRAPPED); }

void wasm_rt_allocate_memory(wasm_rt_memory_t *it, uint64_t initial, uint64_t most, bool is64, uint32_t page_size) {
  (void)most, (void)is64;
  if (initial != PAGES || page_size != PAGE) abort();
  *it = (wasm_rt_memory_t){.data = memory, .pages = PAGES, .size = sizeof memory};
}

/* In this small a world nothing needs more than there is. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *it, uint64_t more) {
  (void)it, (void)more;
  finish(TRAPPED);
}

static char *array(uint32_t at, uint64_t size) {
  uint32_t all;
  if (at < sizeof all || at > sizeof memory) finish(OUT_OF_TURN);
  memcpy(&all, memory + at - sizeof all, sizeof all);
  if (size > all || all > sizeof memory - at) finish(OUT_OF_TURN);
  return (char *)memory + at;
}

static uint32_t room(uint32_t at) {
  uint32_t all;
  memcpy(&all, array(at, 0) - sizeof all, sizeof all);
  return all;
}

static bool holds(const char *text, uint32_t size, const char *part) { return memmem(text, size, part, strlen(part)) != NULL; }

u32 w2c_host_argumentCount(HOST) { return run.request->argc; }
u32 w2c_host_argument(HOST, u32 index, u32 into) {
  if (index >= run.request->argc) finish(OUT_OF_TURN);
  const char *const word = run.request->argv[index];
  const size_t size = strlen(word);
  if (size > room(into)) return (u32)-1;
  memcpy(array(into, size), word, size);
  return (u32)size;
}
u32 w2c_host_callerUid(HOST) { return own_uid; }
u32 w2c_host_callerGid(HOST) { return own_gid; }

u32 w2c_host_openTable(HOST, u32 which) {
  if (which >= TABLES) finish(OUT_OF_TURN);
  run.at = tables[which].text;
  run.left = tables[which].size;
  return run.at == NULL ? 1 : 0;
}
u32 w2c_host_readTable(HOST, u32 into, u32 at, u32 count) {
  char *const to = array(into, (uint64_t)at + count);
  const uint32_t part = count < run.left ? count : run.left;
  memcpy(to + at, run.at, part);
  run.at += part;
  run.left -= part;
  return part;
}

u32 w2c_host_openTarget(HOST, u32 by_descriptor, u32 number) { return by_descriptor || number != TARGET ? (u32)-2 : 0; }
u32 w2c_host_statTarget(HOST) { return 0; }
u32 w2c_host_targetUid(HOST) { return own_uid; }
u32 w2c_host_targetGid(HOST) { return own_gid; }
u32 w2c_host_setgroupsDenied(HOST) { return run.denied; }
u32 w2c_host_denySetgroups(HOST) {
  if (run.denied || run.opened) finish(OUT_OF_TURN);
  run.denied = true;
  return 0;
}
u32 w2c_host_openMap(HOST) {
  if (run.opened) finish(OUT_OF_TURN);
  run.opened = true;
  return 0;
}
u32 w2c_host_writeMap(HOST, u32 text, u32 size) {
  const char *const map = run.request->map;
  if (!run.opened || run.done || size != strlen(map) || memcmp(array(text, size), map, size) != 0) finish(OUT_OF_TURN);
  run.done = true;
  return 0;
}
u32 w2c_host_privilege(HOST) { return 1; }
u32 w2c_host_targetRelation(HOST) { return 1; }
u64 w2c_host_targetNamespaceOwner(HOST) { return own_uid; }
u32 w2c_host_mapWritten(HOST) { return run.done; }

/* "member", a uid, a name, a group: its first letter says who is in it. */
u32 w2c_host_askNss(HOST, u32 question, u32 size, u32 into) {
  const char *word = array(question, size);
  if (size < 8 || word[size - 1] != '\0' || strcmp(word, "member") != 0) return (u32)UNKNOWN;
  for (int i = 0; i < 3; i++) word += strlen(word) + 1;
  const char *const answer = *word == 'u' ? NULL : strchr(groups, *word) != NULL ? "in\n" : "out\n";
  if (answer == NULL) return (u32)UNKNOWN;
  memcpy(array(into, strlen(answer)), answer, strlen(answer));
  return (u32)strlen(answer);
}

u32 w2c_host_print(HOST, u32 stream, u32 text, u32 size) {
  const char *const words = array(text, size);
  if (stream != 2) finish(OUT_OF_TURN);
  if (holds(words, size, "overlap inside")) run.verdict = OVERLAP_INSIDE;
  else if (holds(words, size, "overlap outside")) run.verdict = OVERLAP_OUTSIDE;
  else if (holds(words, size, "is root's own")) run.verdict = OUTSIDE_ROOT;
  else run.verdict = run.barred ? RESTRICTED : NOT_GRANTED;
  if (run.verdict >= FIRST_WITH_EXTENT) {
    const char *const *const refusals = run.request->refusals;
    if (holds(words, size, refusals[0])) run.extent = 0;
    else if (refusals[1] != NULL && holds(words, size, refusals[1])) run.extent = 1;
    else finish(OUT_OF_TURN);
  }
  return 0;
}
void w2c_host_log(HOST, u32 text, u32 size) { run.barred = holds(array(text, size), size, ": restricted ("); }

void w2c_host_exit(HOST, u32 status) {
  if (status == 0) finish(!run.done ? OUT_OF_TURN : run.denied ? ALLOWED_DENIED : ALLOWED);
  if (run.done || run.denied) finish(OUT_OF_TURN);
  finish((uint8_t)(run.verdict + EXTENT * run.extent));
}

/* Puts the memory back as a start of the program finds it: what lies beyond the heap's end was never touched. */
static void reset(uint32_t base) {
  const uint32_t top = instance.w2c_g0 > instance.w2c_g1 ? instance.w2c_g0 : instance.w2c_g1;
  memcpy(memory, pristine, base);
  if (top > base) memset(memory + base, 0, (top < sizeof memory ? top : sizeof memory) - base);
}

/* The requests to come: for each its words behind argv[0], of which there are none left at an empty one, the map as
 * text, and for each extent how it is refused; all ended by NUL bytes. The text has to stay. */
void set_requests(const char *text, uint32_t count) {
  if (count > MOST_REQUESTS) abort();
  for (length = 0; length < count; length++) {
    struct request *const request = &requests[length];
    *request = (struct request){.argc = 1, .argv = {"program"}};
    for (; *text != '\0'; text += strlen(text) + 1) request->argv[request->argc++] = text;
    request->map = ++text;
    for (uint32_t i = 0; i < (request->argc - 2) / 3; i++) request->refusals[i] = text += strlen(text) + 1;
    text += strlen(text) + 1;
  }
}

/* A table of src/host.ts; NULL where there is none. The text has to stay. */
void set_table(uint32_t which, const char *text, uint32_t size) {
  tables[which].text = text;
  tables[which].size = size;
}

/* Takes the decision on each request, for a caller who is in the groups that begin with one of the letters. Returns
 * false if some run left the memory otherwise than it found it. */
bool decide(uint32_t uid, uint32_t gid, const char *members, uint8_t *verdicts) {
  own_uid = uid;
  own_gid = gid;
  groups = members;
  memset(memory, 0, sizeof memory);
  wasm2c_program_instantiate(&instance, NULL);
  const w2c_program fresh = instance;
  const uint32_t base = fresh.w2c_g0 > fresh.w2c_g1 ? fresh.w2c_g0 : fresh.w2c_g1;
  memcpy(pristine, memory, sizeof memory);
  for (uint32_t i = 0; i < length; i++) {
    memset(&run, 0, sizeof run);
    run.request = &requests[i];
    if (setjmp(end) == 0) {
      w2c_program_main(&instance);
      run.verdict = OUT_OF_TURN;
    }
    verdicts[i] = run.verdict;
    reset(base);
    instance = fresh;
  }
  return memcmp(memory, pristine, sizeof memory) == 0;
}
