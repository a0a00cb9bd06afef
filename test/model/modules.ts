// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The wasm of a program as it was built; WASM names another folder than `build`. */
export function compiledModule(program: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(join(process.env.WASM ?? "build", `${program}.wasm`)));
}
