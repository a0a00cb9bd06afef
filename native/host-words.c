/* SPDX-License-Identifier: MIT
 *
 * The part of the boundary that reads words of any length: userns and newfsidmap take paths; see host.c.
 */
#include <string.h>

#include "program.h"
#include "shim.h"

/* The instance of the host module that wasm2c passes does not exist; argument 0 stands for no word at all. */
u32 w2c_host_argumentPart(__attribute__((unused)) struct w2c_host *none, u32 index, u32 offset, u32 into) {
  if (index >= (u32)start.argc || offset > strlen(start.argv[index])) fail("internal error: no such argument");
  const char *const from = index == 0 ? "" : start.argv[index] + offset;
  const size_t room = memory_array_size(into), length = strnlen(from, room);
  memcpy(memory_array(into, room), from, length);
  return (u32)length;
}
