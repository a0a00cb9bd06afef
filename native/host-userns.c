/* SPDX-License-Identifier: MIT
 *
 * The part of the boundary that is for userns alone; see host.c.
 */
#include <string.h>

#include "become.h"
#include "binder.h"
#include "helper.h"
#include "program.h"
#include "shim.h"

/* wasm2c passes the instance of the host module; there is none. */
#define HOST __attribute__((unused)) struct w2c_host *none

u32 w2c_host_startHelper(HOST) { return helper_start(); }
u32 w2c_host_awaitRequest(HOST, u32 into) {
  const size_t room = memory_array_size(into);
  return (u32)helper_await(memory_array(into, room), room);
}
void w2c_host_recordExtent(HOST, u32 gids, u32 inside, u32 outside, u32 count) {
  helper_record(gids != 0, inside, outside, count);
}
u32 w2c_host_writeOwnMap(HOST, u32 gids, u32 outer) { return (u32)helper_write_map(gids != 0, outer != 0); }
u32 w2c_host_joinOuter(HOST) { return (u32)helper_join(); }
u32 w2c_host_askHelper(HOST, u32 request, u32 length) { return (u32)main_ask(memory_array(request, length), length); }
u32 w2c_host_holdNamespace(HOST) { return (u32)main_hold_namespace(); }
u32 w2c_host_handOver(HOST) { return (u32)main_hand_over(); }

/* Copies as much of a text as fits. */
static u32 copy(const char *text, u32 into) {
  const size_t room = memory_array_size(into), length = strnlen(text, room);
  memcpy(memory_array(into, room), text, length);
  return (u32)length;
}

/* A word of argv from one of its bytes on; index 0 stands for what a step does without an operand. */
#define OPERAND(otherwise) become_operand(index, offset, otherwise)

u32 w2c_host_openFile(HOST, u32 index, u32 offset) { return (u32)become_open(OPERAND("")); }
u32 w2c_host_openOwnMap(HOST, u32 gids) { return (u32)become_open_own_map(gids != 0); }
u32 w2c_host_readFile(HOST, u32 into) {
  const size_t room = memory_array_size(into);
  return (u32)become_read(memory_array(into, room), room);
}
u32 w2c_host_unshare(HOST, u32 flags) { return (u32)become_unshare(flags); }
u32 w2c_host_limitUserNamespaces(HOST) { return (u32)become_limit_namespaces(); }
u32 w2c_host_setPropagation(HOST, u32 type) { return (u32)become_propagate(type); }
u32 w2c_host_fork(HOST, u32 first) { return (u32)become_fork(first != 0); }
u32 w2c_host_changeRoot(HOST, u32 index, u32 offset) { return (u32)become_change_root(OPERAND("")); }
u32 w2c_host_changeDirectory(HOST, u32 index, u32 offset) { return (u32)become_change_directory(OPERAND("/")); }
u32 w2c_host_mountProc(HOST, u32 index, u32 offset) { return (u32)become_mount_proc(OPERAND("/proc")); }
u32 w2c_host_filterUserNamespaces(HOST) { return (u32)become_filter_namespaces(); }
u32 w2c_host_groupsDenied(HOST) { return (u32)become_groups_denied(); }
u32 w2c_host_dropGroups(HOST) { return (u32)become_drop_groups(); }
u32 w2c_host_keepCapabilities(HOST) { return (u32)become_keep_capabilities(); }
u32 w2c_host_takeGid(HOST, u32 gid) { return (u32)become_take_gid(gid); }
u32 w2c_host_takeUid(HOST, u32 uid) { return (u32)become_take_uid(uid); }
u32 w2c_host_passCapabilities(HOST) { return (u32)become_pass_capabilities(); }
u32 w2c_host_dieWithParent(HOST, u32 number) { return (u32)become_die_with_parent(number); }
u32 w2c_host_setNoNewPrivileges(HOST) { return (u32)become_no_new_privileges(); }
u32 w2c_host_closeFrom(HOST, u32 first) { return (u32)become_close_from(first); }
u32 w2c_host_runProgram(HOST, u32 index) { return (u32)become_program(index); }
u32 w2c_host_shell(HOST, u32 into) { return become_shell() == NULL ? 0 : copy(become_shell(), into); }
u32 w2c_host_runShell(HOST, u32 own) { return (u32)become_run_shell(own != 0 ? become_shell() : "/bin/sh"); }
u64 w2c_host_setting(HOST, u32 which) { return (u64)become_setting(which); }
void w2c_host_startBinder(HOST) { binder_start(); }
u32 w2c_host_keepNamespaces(HOST) { return (u32)binder_keep_namespaces(); }
u32 w2c_host_joinNamespaces(HOST) { return (u32)binder_join(); }
u32 w2c_host_runNewfsidmap(HOST, u32 words, u32 length) { return (u32)binder_run(memory_array(words, length), length); }
void w2c_host_endBinder(HOST) { binder_end(); }
