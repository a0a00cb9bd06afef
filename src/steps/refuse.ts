// SPDX-License-Identifier: MIT
//
// The wording of a refusal: shadow's first line, then what is missing and what the caller may have.
import { callerUid, log } from "../host";
import { textLength } from "../policy/decide";
import { Kind } from "../policy/kind";
import { MOST_BYTES, MOST_LINES, Request } from "../policy/request";
import { Reason, Verdict } from "../policy/verdict";
import { Lines } from "../tables/lines";
import { User } from "../tables/passwd";
import { Fault, SubidLines } from "../tables/subids";
import { complain, Message } from "../text/message";
import { Grants } from "./grants";
import { Tool } from "./tool";

/** A user with more lines learns of the first ones. */
const MOST_LISTED: i32 = 8;
export const TOO_MANY = " extents: the kernel takes at most ";

/** Says why the request is refused, to the caller and to syslog, and ends. */
export function refuse(
  tool: Tool,
  request: Request,
  verdict: Verdict,
  user: User,
  grants: Grants,
  lines: Lines,
): void {
  const reason = verdict.reason;
  const unauthorised = reason == Reason.NotGranted || reason == Reason.OutsideRoot;
  const complaint = unauthorised ? complain(tool.name) : invalidMap(tool);
  if (unauthorised) notAllowed(complaint.line(""), tool, request, verdict.extent);
  if (reason == Reason.OutsideRoot) complaint.line("outside uid 0 is root's own: nobody else may map it");
  else if (unauthorised) explainGrants(complaint, tool, request, verdict, user, grants, lines);
  else explainShape(complaint, request, verdict);
  logRefusal(tool, request, verdict, user);
  complaint.end();
}

/** An error message that begins as shadow's does where the kernel would not take the map. */
export function invalidMap(tool: Tool): Message {
  return complain(tool.name).line("write to ").text(tool.map).text(" failed: Invalid argument");
}

/** Shadow's words for an extent that is not granted. */
function notAllowed(into: Message, tool: Tool, request: Request, index: i32): void {
  into
    .text(tool.noun)
    .text(" range ")
    .halfOpen(request.inside[index], request.count[index])
    .text(" -> ")
    .halfOpen(request.outside[index], request.count[index])
    .text(" not allowed");
}

function explainShape(complaint: Message, request: Request, verdict: Verdict): void {
  if (verdict.reason == Reason.TooManyExtents) {
    complaint.line("").number(request.length).text(TOO_MANY).number(MOST_LINES);
  } else if (verdict.reason == Reason.TooLong) {
    complaint
      .line("the map has ")
      .number(textLength(request))
      .text(" bytes: the kernel takes at most ")
      .number(MOST_BYTES);
  } else {
    complaint
      .line("extents ")
      .number(verdict.other + 1)
      .text(" and ")
      .number(verdict.extent + 1);
    complaint
      .text(" overlap ")
      .text(verdict.reason == Reason.InsideOverlap ? "inside" : "outside")
      .text(": ");
    extent(complaint, request, verdict.other);
    extent(complaint.text(" and "), request, verdict.extent);
  }
}

function extent(into: Message, request: Request, index: i32): void {
  into.text("'").number(request.inside[index]).text(" ").number(request.outside[index]).text(" ");
  into.number(request.count[index]).text("'");
}

function explainGrants(
  complaint: Message,
  tool: Tool,
  request: Request,
  verdict: Verdict,
  user: User,
  grants: Grants,
  lines: Lines,
): void {
  const outside = request.outside[verdict.extent];
  const end = request.outsideEnd(verdict.extent);
  if (verdict.missing != outside || verdict.missingEnd != end) {
    complaint.line("").span(verdict.missing, verdict.missingEnd).text(" is what is not granted of it");
  }
  if (grants.plugin.length > 0) listRanges(complaint, tool, user, grants);
  else listLines(complaint, tool, user, lines);
}

function name(into: Message, user: User): Message {
  return into.escaped(user.name, 0, user.name.length);
}

function ownId(into: Message, tool: Tool): Message {
  return into.text("the own ").text(tool.noun).text(" ").number(tool.own);
}

/** What the plugin grants: it names no lines. */
function listRanges(complaint: Message, tool: Tool, user: User, grants: Grants): void {
  const ranges = grants.ranges;
  if (grants.failure.length > 0) {
    complaint.line("the sub-id source ").quoted(grants.plugin, 0, grants.plugin.length);
    complaint.text(" of /etc/nsswitch.conf could not be asked: ").text(grants.failure);
  }
  name(complaint.line(""), user).text(" may map ");
  for (let i = 0; i < ranges.length && i < MOST_LISTED; i++) {
    complaint
      .span(ranges.start(i), ranges.end(i))
      .text(" (")
      .escaped(grants.plugin, 0, grants.plugin.length)
      .text(")");
    complaint.text(i + 1 < ranges.length && i + 1 < MOST_LISTED ? ", " : "");
  }
  if (ranges.length > MOST_LISTED) complaint.text(" and more");
  ownId(complaint.text(ranges.length > 0 ? " and " : "only "), tool);
}

/** What the table grants, line by line, and which lines of the caller's do not count. */
function listLines(complaint: Message, tool: Tool, user: User, lines: Lines): void {
  const subids = new SubidLines(lines, user.owners);
  const may = new Message(1024);
  const broken = new Message(1024);
  // Whatever a line says, outside uid 0 is root's alone.
  const lowest: u64 = tool.kind == Kind.Uid && callerUid() != 0 ? 1 : 0;
  let sound = 0;
  let faulty = 0;
  if (subids.open(tool.table) != 0) return;
  while (subids.advance()) {
    if (subids.fault != Fault.None) {
      if (faulty++ < MOST_LISTED)
        place(broken.newline().text(tool.name).text(": "), tool, subids.number).text(faultText(subids.fault));
      continue;
    }
    const first = max(subids.start, lowest);
    const end = subids.start + subids.count;
    if (first < end && sound++ < MOST_LISTED) {
      place(
        may
          .text(sound > 1 ? ", " : "")
          .span(first, end)
          .text(" ("),
        tool,
        subids.number,
      ).text(")");
    }
  }
  name(complaint.line(""), user);
  if (sound > 0) {
    complaint.text(" may map ").raw(may.bytes, 0, may.length);
    if (sound > MOST_LISTED)
      complaint
        .text(" and ")
        .number(sound - MOST_LISTED)
        .text(" more");
    ownId(complaint.text(" and "), tool);
  } else {
    ownId(complaint.text(" has no range in ").text(tool.path).text(" and may map only "), tool);
    complaint.line("an administrator can add one: usermod --add-sub").text(tool.noun).text("s FIRST-LAST ");
    name(complaint, user);
  }
  complaint.raw(broken.bytes, 0, broken.length);
}

function place(into: Message, tool: Tool, line: u32): Message {
  return into.text(tool.path).text(":").number(line);
}

function faultText(fault: Fault): string {
  switch (fault) {
    case Fault.TooLong:
      return " does not count: it is longer than 1023 bytes";
    case Fault.Nul:
      return " does not count: it holds a NUL byte";
    case Fault.Fields:
      return " does not count: it has to be USER:START:COUNT";
    case Fault.Start:
      return " does not count: its start is no plain decimal number";
    case Fault.Count:
      return " does not count: its count is no plain decimal number";
    default:
      return " does not count: its range goes beyond the last id";
  }
}

/** Who asked, for what, why not; the name, which can be long, comes last. */
function logRefusal(tool: Tool, request: Request, verdict: Verdict, user: User): void {
  const note = new Message(512);
  note.text("uid ").number(callerUid()).text(": ");
  notAllowed(note, tool, request, verdict.extent);
  name(note.text(": ").text(reasonText(verdict.reason)).text(" ("), user).text(")");
  log(note.bytes, note.length);
}

function reasonText(reason: Reason): string {
  switch (reason) {
    case Reason.NotGranted:
      return "not granted";
    case Reason.OutsideRoot:
      return "outside uid 0";
    case Reason.TooManyExtents:
      return "too many extents";
    case Reason.TooLong:
      return "too long";
    default:
      return "overlapping extents";
  }
}
