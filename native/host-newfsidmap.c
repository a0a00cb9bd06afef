/* SPDX-License-Identifier: MIT
 *
 * The part of the boundary that is for newfsidmap alone; see host.c.
 */
#include <errno.h>
#include <unistd.h>

#include "idmap.h"
#include "program.h"
#include "shim.h"

/* wasm2c passes the instance of the host module; there is none. */
#define HOST __attribute__((unused)) struct w2c_host *none

static const char *operand(u32 index) {
  if (index >= (u32)start.argc) fail("internal error: no such argument");
  return start.argv[index];
}

u32 w2c_host_pinNamespaces(HOST) { return (u32)joinable_pin(); }
u32 w2c_host_readTargetMap(HOST, u32 gids, u32 into) {
  const u32 room = memory_array_size(into);
  return (u32)target_map_read(gids != 0, memory_array(into, room), room);
}
u32 w2c_host_callerGroups(HOST, u32 into) {
  const u32 room = memory_array_size(into);
  const int count = getgroups((int)(room / sizeof(gid_t)), memory_array(into, room));
  return (u32)(count < 0 ? -errno : count);
}
void w2c_host_recordExtent(HOST, u32 gids, u32 first, u32 second, u32 count) {
  mapping_record(gids != 0, first, second, count);
}
u32 w2c_host_makeMapping(HOST) { return (u32)mapping_make(); }
u32 w2c_host_openSource(HOST, u32 index) { return (u32)source_open(operand(index)); }
u32 w2c_host_sourceUid(HOST) { return source_uid(); }
u64 w2c_host_sourceType(HOST) { return (u64)source_type(); }
u32 w2c_host_cloneSource(HOST) { return (u32)clone_source(); }
u32 w2c_host_mapClone(HOST, u32 read_only, u32 no_exec) { return (u32)clone_map(read_only != 0, no_exec != 0); }
u32 w2c_host_lockClone(HOST) { return (u32)clone_lock(); }
u32 w2c_host_attachMount(HOST, u32 index) { return (u32)attach(operand(index)); }
u32 w2c_host_sendMount(HOST, u32 socket) { return (u32)hand_over((int)socket); }
u32 w2c_host_hasFsidMaps(HOST) { return (u32)mapping_has_fsid_maps(); }
u32 w2c_host_writeFsidMap(HOST, u32 gids) { return (u32)mapping_write_fsid_map(gids != 0); }
