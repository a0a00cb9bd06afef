// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** The modules that usernsctl runs. */
export type ProgramName = "newuidmap" | "newgidmap" | "getsubids" | "ids" | "subid";

/** The bundle's modules lie beside it: the build says so. */
declare const MODULES: string | undefined;
const folder = typeof MODULES === "undefined" ? "../../build/" : MODULES;

const modules = new Map<string, WebAssembly.Module>();

/** The module of that name, compiled once. */
export function load(name: string): WebAssembly.Module {
  const url = new URL(`${folder}${name}.wasm`, import.meta.url);
  const module = modules.get(name) ?? new WebAssembly.Module(readFileSync(url));
  modules.set(name, module);
  return module;
}
