// SPDX-License-Identifier: MIT
//
// Why nothing is listed, or less than there may be.
import { print } from "../host";
import { ENTRIES } from "../steps/entries";
import { complain, Message } from "../text/message";
import { Account } from "./account";
import { PROGRAM, Question } from "./command";
import { failing } from "./failure";
import { Source } from "./list";

const MINUS: u8 = 0x2d;

/** Says what was left out of the list: the answer of a source, or arguments. */
export function noteOmissions(question: Question, account: Account, source: Source): void {
  const note = complain(PROGRAM);
  failures(note, account, source);
  usage(note, question);
  if (note.length == 0) return;
  note.newline();
  print(2, note.bytes, note.length);
}

/** Says why there is nothing to list, and ends. */
export function nothingToList(question: Question, account: Account, source: Source): void {
  const complaint = complain(PROGRAM);
  failing();
  failures(complaint, account, source);
  const user = account.user;
  const subject = name(complaint.line(""), account);
  if (source.plugin.length > 0) {
    subject.text(" has no range in the sub-id source ").quoted(source.plugin, 0, source.plugin.length);
    subject.text(" of /etc/nsswitch.conf");
  } else subject.text(" has no range in ").text(question.tool.path);
  if (user) subject.text(", and none in ").text(ENTRIES).text(" that is under no restriction");
  else if (account.isUid) subject.text(": all ranges of a user are listed for his login name");
  else if (account.failure.length == 0) subject.text(", and is no user's name");
  usage(complaint, question);
  complaint.end();
}

/** Says how it is used to whom may have meant something else. */
function usage(into: Message, question: Question): void {
  const dash = question.owner.length > 0 && question.owner[0] == MINUS;
  if (question.more) into.line("arguments were left over: the usage is [-g] USER");
  else if (dash) into.line("the usage is [-g] USER");
}

function name(into: Message, account: Account): Message {
  return into.quoted(account.name, 0, account.name.length);
}

function failures(into: Message, account: Account, source: Source): void {
  if (account.failure.length > 0)
    name(into.line("the uid of "), account).text(" is not known: ").text(account.failure);
  if (source.groupsFailed) into.line(ENTRIES).text(" may grant more to groups: the name service failed");
  if (source.failure.length == 0) return;
  into.line("the sub-id source ").quoted(source.plugin, 0, source.plugin.length);
  into.text(" of /etc/nsswitch.conf could not be asked: ").text(source.failure);
}
