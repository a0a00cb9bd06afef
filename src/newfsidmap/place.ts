// SPDX-License-Identifier: MIT
//
// Where the mount goes: into the target's mount namespace, or over the caller's socket.
import { Attaching, attachMount, sendMount } from "../host";
import { complain, Message } from "../text/message";
import { causeText, EACCES, ENOENT } from "../userns/cause";
import { Word } from "../userns/word";
import { Options, Way } from "./options";
import { NAME } from "./target";

const ENOTSOCK: i32 = 88;
const EAFNOSUPPORT: i32 = 97;
const STEP: i32 = 4096;

/** Attaches or sends the mount; ends with what failed and why. */
export function place(options: Options): void {
  if (options.way == Way.Send) send(options);
  else attach(options);
}

function attach(options: Options): void {
  const answer = attachMount(options.target);
  if (answer == 0) return;
  const step = answer / STEP;
  const errno = answer % STEP;
  const complaint = complain(NAME);
  if (step == Attaching.Join) complaint.line("cannot join the namespaces of the process");
  else if (step == Attaching.Find) target(complaint.line("cannot open "), options);
  else target(complaint.line("cannot attach the mount to "), options);
  complaint.text(": ").text(causeText(errno));
  if (step == Attaching.Find && (errno == ENOENT || errno == EACCES))
    complaint.line(
      "TARGET is a directory in the mount namespace of the process, found there with the caller's own ids",
    );
  complaint.end();
}

function target(into: Message, options: Options): Message {
  return new Word(options.target, 0).quote(into);
}

function send(options: Options): void {
  const result = sendMount(options.socket);
  if (result == 0) return;
  const complaint = complain(NAME)
    .line("cannot send the mount over descriptor ")
    .number(options.socket)
    .text(": ");
  if (result == -ENOTSOCK || result == -EAFNOSUPPORT) complaint.text("it is no unix socket");
  else complaint.text(causeText(-result));
  complaint.end();
}
