// SPDX-License-Identifier: MIT
import { askNss, Refusal } from "../host";
import { Named } from "../policy/entry";
import { equals, find } from "../tables/fields";
import { User } from "../tables/passwd";
import { Message } from "../text/message";

const NUL: u8 = 0;
/** The most groups that are asked about in one run: each costs the start of a program. */
const MOST_GROUPS: i32 = 16;
/** The bytes that a user's and a group's name have in a question together. */
const LONGEST_NAMES: u32 = 480;
/** "out" and a newline are the longest answer; one that fills the buffer counts as too long. */
const LONGEST_ANSWER: i32 = 8;

/** One answer of the name service's. */
class Answer {
  constructor(
    readonly group: StaticArray<u8>,
    readonly named: Named,
  ) {}
}

/** The groups that a user is in, by the name service, each asked about once. */
export class Membership {
  private readonly answers: StaticArray<Answer | null> = new StaticArray<Answer | null>(MOST_GROUPS);
  private asked: i32 = 0;
  /** It did not answer in time; it is not waited for again. */
  private hangs: bool = false;
  /** Some question had no answer, not even that there is no such group. */
  failed: bool = false;

  constructor(private readonly user: User) {}

  /**
   * Whether the user is in the group of the name bytes [from, to). Only a clear answer counts: "no such group"
   * is none, because the caller can bring it about with his limits.
   */
  of(bytes: StaticArray<u8>, from: u32, to: u32): Named {
    for (let i = 0; i < this.asked; i++) {
      const answer = this.answers[i];
      if (answer && same(answer.group, bytes, from, to)) return answer.named;
    }
    const long = to - from + (this.user.name.length as u32) > LONGEST_NAMES;
    const torn = find(bytes, NUL, from, to) < to;
    if (this.asked == MOST_GROUPS || this.hangs || long || torn) return Named.Unknown;
    const group = new StaticArray<u8>(to - from);
    for (let i = from; i < to; i++) group[i - from] = bytes[i];
    const named = this.ask(group);
    this.answers[this.asked++] = new Answer(group, named);
    return named;
  }

  private ask(group: StaticArray<u8>): Named {
    const name = this.user.name;
    const question = new Message(512).text("member").byte(NUL).number(this.user.uid).byte(NUL);
    question.raw(name, 0, name.length).byte(NUL).raw(group, 0, group.length).byte(NUL);
    const answer = new StaticArray<u8>(LONGEST_ANSWER);
    const length = askNss(question.bytes, question.length, answer);
    this.hangs = length == Refusal.NssTimeout;
    if (length < 0 && length != Refusal.NssUnknown) this.failed = true;
    if (length < 0) return Named.Unknown;
    if (equals(answer, 0, length, "in\n")) return Named.Yes;
    return equals(answer, 0, length, "out\n") ? Named.No : Named.Unknown;
  }
}

/** Whether `name` is bytes [from, to). */
function same(name: StaticArray<u8>, bytes: StaticArray<u8>, from: u32, to: u32): bool {
  if ((name.length as u32) != to - from) return false;
  for (let i = 0; i < name.length; i++) if (name[i] != bytes[from + i]) return false;
  return true;
}
