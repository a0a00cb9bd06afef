// SPDX-License-Identifier: MIT
//
// The helpers' own readers of the tables, on bytes: build/tables.wasm.
/// <reference path="./assembly.d.ts" />
import type * as calls from "../ctl-host.js";
import type * as boundary from "../host.js";
import { Opened, type Table } from "../host.js";
import type { Memory } from "./memory.js";
import { load } from "./programs.js";
import type { Step } from "./progress.js";

/** What bin/tables.ts exports; each answers 0, or -errno or a Refusal. */
export interface TableModule {
  walk: (table: Table) => number;
  source: () => number;
}

/** The calls by which it reports, unheard. */
export const unheard: typeof calls = {
  reportRows: () => {},
  reportEntry: () => {},
  reportSource: () => {},
};

/** The module, which reads these bytes whatever table it opens, and reports by the calls that are given. */
export function tableModule(
  bytes: Buffer,
  memory: Memory,
  reports: typeof calls,
  step: Step = () => {},
): TableModule {
  let read = 0;
  const host: Pick<typeof boundary, "openTable" | "readTable"> = {
    openTable: () => Opened.Open,
    readTable: (into, at, count) => {
      const got = bytes.copy(memory.array(into, at + count), at, read);
      read += got;
      step(read);
      return got;
    },
  };
  const imports = { host: { ...host }, "ctl-host": { ...reports } };
  const { exports } = new WebAssembly.Instance(load("tables"), imports);
  memory.use(exports.memory as WebAssembly.Memory);
  return exports as unknown as TableModule;
}
