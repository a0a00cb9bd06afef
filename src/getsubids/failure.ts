// SPDX-License-Identifier: MIT
import { print } from "../host";
import { Message } from "../text/message";

/** Prints what shadow says of every failure; the lines that explain follow. */
export function failing(): void {
  const words = new Message(32).text("Error fetching ranges").newline();
  print(2, words.bytes, words.length);
}
