/* SPDX-License-Identifier: MIT
 *
 * libsubid_usernamespaces.so: a plugin by shadow's interface. It runs in other people's processes, privileged ones
 * and ones with threads among them, so
 *
 *  1. all that a call needs belongs to the call: the module's memory, an open table, the answer. Nothing is left of
 *     it but the answer, which the caller frees; where the logic would end a program, the call ends;
 *  2. it prints nothing, starts no process, and changes nothing of the process's: neither its locale nor signals,
 *     working directory or ids; its descriptors are closed at exec, and all closed again;
 *  3. who may have what is decided as in the helpers, by the same logic; what cannot be known is not granted.
 */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "program.h"
#include "shim.h"

/* The interface of shadow's plugins. */
enum subid_type { SUBID_UID = 1, SUBID_GID = 2 };
enum subid_status { SUBID_SUCCESS = 0, SUBID_UNKNOWN_USER = 1, SUBID_CONNECTION = 2, SUBID_ERROR = 3 };
struct subid_range {
  unsigned long start;
  unsigned long count;
};

/* One call. The generated code hands it to the functions of the boundary as their module. */
struct w2c_host {
  jmp_buf end;
  enum subid_status status;
  struct w2c_host *outer; /* the call that this one is made within, if a module of the name service makes one */
  w2c_program module;
  const char *owner;
  struct table table;
  void *answer;
  size_t size; /* of one element */
  size_t length, room; /* in elements */
};

/* plugin.c */
_Noreturn void call_end(struct w2c_host *call, enum subid_status status);
void call_give(struct w2c_host *call, const void *element);
void *call_array(struct w2c_host *call, uint32_t at, uint64_t length);
uint32_t call_array_size(struct w2c_host *call, uint32_t at);

/* plugin-names.c */
int names_answer(const char *request, size_t length, char *into, size_t room);

#endif
