// SPDX-License-Identifier: MIT
//
// The command line of getsubids: `[-g] USER`, read as shadow reads it.
import { argument, argumentCount, exit, print } from "../host";
import { Kind } from "../policy/kind";
import { Tool } from "../steps/tool";
import { equals } from "../tables/fields";
import { LONGEST_LINE } from "../tables/lines";
import { VERSION } from "../text/help";
import { Message } from "../text/message";

/** The name that messages begin with. */
export const PROGRAM = "getsubids";
const USAGE =
  "Usage: getsubids [-g] user\n" +
  "    list subuid ranges for user\n" +
  "    pass -g to list subgid ranges\n";
const HELP =
  "Usage: getsubids [-g] USER\n" +
  "List the ranges of sub-ids that USER, a login name, may map.\n" +
  "\n" +
  "  -g         list gids, not uids\n" +
  "  --help     print this text\n" +
  "  --version  print the version\n" +
  "\n" +
  "See getsubids(1), subuid(5) and usernamespaces(5).\n";

/** What is asked for. */
export class Question {
  constructor(
    readonly tool: Tool,
    /** USER as it was typed; empty if it is longer than any owner of a line. */
    readonly owner: StaticArray<u8>,
    /** More arguments follow, which nobody looks at: shadow's silence would let `USER -g` pass for a list of gids. */
    readonly more: bool,
  ) {}
}

/** Reads the arguments; answers --help and --version, and ends with the usage where there are none. */
export function readQuestion(): Question {
  const count = argumentCount();
  const first = word(1);
  const alone = count == 2;
  if (count < 2 || (alone && is(first, "-h"))) misused();
  if (alone && is(first, "--help")) answer(new Message(1024).text(HELP));
  if (alone && is(first, "--version"))
    answer(new Message(64).text(PROGRAM).text(" (usernamespaces) ").text(VERSION).newline());
  const gids = count == 3 && is(first, "-g");
  return new Question(
    new Tool(gids ? Kind.Gid : Kind.Uid, PROGRAM),
    gids ? word(2) : first,
    count > (gids ? 3 : 2),
  );
}

/** Argument `index`, empty if there is none or it is longer than a line. */
function word(index: u32): StaticArray<u8> {
  const text = new StaticArray<u8>(LONGEST_LINE);
  const length = index < argumentCount() ? argument(index, text) : 0;
  const bytes = new StaticArray<u8>(max(length, 0));
  for (let i = 0; i < length; i++) bytes[i] = text[i];
  return bytes;
}

function is(bytes: StaticArray<u8>, text: string): bool {
  return equals(bytes, 0, bytes.length, text);
}

function misused(): void {
  const usage = new Message(256).text(USAGE);
  print(2, usage.bytes, usage.length);
  exit(1);
  unreachable();
}

/** Prints on stdout and ends: with 0 unless it could not be printed. */
function answer(text: Message): void {
  exit(print(1, text.bytes, text.length) == 0 ? 0 : 1);
  unreachable();
}
