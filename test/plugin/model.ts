// SPDX-License-Identifier: MIT
//
// What the plugin serves, one id at a time, in the words of the reference model.
import { ours } from "../model/dialect.js";
import { NO_ID } from "../model/numbers.js";
import { accounts, firstFields, subids } from "../model/tables.js";
import { barred, deniesSetgroups, entries, grants, type Named, sliceOf } from "../model/usernamespaces.js";
import { kindOf, type World } from "../model/world.js";

/** What a user has, as the plugin's callers learn of it. */
export interface Person {
  /** Whether he has the id under no restriction. */
  served(id: bigint): boolean;
  /** Whether it is in his list: that of a uid has only what the files of sub-ids give to the uid itself. */
  listed(id: bigint): boolean;
  /** Whether some line makes it his, and not that of all members of a group or of another user of his name. */
  own(id: bigint): boolean;
  /** Ids about which the answers may change. */
  samples: bigint[];
}

/** The end of all ids. */
export const END = NO_ID;

/** The user of a name; undefined if the plugin has to know nobody by it. */
export function model(world: World, name: string): Person | undefined {
  const passwd = world.passwd as string;
  const users = accounts(passwd);
  const named = users.filter((user) => user.name === name);
  if (!isSound(passwd, name)) return undefined;
  const uid = isUid(name) ? BigInt(name) : named[0]?.uid;
  if (uid === undefined || uid >= NO_ID || named.some((user) => user.uid !== uid)) return undefined;
  return users.some((user) => user.uid === uid) ? personOf(world, name, uid) : undefined;
}

function isUid(name: string): boolean {
  return /^[0-9]+$/.test(name);
}

/** Whether each line of the name is a user's. */
function isSound(passwd: string, name: string): boolean {
  const named = accounts(passwd).filter((user) => user.name === name);
  return firstFields(passwd).filter((field) => field === name).length === named.length;
}

/** Whether the name is that of one user alone. */
function isSure(passwd: string, name: string): boolean {
  const uids = new Set(accounts(passwd).flatMap((user) => (user.name === name ? [user.uid] : [])));
  return isUid(name) || (isSound(passwd, name) && uids.size === 1);
}

/** What the tables say of a uid. */
function personOf(world: World, name: string, uid: bigint): Person {
  const kind = kindOf(world.tool);
  const names = accounts(world.passwd as string).filter((user) => user.uid === uid);
  const isHis = (owner: string) =>
    owner === String(uid) || (!isUid(owner) && names.some((user) => user.name === owner));
  const named = (owner: string): Named => {
    if (owner === "*") return "yes";
    if (!owner.startsWith("@")) return isHis(owner) ? "yes" : "no";
    const members = world.nss.member as Record<string, string | number>;
    // That he is in no group is never sure.
    return Object.hasOwn(members, owner.slice(1)) && members[owner.slice(1)] === "in\n" ? "yes" : "unknown";
  };
  const asker = { uid, kind, named };
  const all = entries((world.usernamespaces as string | null) ?? "");
  const lines = (subids((world.table as string | null) ?? "", ours) ?? []).filter((line) =>
    isHis(line.owner),
  );
  const inLines = (id: bigint, which: (owner: string) => boolean = () => true) =>
    lines.some(({ owner, first, last }) => which(owner) && first <= id && id <= last);
  const kept = (id: bigint) =>
    barred(all, asker, id) ||
    (kind === "gid" && deniesSetgroups(all, asker, id)) ||
    (kind === "uid" && id === 0n && uid !== 0n) ||
    id >= NO_ID;
  const passwd = world.passwd as string;
  const served = (id: bigint) => (inLines(id) || all.some((entry) => grants(entry, asker, id))) && !kept(id);
  const shared = (owner: string, each: bigint | undefined) => /^(\*$|@)/.test(owner) && each === undefined;
  const exclusive = all.filter(
    ({ owner, flags }) =>
      flags !== "broken" && !shared(owner, flags.each) && (/^[*@]/.test(owner) || isSure(passwd, owner)),
  );
  const slices = all.flatMap((entry) => sliceOf(entry, uid) ?? []);
  const bounds = [...lines, ...all, ...slices].flatMap(({ first, last }) => [
    first - 1n,
    first,
    last,
    last + 1n,
  ]);
  return {
    served,
    listed: (id) => served(id) && (!isUid(name) || inLines(id, (owner) => owner === name)),
    own: (id) =>
      inLines(id, (owner) => isSure(passwd, owner)) || exclusive.some((entry) => grants(entry, asker, id)),
    samples: [...new Set([0n, 1n, NO_ID - 1n, NO_ID, ...bounds])].filter((id) => id >= 0n),
  };
}
