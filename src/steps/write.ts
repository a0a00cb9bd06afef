// SPDX-License-Identifier: MIT
import { openMap, writeMap } from "../host";
import { textLength } from "../policy/decide";
import { Request } from "../policy/request";
import { EINVAL } from "../text/errno";
import { complain, Message } from "../text/message";
import { causeText, explain } from "./explain";
import { Tool } from "./tool";

/** Writes the map, in one write; ends with the kernel's reason and what it means if that fails. */
export function writeRequest(tool: Tool, request: Request): void {
  const text = new Message(textLength(request));
  for (let i = 0; i < request.length; i++) {
    text
      .number(request.inside[i])
      .text(" ")
      .number(request.outside[i])
      .text(" ")
      .number(request.count[i])
      .newline();
  }
  const unopened = openMap();
  if (unopened != 0) failed(tool, request, "open of ", unopened);
  const unwritten = writeMap(text.bytes, text.length);
  if (unwritten != 0) failed(tool, request, "write to ", unwritten);
}

function failed(tool: Tool, request: Request, what: string, code: i32): void {
  const complaint = complain(tool.name).line(what).text(tool.map).text(" failed: ").text(causeText(code));
  explain(complaint, tool, request, code);
  if (code == -EINVAL) complaint.line("before Linux 4.15 a map has at most 5 lines");
  complaint.end();
}
