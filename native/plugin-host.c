/* SPDX-License-Identifier: MIT
 *
 * The plugin's boundary, as declared in src/host.ts and src/subid/host.ts: each call of the logic, its pointers and
 * lengths checked against the memory of the call that it belongs to.
 */
#include <string.h>

#include "plugin.h"

/* Whom a call is about is its only argument. */
u32 w2c_host_argument(struct w2c_host *call, u32 index, u32 into) {
  if (index != 0 || call->owner == NULL) call_end(call, SUBID_ERROR);
  const size_t room = call_array_size(call, into), length = strnlen(call->owner, room + 1);
  if (length > room) return (u32)-1;
  memcpy(call_array(call, into, length), call->owner, length);
  return (u32)length;
}

u32 w2c_host_openTable(struct w2c_host *call, u32 which) { return (u32)table_open(&call->table, which); }

u32 w2c_host_readTable(struct w2c_host *call, u32 into, u32 at, u32 count) {
  char *const array = call_array(call, into, (uint64_t)at + count);
  return (u32)table_read(&call->table, array + at, count);
}

u32 w2c_host_askNss(struct w2c_host *call, u32 request, u32 length, u32 into) {
  const size_t room = call_array_size(call, into);
  return (u32)names_answer(call_array(call, request, length), length, call_array(call, into, room), room);
}

void w2c_host_giveRange(struct w2c_host *call, u64 start, u64 count) {
  const struct subid_range range = {.start = start, .count = count};
  call_give(call, &range);
}

void w2c_host_giveOwner(struct w2c_host *call, u32 uid) {
  const uid_t owner = uid;
  call_give(call, &owner);
}

/* What a program would say and end with: a plugin says nothing, and its caller goes on. */
u32 w2c_host_print(struct w2c_host *call, u32 stream, u32 text, u32 length) {
  (void)call, (void)stream, (void)text, (void)length;
  return 0;
}
void w2c_host_exit(struct w2c_host *call, u32 status) {
  (void)status;
  call_end(call, SUBID_ERROR);
}
