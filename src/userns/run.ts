// SPDX-License-Identifier: MIT
import { exit, print, runProgram, runShell, shell } from "../host";
import { complain, Message } from "../text/message";
import { causeText, ENOENT, ENOEXEC } from "./cause";
import { Options } from "./options";
import { Word } from "./word";

const CANNOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;
const LONGEST_PATH: i32 = 4096;
const SLASH: u8 = 0x2f;

/** Runs the program that was asked for, or the shell; ends with 127 if there is none, 126 if it does not run. */
export function run(options: Options): void {
  if (options.program == 0) {
    runShellOfUser();
    return;
  }
  const answer = runProgram(options.program);
  const complaint = new Word(options.program, 0).quote(complain("userns").line("cannot run "));
  complaint.text(": ").text(causeText(-answer));
  if (answer == -ENOEXEC) complaint.line("a script begins with a line such as #!/bin/sh");
  end(complaint, answer);
}

/** $SHELL counts if it is a whole path. */
function runShellOfUser(): void {
  const path = new StaticArray<u8>(LONGEST_PATH);
  const length = shell(path) as u32;
  const own = length > 0 && length < (LONGEST_PATH as u32) && path[0] == SLASH;
  const answer = runShell(own);
  const complaint = complain("userns").line("cannot run ");
  if (own) complaint.quoted(path, 0, min(length, 1024));
  else complaint.text("'/bin/sh'");
  complaint.text(": ").text(causeText(-answer));
  if (own) complaint.line("it is what SHELL says: a program can be named instead");
  end(complaint, answer);
}

function end(complaint: Message, answer: i32): void {
  complaint.newline();
  print(2, complaint.bytes, complaint.length);
  exit(answer == -ENOENT ? NOT_FOUND : CANNOT_RUN);
  unreachable();
}
