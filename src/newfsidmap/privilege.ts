// SPDX-License-Identifier: MIT
import { Privilege, privilege } from "../host";
import { Message } from "../text/message";

/** Whether the program lacks its capabilities, and then why, if that is known. All privilege is gone after it. */
export function explainLack(complaint: Message): bool {
  const facts = privilege();
  if ((facts & Privilege.Held) != 0) return false;
  complaint.line("this program was started without CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID: ");
  if ((facts & Privilege.NoNewPrivs) != 0) {
    complaint.text(
      "the caller runs with no_new_privs, under which neither setuid nor file capabilities count",
    );
  } else if ((facts & Privilege.Nosuid) != 0) {
    complaint.text("it lies on a file system mounted with nosuid");
  } else if ((facts & Privilege.Bare) != 0) {
    complaint.text(
      "it is installed without them, as it is unless the administrator wants it: see newfsidmap(1)",
    );
  } else if ((facts & Privilege.Foreign) != 0) {
    complaint.text("it is setuid, but its file does not belong to root of this user namespace");
  } else {
    complaint.text(
      "its file capabilities do not hold them, they are outside of the bounding set, or a tracer started it",
    );
  }
  return true;
}
