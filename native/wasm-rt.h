/* SPDX-License-Identifier: MIT
 *
 * The part of wasm2c's run-time interface (wabt 1.0.39) that the generated code uses. There is one
 * module, one memory of fixed address, no table, no host function reference; see runtime.c.
 */
#ifndef WASM_RT_H
#define WASM_RT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "usernamespaces: WebAssembly memory is little-endian; this target is not supported"
#endif

#define WABT_BIG_ENDIAN 0
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define wasm_rt_memcpy memcpy

/* Every access is compared with the memory's size. Guard pages would reserve 8 GiB of address
 * space, which a caller can forbid (RLIMIT_AS). */
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_MEMCHECK_GUARD_PAGES 0
#define WASM_RT_SANITY_CHECKS 0
/* No function calls itself, directly or through others: CI looks at the call graph of every module. */
#define WASM_RT_STACK_DEPTH_COUNT 0

typedef struct {
  uint8_t *data;
  uint64_t pages;
  uint64_t size; /* in bytes */
} wasm_rt_memory_t;

/* Named by the generated code's declarations even where a module has no table. */
typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64 } wasm_rt_type_t;
typedef const char *wasm_rt_func_type_t;
typedef struct { int unused; } wasm_rt_tailcallee_t;
typedef struct {
  wasm_rt_func_type_t func_type;
  void (*func)(void);
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
typedef struct { wasm_rt_funcref_t *data; uint32_t size; } wasm_rt_funcref_table_t;
typedef void *wasm_rt_externref_t;
typedef struct { wasm_rt_externref_t *data; uint32_t size; } wasm_rt_externref_table_t;
typedef void (*wasm_rt_function_ptr_t)(void);
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){0})
#define wasm_rt_externref_null_value NULL

static inline bool wasm_rt_is_initialized(void) { return true; }
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial, uint64_t most, bool is64,
                             uint32_t page_size);
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t more);
static inline void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }
/* Which rule of WebAssembly was broken nobody needs to know, and to say it is code at every load and store. */
#define wasm_rt_trap(rule) runtime_trap()
_Noreturn void runtime_trap(void);

#endif
