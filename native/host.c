/* SPDX-License-Identifier: MIT
 *
 * The boundary, as declared in src/host.ts: each call that the logic may make, its pointers and lengths
 * checked against the module's own memory, handed to the part of the shim that answers for it.
 * What a program does not import the linker leaves out. Those that only some have are in host-*.c.
 */
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "shim.h"

/* wasm2c passes the instance of the host module; there is none. */
#define HOST __attribute__((unused)) struct w2c_host *none

u32 w2c_host_argumentCount(HOST) { return (u32)start.argc; }

u32 w2c_host_argument(HOST, u32 index, u32 into) {
  if (index >= (u32)start.argc) fail("internal error: no such argument");
  const size_t length = strlen(start.argv[index]);
  if (length > memory_array_size(into)) return (u32)-1;
  memcpy(memory_array(into, length), start.argv[index], length);
  return (u32)length;
}
u32 w2c_host_callerUid(HOST) { return start.uid; }
u32 w2c_host_callerGid(HOST) { return start.gid; }
static struct table table = {.file = -1};
u32 w2c_host_openTable(HOST, u32 which) { return (u32)table_open(&table, which); }

u32 w2c_host_readTable(HOST, u32 into, u32 at, u32 count) {
  char *const array = memory_array(into, (uint64_t)at + count);
  return (u32)table_read(&table, array + at, count);
}
u32 w2c_host_openTarget(HOST, u32 by_descriptor, u32 number) { return (u32)target_open(by_descriptor != 0, number); }
u32 w2c_host_statTarget(HOST) { return (u32)target_stat(); }
u32 w2c_host_targetUid(HOST) { return target_uid(); }
u32 w2c_host_targetGid(HOST) { return target_gid(); }
u32 w2c_host_setgroupsDenied(HOST) { return (u32)target_setgroups_denied(); }
u32 w2c_host_denySetgroups(HOST) { return (u32)target_deny_setgroups(); }
u32 w2c_host_openMap(HOST) { return (u32)target_open_map(); }
u32 w2c_host_writeMap(HOST, u32 text, u32 length) { return (u32)target_write_map(memory_array(text, length), length); }
u32 w2c_host_privilege(HOST) { return (u32)privilege_facts(); }
u32 w2c_host_targetRelation(HOST) { return (u32)target_relation(); }
u64 w2c_host_targetNamespaceOwner(HOST) { return (u64)target_namespace_owner(); }
u32 w2c_host_mapWritten(HOST) { return (u32)target_map_written(); }

u32 w2c_host_askNss(HOST, u32 request, u32 length, u32 into) {
  const size_t room = memory_array_size(into);
  return (u32)names_ask(memory_array(request, length), length, memory_array(into, room), room);
}

u32 w2c_host_print(HOST, u32 stream, u32 text, u32 length) {
  if (stream != 1 && stream != 2) fail("internal error: no such stream");
  return (u32)output_print((int)stream, memory_array(text, length), length);
}
void w2c_host_log(HOST, u32 text, u32 length) { output_log(memory_array(text, length), length); }
void w2c_host_exit(HOST, u32 status) { _exit(status == 1 || status > 127 ? program.failure : (int)status); }
