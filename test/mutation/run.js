// SPDX-License-Identifier: MIT
//
// Runs a file of this folder, which like the tests is TypeScript, on the runner that vitest brings along.
import { runnerImport } from "vite";

await runnerImport(new URL(process.argv[2] ?? "main.ts", import.meta.url).pathname);
