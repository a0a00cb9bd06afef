// SPDX-License-Identifier: MIT
//
// The wording of a refusal: shadow's first line, then what is missing and what the caller may have.
import { callerUid, log } from "../host";
import { textLength } from "../policy/decide";
import { Kind } from "../policy/kind";
import { MOST_BYTES, MOST_LINES, Request } from "../policy/request";
import { Reason, Verdict } from "../policy/verdict";
import { complain, Message } from "../text/message";
import { Grants } from "./grants";
import { listGrants } from "./listing";
import { explainBars } from "./restrictions";
import { Side } from "./side";
import { Tool } from "./tool";

export const TOO_MANY = " extents: the kernel takes at most ";

/** Says why the request is refused, to the caller and to syslog, and ends. */
export function refuse(
  tool: Tool,
  request: Request,
  verdict: Verdict,
  grants: Grants,
  side: Side = Side.Outside,
): void {
  const reason = verdict.reason;
  const barred = reason == Reason.Restricted;
  const unauthorised = barred || reason == Reason.NotGranted || reason == Reason.OutsideRoot;
  const complaint = unauthorised ? complain(tool.name) : invalidMap(tool);
  if (unauthorised) notAllowed(complaint.line(""), tool, request, verdict.extent, side);
  if (reason == Reason.OutsideRoot) explainRoot(complaint, tool, side);
  else if (unauthorised) explainAuthority(complaint, tool, request, verdict, grants, side);
  else explainShape(complaint, request, verdict);
  logRefusal(tool, request, verdict, grants, side);
  complaint.end();
}

/** An error message that begins as shadow's does where the kernel would not take the map. */
export function invalidMap(tool: Tool): Message {
  return complain(tool.name).line("write to ").text(tool.map).text(" failed: Invalid argument");
}

/** Shadow's words for an extent that is not granted. */
function notAllowed(into: Message, tool: Tool, request: Request, index: i32, side: Side): void {
  into
    .text(tool.noun)
    .text(" range ")
    .halfOpen(request.inside[index], request.count[index])
    .text(side == Side.Disk ? " -> disk " : " -> ")
    .halfOpen(request.outside[index], request.count[index])
    .text(" not allowed");
}

function explainRoot(complaint: Message, tool: Tool, side: Side): void {
  complaint.line(side == Side.Disk ? "disk " : side == Side.Kernel ? "kernel " : "outside ").text(tool.noun);
  complaint.text(" 0 is root's own: nobody ").text(side == Side.Outside ? "else may map it" : "may map it");
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

function explainAuthority(
  complaint: Message,
  tool: Tool,
  request: Request,
  verdict: Verdict,
  grants: Grants,
  side: Side,
): void {
  const whole =
    verdict.missing == request.outside[verdict.extent] &&
    verdict.missingEnd == request.outsideEnd(verdict.extent);
  if (verdict.reason == Reason.NotGranted && !whole) {
    complaint.line("").span(verdict.missing, verdict.missingEnd).text(" is what is not granted of it");
  }
  const onDisk = side == Side.Disk;
  // What is granted as an fsid does not depend on what may be mapped outside.
  const first = onDisk && verdict.reason == Reason.Restricted ? Kind.Fsid : tool.kind;
  explainBars(complaint, verdict.missing, verdict.missingEnd, grants, first, onDisk ? Kind.Fsid : first);
  listGrants(complaint, tool, grants, side);
}

/** Who asked, for what, why not; the name, which can be long, comes last. */
function logRefusal(tool: Tool, request: Request, verdict: Verdict, grants: Grants, side: Side): void {
  const note = new Message(512);
  note.text("uid ").number(callerUid()).text(": ");
  notAllowed(note, tool, request, verdict.extent, side);
  grants.user.nameIn(note.text(": ").text(reasonText(verdict.reason, tool.kind)).text(" (")).text(")");
  log(note.bytes, note.length);
}

function reasonText(reason: Reason, kind: Kind): string {
  switch (reason) {
    case Reason.NotGranted:
      return "not granted";
    case Reason.Restricted:
      return "restricted";
    case Reason.OutsideRoot:
      return kind == Kind.Uid ? "outside uid 0" : "outside gid 0";
    case Reason.TooManyExtents:
      return "too many extents";
    case Reason.TooLong:
      return "too long";
    default:
      return "overlapping extents";
  }
}
