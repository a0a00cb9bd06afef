/* SPDX-License-Identifier: MIT
 *
 * Where a program begins: privilege first, then the logic.
 */
#include "program.h"
#include "shim.h"

struct start start;

int main(int argc, char **argv) {
  static w2c_program instance;
  start.argc = argc;
  start.argv = argv;
  privilege_start();
  wasm2c_program_instantiate(&instance, NULL);
  w2c_program_main(&instance);
  fail("internal error: no decision was taken");
}
