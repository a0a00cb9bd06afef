// SPDX-License-Identifier: MIT
import { Privilege, privilege } from "../host";
import { explainLoss } from "../steps/explain";
import { Message } from "../text/message";

/** Whether the program lacks its capabilities, and then why, if that is known. All privilege is gone after it. */
export function explainLack(complaint: Message): bool {
  const facts = privilege();
  if ((facts & Privilege.Held) != 0) return false;
  complaint.line("this program was started without CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID: ");
  explainLoss(
    complaint,
    facts,
    "it is installed without them, as it is unless the administrator wants it: see newfsidmap(1)",
    "its file capabilities do not hold them, they are outside of the bounding set, or a tracer started it",
  );
  return true;
}
