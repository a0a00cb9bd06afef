// SPDX-License-Identifier: MIT
//
// Files that shut a group out (a mode like 0604) count on its members being unable to leave it. A mount takes them out of
// it where it shows the group's files as another's. In a namespace where setgroups is allowed, as only a grant allows
// it, they leave without a mount.
import { callerGid, callerGroups, callerUid, log, setgroupsDenied } from "../host";
import { firstHidden } from "../policy/disk";
import { Ranges } from "../policy/ranges";
import { NO_ID, Request } from "../policy/request";
import { causeText } from "../steps/explain";
import { Grants } from "../steps/grants";
import { explainDenials } from "../steps/restrictions";
import { Tool } from "../steps/tool";
import { EINVAL } from "../text/errno";
import { complain, Message } from "../text/message";

/** Few users are in more groups. */
const FEW_GROUPS: i32 = 32;
/** NGROUPS_MAX of linux/limits.h. */
const MOST_GROUPS: i32 = 65536;

/** The groups of the calling process, where they do not fit in a set that is full; ends if they cannot be known. */
export function readHeldGroups(tool: Tool): Ranges {
  let groups = new StaticArray<u32>(FEW_GROUPS);
  let count = callerGroups(groups);
  if (count == -EINVAL) {
    groups = new StaticArray<u32>(MOST_GROUPS);
    count = callerGroups(groups);
  }
  if (count < 0) complain(tool.name).line("cannot read the caller's groups: ").text(causeText(count)).end();
  const held = new Ranges();
  for (let i = 0; i < count; i++) held.add(groups[i], (groups[i] as u64) + 1);
  held.add(callerGid(), (callerGid() as u64) + 1);
  return held;
}

/** Whether setgroups is denied in the target; ends if that cannot be read. */
export function isDenied(tool: Tool): bool {
  const denied = setgroupsDenied();
  if (denied < 0)
    complain(tool.name).line("cannot read the target's setgroups: ").text(causeText(denied)).end();
  return denied == 1;
}

/** What was decided of the gids on both sides. */
export class JudgedGids {
  constructor(
    /** A grant, and not the own gid alone, authorised some of what is mapped. */
    readonly granted: bool,
    /** The gids that are asked for under deny-setgroups are among these. */
    readonly disk: Ranges,
    readonly kernel: Ranges,
    readonly grants: Grants,
  ) {}

  /** Whether a line wants setgroups denied for one of the gids, on either side. */
  get needsDenial(): bool {
    return this.denies(this.disk) || this.denies(this.kernel);
  }

  /** Ends because setgroups has to be denied in the target: its gid map is written, so it is too late here. */
  refuseAllowed(tool: Tool): void {
    const asked = new Ranges();
    asked.addAll(this.disk);
    asked.addAll(this.kernel);
    const complaint = complain(tool.name).line("setgroups is not denied in the target");
    explainDenials(complaint, asked, this.grants.entries);
    if (!this.needsDenial) complaint.line("it can be allowed only with gids that an administrator granted");
    complaint.line("it would work with a namespace that userns --setgroups deny makes");
    this.log("setgroups is not denied in the target");
    complaint.end();
  }

  /** Ends if a disk gid is such that setgroups has to be denied wherever the mount is attached: nobody knows where. */
  requireHandable(tool: Tool): void {
    if (!this.denies(this.disk)) return;
    const complaint = complain(tool.name).line("--fd is not allowed with a disk gid under deny-setgroups");
    explainDenials(complaint, this.disk, this.grants.entries);
    complaint.line("who receives the mount could attach it where setgroups is allowed: --bind would work");
    this.log("--fd with a disk gid under deny-setgroups");
    complaint.end();
  }

  /**
   * Ends if the mount would hide a group of the caller's: one under deny-setgroups, or any where he can leave none
   * without it, as far as is known here.
   *
   * @param mount disk -> kernel
   * @param denied whether setgroups is denied in the target
   */
  requireShown(tool: Tool, held: Ranges, mount: Request, denied: bool): void {
    const any = denied && !this.granted;
    const hidden = firstHidden(held, mount, any ? null : this.grants.authority.denied);
    if (hidden == NO_ID) return;
    const complaint = complain(tool.name).line("gid ").number(hidden);
    complaint.text(", a group of the caller's, would not show as itself in the mount");
    const alone = new Ranges();
    alone.add(hidden, hidden + 1);
    explainDenials(complaint, alone, this.grants.entries);
    if (any) complaint.line("that is allowed only with gids that an administrator granted");
    complaint.line("it would work with g:INSIDE:").number(hidden).text(":1 where the target maps INSIDE to ");
    complaint.number(hidden);
    this.log("a group of the caller's would be hidden");
    complaint.end();
  }

  private denies(gids: Ranges): bool {
    const denied = this.grants.authority.denied;
    for (let i = 0; i < gids.length; i++)
      if (denied.firstPresent(gids.start(i), gids.end(i)) < gids.end(i)) return true;
    return false;
  }

  private log(reason: string): void {
    const note = new Message(512).text("uid ").number(callerUid()).text(": gids not allowed: ").text(reason);
    this.grants.user.nameIn(note.text(" (")).text(")");
    log(note.bytes, note.length);
  }
}
