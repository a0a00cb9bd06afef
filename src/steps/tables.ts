// SPDX-License-Identifier: MIT
import { Refusal } from "../host";
import { EACCES, errnoText } from "../text/errno";
import { complain } from "../text/message";

/** Ends because a table could not be opened or read: which one, why, and what would help. */
export function tableFailed(program: string, path: string, code: i32): void {
  const complaint = complain(program);
  complaint.line("cannot open ").text(path).text(": ");
  switch (code) {
    case Refusal.NotRegular:
      complaint.text("Not a regular file").line(path).text(" has to be a regular file, or absent");
      break;
    case Refusal.NotRoots:
      complaint.text("Not owned by root").line("it would work after: chown root ").text(path);
      break;
    case Refusal.Writable:
      complaint
        .text("Others than its owner can write it")
        .line("it would work after: chmod go-w ")
        .text(path);
      break;
    case Refusal.Dangling:
      complaint.text("A symbolic link to nothing").line("the link has to be repaired or removed");
      break;
    case Refusal.Truncated:
      complaint.text("It became shorter while it was read").line("another try may work");
      break;
    default:
      complaint.text(errnoText(-code));
      if (code == -EACCES) complaint.line("the caller has to be able to read it: chmod 644 ").text(path);
  }
  complaint.end();
}
