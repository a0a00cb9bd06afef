// SPDX-License-Identifier: MIT
//
// The command line of newfsidmap: options, which end before the first operand, then the operands of each way.
import { argumentCount, exit, print } from "../host";
import { Kind } from "../policy/kind";
import { Request } from "../policy/request";
import { TargetName } from "../steps/command";
import { decimal, equals, find, NO_NUMBER } from "../tables/fields";
import { VERSION } from "../text/help";
import { complain, Message } from "../text/message";
import { HELP, USAGE } from "../text/newfsidmap-help";
import { lengthOf } from "../text/packed";
import { Token } from "../userns/number";
import { Word } from "../userns/word";
import { readMaps } from "./maps";

/** What becomes of the maps. */
export enum Way {
  /** They are written as the target's fsuid_map and fsgid_map. */
  Maps = 0,
  /** SOURCE is mounted with them on TARGET. */
  Attach = 1,
  /** SOURCE is mounted with them, and the mount sent over a socket. */
  Send = 2,
}

/** What the caller asks for. */
export class Options {
  way: Way = Way.Maps;
  /** The arguments that are SOURCE and TARGET. */
  source: u32 = 0;
  target: u32 = 0;
  /** The descriptor of --fd. */
  socket: u32 = 0;
  readOnly: bool = false;
  noExec: bool = false;
  readonly pid: TargetName = new TargetName();
  /** Inside ids and ids on disk. */
  uids: Request = new Request(Kind.Uid, 0);
  gids: Request = new Request(Kind.Gid, 0);
}

/** The options in the order of `NAMES`. */
enum Option {
  Bind,
  Fd,
  ReadOnly,
  NoExec,
  Help,
  Version,
  None,
}

const NAMES: StaticArray<string> = ["--bind", "--fd", "--read-only", "--noexec", "--help", "--version"];

const DASH: u8 = 0x2d;
const EQUALS: u8 = 0x3d;
const SLASH: u8 = 0x2f;
const LARGEST_PID: u64 = 0x7fffffff;
/** No descriptor's number is as large: /proc/sys/fs/nr_open. */
const LARGEST_DESCRIPTOR: u64 = 0x3fffffff;

/** Reads the command line; answers --help and --version; ends with what is wrong, and the usage. */
export function readOptions(): Options {
  const reader = new OptionReader();
  while (reader.readOption());
  reader.checkOptions();
  reader.readOperands();
  return reader.options;
}

class OptionReader {
  readonly options: Options = new Options();
  private readonly token: Token = new Token();
  private index: u32 = 1;
  private bind: bool = false;
  private send: bool = false;

  /** Reads the next word if it is an option; false where the operands begin. */
  readOption(): bool {
    const at = this.index;
    const name = this.token;
    if (at < argumentCount()) name.take(new Word(at, 0));
    else name.clear();
    if (name.length < 2 || name.bytes[0] != DASH) return false;
    this.index++;
    if (name.is("--")) return false;
    const end = find(name.bytes, EQUALS, 0, name.length);
    const option = optionOf(name, end);
    if (option == Option.None) unknown(name, end);
    if (option == Option.Fd) this.readSocket(end < name.length ? new Word(at, end + 1) : this.nextWord());
    else if (end < name.length)
      misused("option '").text(NAMES[option]).text("' takes no argument").line(USAGE).end();
    else this.apply(option);
    return true;
  }

  private apply(option: Option): void {
    switch (option) {
      case Option.Bind:
        this.bind = true;
        break;
      case Option.ReadOnly:
        this.options.readOnly = true;
        break;
      case Option.NoExec:
        this.options.noExec = true;
        break;
      case Option.Help:
        answer(new Message(lengthOf(USAGE) + lengthOf(HELP) + 1).text(USAGE).text(HELP));
        break;
      default:
        answer(new Message(64).text("newfsidmap (usernamespaces) ").text(VERSION).newline());
    }
  }

  private nextWord(): Word {
    if (this.index >= argumentCount()) misused("option '--fd' needs an argument").line(USAGE).end();
    this.index++;
    return new Word(this.index - 1, 0);
  }

  private readSocket(word: Word): void {
    const token = this.token.take(word);
    if (!token.isNumber(LARGEST_DESCRIPTOR))
      token.explain(misused("--fd: "), " is larger than any descriptor").line(USAGE).end();
    this.options.socket = token.value as u32;
    this.send = true;
  }

  /** Ends if options contradict one another. */
  checkOptions(): void {
    const options = this.options;
    if (this.bind && this.send) misused("--bind and --fd exclude each other").line(USAGE).end();
    if (this.bind) options.way = Way.Attach;
    else if (this.send) options.way = Way.Send;
    else if (options.readOnly) misused("--read-only needs --bind or --fd").line(USAGE).end();
    else if (options.noExec) misused("--noexec needs --bind or --fd").line(USAGE).end();
  }

  readOperands(): void {
    const options = this.options;
    if (options.way != Way.Maps) options.source = this.operand("SOURCE");
    if (options.way == Way.Attach) options.target = this.absolute(this.operand("TARGET"));
    this.readPid(this.operand("PID"));
    const first = this.operand("MAP");
    options.uids = readMaps(Kind.Uid, first);
    options.gids = readMaps(Kind.Gid, first);
  }

  /** The argument that is the next operand. */
  private operand(name: string): u32 {
    if (this.index >= argumentCount()) misused("").text(name).text(" is missing").line(USAGE).end();
    this.index++;
    return this.index - 1;
  }

  /** The argument `index` again, which has to be an absolute path. */
  private absolute(index: u32): u32 {
    const word = new Word(index, 0);
    const token = this.token.take(word);
    if (token.length == 0 || token.bytes[0] != SLASH)
      word.quote(misused("TARGET ")).text(" is no absolute path").line(USAGE).end();
    return index;
  }

  private readPid(index: u32): void {
    const word = new Word(index, 0);
    const token = this.token.take(word);
    const byDescriptor = token.length > 3 && equals(token.bytes, 0, 3, "fd:");
    const number = token.cut ? NO_NUMBER : decimal(token.bytes, byDescriptor ? 3 : 0, token.length);
    if (number > LARGEST_PID || (number == 0 && !byDescriptor)) {
      const complaint = word.quote(misused("PID "));
      complaint.text(" is neither a process id in decimal nor fd:N").line(USAGE).end();
    }
    this.options.pid.byDescriptor = byDescriptor;
    this.options.pid.number = number as u32;
  }
}

/** The option whose name stands in the first `end` bytes. */
function optionOf(name: Token, end: u32): Option {
  let option = 0;
  while (option < Option.None && !equals(name.bytes, 0, end, NAMES[option])) option++;
  return option as Option;
}

/** Begins an error message about a wrong command line, which the usage ends. */
function misused(what: string): Message {
  return complain("newfsidmap").line(what);
}

function unknown(name: Token, end: u32): void {
  const complaint = misused("unknown option ").quoted(name.bytes, 0, end);
  complaint
    .text(name.cut && end == name.length ? "..." : "")
    .line(USAGE)
    .end();
}

/** Prints on stdout and ends: with success unless it could not be printed. */
function answer(text: Message): void {
  exit(print(1, text.bytes, text.length) == 0 ? 0 : 1);
  unreachable();
}
