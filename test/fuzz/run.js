// SPDX-License-Identifier: MIT
//
// Runs the fuzzers, led by what like the tests is TypeScript, on the runner that vitest brings along.
import { runnerImport } from "vite";

await runnerImport(new URL("main.ts", import.meta.url).pathname);
