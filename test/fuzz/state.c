/* SPDX-License-Identifier: MIT
 *
 * The static variables of the program, which a run begins with as a process does. Those of native/ are put in
 * sections of their own by the link (fuzz.mk). Compiled without sanitizers: red zones lie between the variables.
 */
#include "state.h"

#include <stdint.h>
#include <stdlib.h>

#include "wasm-rt.h"

extern uint8_t __start_native_data[], __stop_native_data[], __start_native_bss[], __stop_native_bss[];
/* runtime.c's; a module that did not grow has not touched what lies beyond. */
extern uint8_t memory_bytes[];
extern wasm_rt_memory_t *the_memory;

static uint8_t *kept;

static void copy(uint8_t *to, const uint8_t *from, uintptr_t size) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}
static void clear(uint8_t *from, const uint8_t *to) {
  uintptr_t size = (uintptr_t)(to - from);
  __asm__ volatile("rep stosb" : "+D"(from), "+c"(size) : "a"(0) : "memory");
}

void state_keep(void) {
  const uintptr_t size = (uintptr_t)(__stop_native_data - __start_native_data);
  kept = malloc(size + 1);
  copy(kept, __start_native_data, size);
}

void state_restore(void) {
  const uintptr_t used = the_memory == NULL ? 0 : the_memory->size;
  copy(__start_native_data, kept, (uintptr_t)(__stop_native_data - __start_native_data));
  clear(memory_bytes, memory_bytes + used);
  clear(__start_native_bss, memory_bytes);
  clear(memory_bytes + (16u << 16), __stop_native_bss);
}
