// SPDX-License-Identifier: MIT
import { denySetgroups, setgroupsDenied } from "../host";
import { Request } from "../policy/request";
import { Verdict } from "../policy/verdict";
import { ENOENT } from "../text/errno";
import { complain } from "../text/message";
import { causeText, explain } from "./explain";
import { Tool } from "./tool";

/**
 * A caller who maps his own group alone could drop a supplementary group that denies him access, so setgroups
 * is denied before the map unless a grant authorised part of it (CVE-2018-7169); and where a line of
 * /etc/usernamespaces wants it denied. That this cannot be done, or cannot be known, is an error: shadow goes on where the kernel has no such file.
 */
export function guardSetgroups(tool: Tool, request: Request, verdict: Verdict): void {
  if (verdict.granted && !verdict.denies) return;
  const denied = setgroupsDenied();
  if (denied == 1) return;
  if (denied == -ENOENT) failed(tool, request, "kernel doesn't support setgroups restrictions", 0);
  if (denied < 0) failed(tool, request, "couldn't open process setgroups: ", denied);
  const undone = denySetgroups();
  if (undone != 0) failed(tool, request, "failed to setgroups deny policy: ", undone);
}

function failed(tool: Tool, request: Request, what: string, code: i32): void {
  const complaint = complain(tool.name).line(what);
  if (code != 0) complaint.text(causeText(code));
  const before = complaint.length;
  explain(complaint, tool, request, code);
  if (complaint.length == before) {
    complaint.line("without a grant a group is mapped only where setgroups can be denied");
  }
  complaint.end();
}
