// SPDX-License-Identifier: MIT
//
// The command line: TARGET and the triples of the map.
import { argument, argumentCount, callerUid, exit, log, print } from "../host";
import { MOST_LINES, NO_ID, Request } from "../policy/request";
import { decimal, equals, isDigits, NO_NUMBER } from "../tables/fields";
import { HELP_NOTES, VERSION } from "../text/help";
import { complain, Message } from "../text/message";
import { invalidMap, TOO_MANY } from "./refuse";
import { Tool } from "./tool";

/** Longer arguments are no number of ours; they are not copied to be quoted either. */
const LONGEST_ARGUMENT: i32 = 64;
const FIRST_TRIPLE: i32 = 2;
/** More extents are not even read: twelve times what the kernel takes, in memory that is bounded. */
const MOST_EXTENTS: i32 = 4096;
const LARGEST_PID: u64 = 0x7fffffff;

/** The target as named on the command line. */
export class TargetName {
  byDescriptor: bool = false;
  number: u32 = 0;
}

/** Prints the usage, word for word shadow's, as the beginning of a message. */
export function usage(tool: Tool, into: Message): void {
  into
    .text("usage: ")
    .text(tool.name)
    .text(" [<pid>|fd:<pidfd>] <")
    .text(tool.noun)
    .text("> <lower")
    .text(tool.noun)
    .text("> <count> [ <")
    .text(tool.noun)
    .text("> <lower")
    .text(tool.noun)
    .text("> <count> ] ... ");
}

/** An error message that begins with the usage. */
export function misused(tool: Tool): Message {
  const complaint = complain(tool.name);
  usage(tool, complaint);
  return complaint;
}

/** Answers --help and --version, reads the target; ends with the usage where there is none. */
export function readTarget(tool: Tool): TargetName {
  if ((argumentCount() as i32) < FIRST_TRIPLE) misused(tool).end();
  const text = new StaticArray<u8>(LONGEST_ARGUMENT);
  const length = argument(1, text);
  if (length >= 0 && equals(text, 0, length, "--help")) help(tool);
  if (length >= 0 && equals(text, 0, length, "--version")) version(tool);
  const target = new TargetName();
  const byDescriptor = length > 3 && equals(text, 0, 3, "fd:");
  const number = length < 0 ? NO_NUMBER : decimal(text, byDescriptor ? 3 : 0, length);
  if (number > LARGEST_PID || (number == 0 && !byDescriptor)) badTarget(tool, text, length);
  if ((argumentCount() as i32) == FIRST_TRIPLE) misused(tool).line("no map is given").end();
  target.byDescriptor = byDescriptor;
  target.number = number as u32;
  return target;
}

function badTarget(tool: Tool, text: StaticArray<u8>, length: i32): void {
  const complaint = misused(tool).line("target ");
  if (length < 0) complaint.text("is too long");
  else complaint.quoted(text, 0, length).text(" is neither a process id in decimal nor fd:N");
  complaint.end();
}

/** Reads the triples; ends with shadow's message and the usage, and then the reason, where they are none. */
export function readRequest(tool: Tool): Request {
  const words = (argumentCount() as i32) - FIRST_TRIPLE;
  const length = (words + 2) / 3;
  if (length * 3 != words) wrongCount(tool, length, words);
  if (length > MOST_EXTENTS) tooMany(tool, length);
  const request = new Request(tool.kind, length);
  const text = new StaticArray<u8>(LONGEST_ARGUMENT);
  for (let i = 0; i < length; i++) {
    const at = FIRST_TRIPLE + 3 * i;
    request.set(
      i,
      readNumber(tool, at, text),
      readNumber(tool, at + 1, text),
      readNumber(tool, at + 2, text),
    );
    checkEnds(tool, request, i);
  }
  return request;
}

function wrongCount(tool: Tool, ranges: i32, words: i32): void {
  const complaint = complain(tool.name);
  complaint.line("ranges: ").number(ranges).text(" is wrong for argc: ").number(words).newline();
  usage(tool, complaint);
  complaint.line("each line of the map takes three numbers").end();
}

function tooMany(tool: Tool, extents: i32): void {
  const note = new Message(64)
    .text("uid ")
    .number(callerUid())
    .text(": ")
    .number(extents)
    .text(" extents: too many");
  log(note.bytes, note.length);
  invalidMap(tool).line("").number(extents).text(TOO_MANY).number(MOST_LINES).end();
}

/** One number, at most 2^32-1 here, so that sums of two stay far from wrapping. */
function readNumber(tool: Tool, index: i32, text: StaticArray<u8>): u64 {
  const length = argument(index, text);
  const value = length < 0 ? NO_NUMBER : decimal(text, 0, length);
  if (value > NO_ID) badNumber(tool, index, text, length);
  return value;
}

/** The name that the usage gives to argument `index`. */
function fieldName(tool: Tool, index: i32, into: Message): void {
  const field = (index - FIRST_TRIPLE) % 3;
  if (field == 2) into.text("count");
  else into.text(field == 0 ? "" : "lower").text(tool.noun);
}

function badNumber(tool: Tool, index: i32, text: StaticArray<u8>, length: i32): void {
  const large = length > 0 && isDigits(text, 0, length) && text[0] != 0x30;
  const negative = length > 1 && text[0] == 0x2d && isDigits(text, 1, length) && text[1] != 0x30;
  const complaint = large || negative || length < 0 ? overflow(tool) : misused(tool);
  fieldName(tool, index, complaint.line(""));
  if (length < 0) {
    complaint.text(" is too long to be a number").end();
    return;
  }
  complaint.text(" ").quoted(text, 0, length);
  const octal = length > 1 && text[0] == 0x30 && isDigits(text, 0, length);
  const hex = length > 2 && text[0] == 0x30 && (text[1] | 0x20) == 0x78;
  if (large) complaint.text(" is larger than any id");
  else if (negative) complaint.text(" is negative");
  else if (hex) complaint.text(" is hexadecimal: write it in decimal");
  else if (octal) complaint.text(" begins with 0, which would make it octal: write it in decimal");
  else complaint.text(" is no plain decimal number");
  complaint.end();
}

/** Shadow's words for a number out of range, then the usage. */
function overflow(tool: Tool): Message {
  const complaint = complain(tool.name);
  complaint.line("subuid overflow detected.").newline();
  usage(tool, complaint);
  return complaint;
}

function checkEnds(tool: Tool, request: Request, index: i32): void {
  const count = request.count[index];
  if (count == 0) overflow(tool).line("count is 0: a range holds at least one id").end();
  checkEnd(tool, "", request.inside[index], count);
  checkEnd(tool, "lower", request.outside[index], count);
}

/** No range may reach 2^32-1, which is no id: (uid_t)-1. */
function checkEnd(tool: Tool, prefix: string, start: u64, count: u64): void {
  if (start + count <= NO_ID) return;
  overflow(tool)
    .line(prefix)
    .text(tool.noun)
    .text(" ")
    .number(start)
    .text(" with count ")
    .number(count)
    .text(" goes beyond the last id, 4294967294")
    .end();
}

function help(tool: Tool): void {
  const text = new Message(2048);
  usage(tool, text);
  text
    .newline()
    .text("Write the ")
    .text(tool.noun)
    .text(" map of the user namespace of a process.\n")
    .text(HELP_NOTES)
    .text("See ")
    .text(tool.name)
    .text("(1) and sub")
    .text(tool.noun)
    .text("(5).\n");
  answer(text);
}

function version(tool: Tool): void {
  answer(new Message(64).text(tool.name).text(" (usernamespaces) ").text(VERSION).newline());
}

/** Prints on stdout and ends: with 0 unless it could not be printed. */
function answer(text: Message): void {
  exit(print(1, text.bytes, text.length) == 0 ? 0 : 1);
  unreachable();
}
