/* SPDX-License-Identifier: MIT
 *
 * Where a program begins: privilege first, then the logic.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "program.h"
#include "shim.h"

struct start start;

/* Where the stack cannot grow a signal would end us, wherever we happen to be, in fail() too; half of this argv may take. */
static void have_stack(void) {
  static const char text[] = ": the stack is limited to less than 256 KiB\n";
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 256 * 1024) return;
  (void)(write(2, program.name, strlen(program.name)) >= 0 && write(2, text, sizeof text - 1) >= 0);
  _exit(program.failure);
}

int main(int argc, char **argv) {
  static w2c_program instance;
  start.argc = argc;
  start.argv = argv;
  have_stack();
  privilege_start();
  wasm2c_program_instantiate(&instance, NULL);
  w2c_program_main(&instance);
  fail("internal error: no decision was taken");
}
