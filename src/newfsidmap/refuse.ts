// SPDX-License-Identifier: MIT
//
// The wording of what is wrong with maps, whosever the ids are.
import { Composition } from "../policy/compose";
import { findExcess, findOverlap, textLength } from "../policy/decide";
import { Kind } from "../policy/kind";
import { MOST_BYTES, MOST_LINES, Request } from "../policy/request";
import { Reason, Verdict } from "../policy/verdict";
import { MOST_LISTED } from "../steps/entries";
import { TOO_MANY } from "../steps/refuse";
import { Tool } from "../steps/tool";
import { complain, Message } from "../text/message";

/** Ends if two of the maps that are asked for share an id inside or on disk. */
export function requireSeparate(tool: Tool, asked: Request): void {
  const verdict = new Verdict();
  if (!findOverlap(asked, verdict)) return;
  const complaint = complain(tool.name).line("");
  extent(complaint, asked, verdict.other);
  extent(complaint.text(" and "), asked, verdict.extent);
  complaint.text(verdict.reason == Reason.InsideOverlap ? " overlap inside" : " overlap on disk").end();
}

/** An extent as a MAP operand. */
function extent(into: Message, asked: Request, index: i32): void {
  into
    .text(asked.kind == Kind.Uid ? "'u:" : "'g:")
    .number(asked.inside[index])
    .text(":");
  into.number(asked.outside[index]).text(":").number(asked.count[index]).text("'");
}

/** Ends if the map to be written is more than the kernel takes. */
export function requireFit(tool: Tool, map: Request): void {
  const verdict = new Verdict();
  if (!findExcess(map, verdict)) return;
  const complaint = complain(tool.name).line("the ").text(tool.noun).text(" map ");
  if (verdict.reason == Reason.TooManyExtents)
    complaint.text("comes to ").number(map.length).text(TOO_MANY).number(MOST_LINES);
  else
    complaint
      .text("comes to ")
      .number(textLength(map))
      .text(" bytes: the kernel takes at most ")
      .number(MOST_BYTES);
  complaint.end();
}

/** Ends if no inside id that is asked for is one of the target's. */
export function requirePieces(tool: Tool, composition: Composition, map: Request): void {
  if (composition.length > 0) return;
  const complaint = complain(tool.name).line("none of the inside ").text(tool.noun);
  complaint.text("s is mapped in the target").line("the target has the ").text(tool.noun).text("s ");
  for (let i = 0; i < min(map.length, MOST_LISTED); i++)
    complaint.text(i > 0 ? ", " : "").span(map.inside[i], map.insideEnd(i));
  if (map.length > MOST_LISTED) complaint.text(" and more");
  complaint.end();
}
