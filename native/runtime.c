/* SPDX-License-Identifier: MIT
 *
 * The memory of the one WebAssembly module, and how it ends when the module breaks a rule of
 * WebAssembly: with a message and status 1, nothing written.
 */
#include "shim.h"
#include "wasm-rt.h"

#define PAGE 65536u
#define MOST_PAGES 16u

/* In .bss: a page of it costs nothing until it is touched, and no limit of the caller's can keep it
 * from us once the program runs. */
static uint8_t memory_bytes[MOST_PAGES * PAGE];
static wasm_rt_memory_t *the_memory;

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial, uint64_t most, bool is64, uint32_t page_size) {
  if (the_memory != NULL || is64 || page_size != PAGE || most > MOST_PAGES || initial > most)
    fail("internal error: memory of an unexpected shape");
  memory->data = memory_bytes;
  memory->pages = initial;
  memory->size = initial * PAGE;
  the_memory = memory;
}

uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t more) {
  const uint64_t before = memory->pages;
  if (more > MOST_PAGES - before) fail("out of memory: the tables hold more for this caller than fits");
  memory->pages += more;
  memory->size = memory->pages * PAGE;
  return before;
}

void runtime_trap(void) { fail("internal error: a trap"); }

/* AssemblyScript keeps the size of an array in the four bytes before its data. All of it has to be there. */
uint32_t memory_array_size(uint32_t at) {
  uint32_t size;
  if (the_memory == NULL || at < sizeof size || at > the_memory->size) fail("internal error: a buffer outside of the memory");
  memcpy(&size, memory_bytes + at - sizeof size, sizeof size);
  if (size > the_memory->size - at) fail("internal error: a buffer outside of the memory");
  return size;
}

void *memory_array(uint32_t at, uint64_t length) {
  if (length > memory_array_size(at)) fail("internal error: a buffer shorter than its length");
  return memory_bytes + at;
}
