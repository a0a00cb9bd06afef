// SPDX-License-Identifier: MIT
import { limitUserNamespaces, Setting, setting, unshare } from "../host";
import { complain, Message } from "../text/message";
import { causeText, EACCES, EINVAL, ENOSPC, EPERM, EUSERS } from "./cause";
import { CLONE_NEWTIME, CLONE_NEWUSER } from "./options";

/** Leaves for new namespaces, CLONE_NEW... in `flags`; ends with the reason if the kernel refuses. */
export function unshareNamespaces(flags: u32): void {
  const answer = unshare(flags);
  if (answer == 0) return;
  const complaint = complain("userns").line("cannot create the namespaces: ").text(causeText(-answer));
  if (answer == -EPERM || answer == -EACCES) explainRefusal(complaint, flags);
  if (answer == -ENOSPC || answer == -EUSERS) explainLimit(complaint);
  if (answer == -EINVAL && (flags & CLONE_NEWTIME) != 0) {
    complaint.line("-T takes Linux 5.6 or later, built with time namespaces");
  } else if (answer == -EINVAL) {
    complaint.line("this kernel lacks one of those that were asked for");
  }
  complaint.end();
}

/** Allows a single user namespace below the own one, the next; ends if that cannot be had. */
export function limitNamespaces(): void {
  const answer = limitUserNamespaces();
  if (answer == 0) return;
  complain("userns")
    .line("--disable-userns: cannot write to /proc/sys/user/max_user_namespaces: ")
    .text(causeText(-answer))
    .end();
}

function explainRefusal(complaint: Message, flags: u32): void {
  if ((flags & CLONE_NEWUSER) == 0) return;
  if (setting(Setting.UnprivilegedClone) == 0) {
    complaint.line("/proc/sys/kernel/unprivileged_userns_clone is 0: users may not create user namespaces");
  } else if (setting(Setting.AppArmor) == 1) {
    explainAppArmor(complaint);
  } else {
    complaint.line("user namespaces are refused in a chroot, by some seccomp filters and security modules,");
    complaint.line("and to a uid or gid that the caller's own namespace does not map");
  }
}

function explainAppArmor(complaint: Message): void {
  complaint.line("AppArmor restricts user namespaces to programs with a profile that allows them");
  complaint.line("(/proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1)");
}

function explainLimit(complaint: Message): void {
  const most = setting(Setting.MostUserNamespaces);
  if (most == 0) complaint.line("/proc/sys/user/max_user_namespaces is 0: no user namespaces are allowed");
  else complaint.line("a limit in /proc/sys/user is reached, or user namespaces are nested 32 deep");
}

/** Says why the namespace's root may not mount, if that is known: AppArmor takes the capabilities away again. */
export function explainMount(complaint: Message, answer: i32): void {
  const refused = answer == -EPERM || answer == -EACCES;
  if (refused && setting(Setting.AppArmor) == 1) explainAppArmor(complaint);
}
