// SPDX-License-Identifier: MIT
import { obstacle as modules } from "../nss/scene.js";

/** Why faults cannot be tried here; undefined if they can. */
export const obstacle =
  (await modules()) ?? (process.arch === "x64" ? undefined : "faults are injected on x86-64 alone");
