// SPDX-License-Identifier: MIT
//
// The decision: whose ids the maps are, on disk and in the kernel. What passes is recorded with the shim.
import { recordExtent } from "../host";
import { Authority } from "../policy/authority";
import { Composition, compose } from "../policy/compose";
import { authorise as judge } from "../policy/decide";
import { addOnDisk, ownOnDisk } from "../policy/disk";
import { Kind } from "../policy/kind";
import { Ranges } from "../policy/ranges";
import { Request } from "../policy/request";
import { grantee } from "../steps/caller";
import { Entries } from "../steps/entries";
import { addEntries, Grants, grantsOf, outsideIds, requireRoom } from "../steps/grants";
import { Membership } from "../steps/membership";
import { refuse } from "../steps/refuse";
import { Side } from "../steps/side";
import { requireOwnTarget } from "../steps/target";
import { Tool } from "../steps/tool";
import { Lines } from "../tables/lines";
import { isDenied, JudgedGids, readHeldGroups } from "./groups";
import { Options, Way } from "./options";
import { requireFit, requirePieces, requireSeparate } from "./refuse";
import { readMap } from "./targetmap";

const NAME = "newfsidmap";

/**
 * Composes what is asked for with the target's maps and records {disk -> kernel}; ends if it is not allowed. The uids of
 * what is recorded.
 */
export function authorise(options: Options): Request {
  const uids = new Tool(Kind.Uid, NAME);
  const gids = new Tool(Kind.Gid, NAME);
  const entries = readCaller(gids);
  const users = composeWithTarget(uids, options.uids);
  const groups = composeWithTarget(gids, options.gids);
  const held = readHeldGroups(gids);
  authoriseMount(new Authorities(uids, entries), options.uids, users, new Ranges());
  const judged = authoriseMount(new Authorities(gids, entries), options.gids, groups, held);
  if (options.way == Way.Send) judged.requireHandable(gids);
  const denied = isDenied(gids);
  if (judged.needsDenial && !denied) judged.refuseAllowed(gids);
  judged.requireShown(gids, held, groups.mount, denied);
  record(users.mount);
  record(groups.mount);
  return users.mount;
}

/** Decides on maps for the target's fsuid_map and fsgid_map and records {inside -> disk}; ends if they are not allowed. */
export function authoriseMaps(options: Options): void {
  const uids = new Tool(Kind.Uid, NAME);
  const gids = new Tool(Kind.Gid, NAME);
  const entries = readCaller(gids);
  requireOwnTarget(uids, entries.user, entries.lines);
  authoriseMap(new Authorities(uids, entries), options.uids);
  const judged = authoriseMap(new Authorities(gids, entries), options.gids);
  // The rule of newgidmap (CVE-2018-7169): such a kernel has no other map of the target's yet.
  if ((judged.needsDenial || !judged.granted) && !isDenied(gids)) judged.refuseAllowed(gids);
  record(options.uids);
  record(options.gids);
}

function readCaller(tool: Tool): Entries {
  const lines = new Lines();
  const user = grantee(tool, lines);
  return new Entries(user, lines, new Membership(user));
}

function composeWithTarget(tool: Tool, asked: Request): Composition {
  requireSeparate(tool, asked);
  const map = readMap(tool);
  const composition = compose(asked, map);
  requirePieces(tool, composition, map);
  requireFit(tool, composition.mount);
  return composition;
}

/** What the caller may have of one kind of ids, on either side. */
class Authorities {
  readonly grants: Grants;
  private readonly fsids: Grants;

  constructor(
    readonly tool: Tool,
    entries: Entries,
  ) {
    const uid = entries.user.uid;
    this.grants = grantsOf(tool, new Authority(tool.kind, uid), entries);
    this.fsids = new Grants(new Authority(Kind.Fsid, uid), entries);
  }

  /** Takes on what /etc/usernamespaces says of `ids`, and as fsids of those of them that are in `disk`. */
  read(ids: Ranges, disk: Ranges): void {
    // Those among them that did not fit, the caller's groups, would be under no restriction.
    requireRoom(this.tool, ids.full);
    addEntries(this.tool, this.grants, ids);
    addEntries(this.tool, this.fsids, disk);
    addOnDisk(this.fsids.authority, this.grants.authority);
    requireRoom(this.tool, this.fsids.authority.full);
  }

  /** Ends unless the caller may have the outside ids on disk; whether a grant says so, and not the own id alone. */
  requireDisk(request: Request): bool {
    const disk = this.fsids.authority;
    const verdict = judge(request, ownOnDisk(this.tool.own, disk), false, disk);
    if (!verdict.allowed) refuse(this.tool, request, verdict, this.grants, Side.Disk);
    return verdict.granted;
  }

  /** The same of ids that processes are to have. */
  requireKernel(request: Request): bool {
    const verdict = judge(request, this.tool.own, false, this.grants.authority);
    if (!verdict.allowed) refuse(this.tool, request, verdict, this.grants, Side.Kernel);
    return verdict.granted;
  }
}

/** @param others ids besides of which it has to be known what /etc/usernamespaces says */
function authoriseMount(
  authorities: Authorities,
  asked: Request,
  composition: Composition,
  others: Ranges,
): JudgedGids {
  const disk = outsideIds(asked);
  const kernel = outsideIds(composition.kernel);
  const ids = new Ranges();
  ids.addAll(disk);
  ids.addAll(kernel);
  ids.addAll(others);
  authorities.read(ids, disk);
  authorities.requireDisk(asked);
  // A grant counts for the groups' rules only if it has a part in the mount.
  const granted = authorities.requireDisk(composition.disk);
  const kernelGranted = authorities.requireKernel(composition.kernel);
  return new JudgedGids(granted || kernelGranted, disk, kernel, authorities.grants);
}

function authoriseMap(authorities: Authorities, asked: Request): JudgedGids {
  requireSeparate(authorities.tool, asked);
  requireFit(authorities.tool, asked);
  const disk = outsideIds(asked);
  authorities.read(disk, disk);
  const granted = authorities.requireDisk(asked);
  return new JudgedGids(granted, disk, new Ranges(), authorities.grants);
}

function record(map: Request): void {
  for (let i = 0; i < map.length; i++) {
    const first = map.inside[i] as u32;
    recordExtent(map.kind == Kind.Gid, first, map.outside[i] as u32, map.count[i] as u32);
  }
}
