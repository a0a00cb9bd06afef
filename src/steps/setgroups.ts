// SPDX-License-Identifier: MIT
import { denySetgroups, setgroupsDenied } from "../host";
import { Verdict } from "../policy/verdict";
import { ENOENT, errnoText } from "../text/errno";
import { complain } from "../text/message";
import { Tool } from "./tool";

/**
 * A caller who maps his own group alone could drop a supplementary group that denies him access, so setgroups
 * is denied before the map unless a grant authorised part of it (CVE-2018-7169). That this cannot be
 * done, or cannot be known, is an error: shadow goes on where the kernel has no such file.
 */
export function guardSetgroups(tool: Tool, verdict: Verdict): void {
  if (verdict.granted) return;
  const denied = setgroupsDenied();
  if (denied == 1) return;
  if (denied < 0) {
    const complaint = complain(tool.name);
    if (denied == -ENOENT) complaint.line("kernel doesn't support setgroups restrictions");
    else complaint.line("couldn't open process setgroups: ").text(errnoText(-denied));
    complaint
      .line("without a grant in /etc/subgid a group is mapped only where setgroups can be denied")
      .end();
  }
  const failed = denySetgroups();
  if (failed != 0)
    complain(tool.name)
      .line("failed to setgroups deny policy: ")
      .text(errnoText(-failed))
      .line("without a grant in /etc/subgid a group is mapped only where setgroups can be denied")
      .end();
}
