// SPDX-License-Identifier: MIT
//
// Runs the mutation test, which like the tests is TypeScript, on the runner that vitest brings along.
import { runnerImport } from "vite";

await runnerImport(new URL("main.ts", import.meta.url).pathname);
