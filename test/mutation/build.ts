// SPDX-License-Identifier: MIT
//
// The programs with one source changed, compiled in this process.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main as compile } from "assemblyscript/asc";

const programs = ["newuidmap", "newgidmap", "userns", "newfsidmap"];
/** As the Makefile has them, but for the optimisation, which changes nothing that a program says. */
const flags =
  "--transform ./tools/pack-text.js --use abort= --runtime stub --initialMemory 2 --maximumMemory 16";

/**
 * Compiles all programs into a folder, `text` in place of the file's content.
 *
 * @returns whether the compiler took it
 */
export async function build(folder: string, file: string, text: string): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  const read = (name: string) =>
    name === file ? text : existsSync(name) ? readFileSync(name, "utf8") : null;
  const silent = { write: () => true };
  for (const program of programs) {
    const { error } = await compile([`bin/${program}.ts`, "-o", "out.wasm", ...flags.split(" ")], {
      stdout: silent,
      stderr: silent,
      readFile: read,
      writeFile: (_name, bytes) => writeFileSync(join(folder, `${program}.wasm`), bytes),
    });
    if (error) return false;
  }
  return true;
}
