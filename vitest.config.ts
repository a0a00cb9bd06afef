// SPDX-License-Identifier: MIT
import { defineConfig } from "vitest/config";

// Whole programs run here on two cores: one file at a time, so that none starves another of its deadline.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**"],
    reporters: ["default", "./test/reporter.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
