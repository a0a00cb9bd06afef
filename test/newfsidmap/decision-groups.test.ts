// SPDX-License-Identifier: MIT
//
// Files that shut a group out: when setgroups has to be denied for a mount, and which groups it may not hide.
import { describe, expect, it } from "vitest";
import { fsidWorld, mapFile } from "../model/fsid.js";
import { alone, bind, logged, own, recorded, refusal, send } from "./decision.js";
import { decide } from "./fake-host.js";

describe("setgroups", () => {
  const deny = "alice:300000:10:fsid,deny-setgroups\n";

  it("may be allowed where no line wants it denied, whether a grant is part of the mount or not", () => {
    expect(recorded({ args: bind("b:0:1000:1") })).toHaveLength(1);
    const map = { uidMap: own, gidMap: own };
    expect(recorded({ args: bind("b:0:300000:1"), ...map })).toEqual([[300000, 1000, 1]]);
    expect(recorded({ ...alone, setgroups: 1 })).toEqual([[1000, 1000, 1]]);
    expect(recorded({ ...alone, setgroups: 0 })).toEqual([[1000, 1000, 1]]);
  });

  it("has to be denied where a line wants it, for a gid on disk", () => {
    expect(refusal({ usernamespaces: deny })).toEqual([
      "setgroups is not denied in the target",
      "gid 300000-300009 is under deny-setgroups (/etc/usernamespaces:1)",
      "it would work with a namespace that userns --setgroups deny makes",
    ]);
    expect(logged({ usernamespaces: deny })).toEqual([
      "uid 1000: gids not allowed: setgroups is not denied in the target (alice)",
    ]);
    expect(recorded({ usernamespaces: deny, setgroups: 1 })).toHaveLength(1);
    expect(recorded({ usernamespaces: deny, args: bind("b:0:300010:2") })).toHaveLength(1);
  });

  it("has to be denied where a line wants it, for a gid in the kernel, or one that he asks for in vain", () => {
    const usernamespaces = "alice:100005:1:deny-setgroups\n";
    expect(refusal({ usernamespaces })[1]).toBe("gid 100005 is under deny-setgroups (/etc/usernamespaces:1)");
    expect(recorded({ usernamespaces, args: bind("b:0:300000:5") })).toHaveLength(1);
    expect(refusal({ usernamespaces: deny, args: bind("b:0:300010:1", "b:70000:300000:1") })[0]).toBe(
      "setgroups is not denied in the target",
    );
  });

  it("has to be denied by lines of his groups, and of those of which it is not known", () => {
    const usernamespaces = "@staff:300000:1:deny-setgroups\n";
    const nss = (member: string | number) => ({ user: -1012, ranges: -1009, member });
    expect(refusal({ usernamespaces, nss: nss("in\n") })[1]).toBe(
      "gid 300000 is under deny-setgroups (/etc/usernamespaces:1)",
    );
    expect(refusal({ usernamespaces, nss: nss(-1010) })[1]).toBe(
      "gid 300000 is under deny-setgroups (/etc/usernamespaces:1): whether alice is a member of @staff cannot be known",
    );
    expect(recorded({ usernamespaces, nss: nss("out\n") })).toHaveLength(1);
  });

  it("has to be denied by a line whose flags cannot be read", () => {
    const usernamespaces = "alice:400000:1:isolated\n";
    const changes = { usernamespaces, groups: [400000], subgid: "alice:100000:65536\nalice:300000:65536\n" };
    expect(refusal(changes)[1]).toBe(
      "gid 400000 may be under deny-setgroups, because a flag cannot be read (/etc/usernamespaces:1)",
    );
  });

  it("has to be denied before the kernel's own maps", () => {
    const maps = ["7", "b:0:300000:10"];
    expect(refusal({ args: ["7", "b:0:1000:1"] })).toEqual([
      "setgroups is not denied in the target",
      "it can be allowed only with gids that an administrator granted",
      "it would work with a namespace that userns --setgroups deny makes",
    ]);
    expect(refusal({ args: maps, usernamespaces: deny })[0]).toBe("setgroups is not denied in the target");
    expect(recorded({ args: maps, usernamespaces: deny, setgroups: 1 })).toHaveLength(1);
  });

  it("that cannot be read is an error", () => {
    expect(refusal({ ...alone, setgroups: -2 })).toEqual([
      "cannot read the target's setgroups: No such file or directory",
    ]);
    expect(refusal({ ...alone, setgroups: -1006 })).toEqual([
      "cannot read the target's setgroups: something is mounted over it",
    ]);
  });

  it("is nobody's knowledge where the mount is handed over", () => {
    const changes = { args: send("b:0:300000:10"), usernamespaces: deny, setgroups: 1 };
    expect(refusal(changes)).toEqual([
      "--fd is not allowed with a disk gid under deny-setgroups",
      "gid 300000-300009 is under deny-setgroups (/etc/usernamespaces:1)",
      "who receives the mount could attach it where setgroups is allowed: --bind would work",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: gids not allowed: --fd with a disk gid under deny-setgroups (alice)",
    ]);
    expect(recorded({ args: send("b:0:300010:10"), usernamespaces: deny })).toHaveLength(1);
    const kernel = { usernamespaces: "alice:100005:1:deny-setgroups\n", args: send("b:0:300000:10") };
    expect(recorded({ ...kernel, setgroups: 1 })).toHaveLength(1);
    expect(refusal(kernel)[0]).toBe("setgroups is not denied in the target");
  });
});

describe("a group of the caller's", () => {
  const nss = { user: -1012, ranges: -1009, member: "in\n" };

  it("may be hidden where setgroups is allowed, as he can leave it there", () => {
    expect(recorded({ ...alone, groups: [1000, 44], setgroups: 0 })).toHaveLength(1);
  });

  it("has to show as itself where setgroups is denied and no gid is granted", () => {
    const changes = { ...alone, groups: [1000, 44] };
    expect(refusal(changes)).toEqual([
      "gid 44, a group of the caller's, would not show as itself in the mount",
      "that is allowed only with gids that an administrator granted",
      "it would work with g:INSIDE:44:1 where the target maps INSIDE to 44",
    ]);
    expect(logged(changes)).toEqual([
      "uid 1000: gids not allowed: a group of the caller's would be hidden (alice)",
    ]);
    expect(recorded({ ...changes, groups: [1000] })).toHaveLength(1);
  });

  it("may be hidden where some gid is granted, on either side", () => {
    const denied = { groups: [44], setgroups: 1 };
    expect(recorded(denied)).toHaveLength(1);
    expect(recorded({ ...denied, args: bind("b:0:1000:1") })).toEqual([[1000, 100000, 1]]);
    expect(recorded({ ...denied, args: bind("b:0:300000:1"), uidMap: own, gidMap: own })).toHaveLength(1);
  });

  it("has to show as itself where the grant has no part in the mount", () => {
    const args = bind("b:0:1000:1", "b:5:300000:10");
    expect(recorded({ ...alone, args })).toEqual([[1000, 1000, 1]]);
    expect(refusal({ ...alone, args, groups: [44] })[0]).toBe(
      "gid 44, a group of the caller's, would not show as itself in the mount",
    );
  });

  it("has to show as itself always where it is under deny-setgroups", () => {
    const usernamespaces = "@video:44:1:gid,fsid,deny-setgroups\n";
    const changes = { groups: [44], usernamespaces, nss };
    expect(refusal(changes)).toEqual([
      "gid 44, a group of the caller's, would not show as itself in the mount",
      "gid 44 is under deny-setgroups (/etc/usernamespaces:1)",
      "it would work with g:INSIDE:44:1 where the target maps INSIDE to 44",
    ]);
    const gidMap = mapFile([0, 100000, 44], [44, 44, 1], [45, 100045, 10]);
    const shown = bind("u:0:300000:50", "g:0:300000:40", "g:44:44:1");
    expect(decide(fsidWorld({ ...changes, gidMap, args: shown, setgroups: 1 }))).toMatchObject({
      status: 0,
      gids: [
        [300000, 100000, 40],
        [44, 44, 1],
      ],
    });
    const moved = bind("u:0:300000:50", "g:0:300000:40", "g:43:44:1", "g:44:300044:1");
    expect(refusal({ ...changes, gidMap, args: moved, setgroups: 1 })[0]).toBe(
      "gid 44, a group of the caller's, would not show as itself in the mount",
    );
    expect(recorded({ ...changes, groups: [] })).toHaveLength(1);
  });

  it("is the group that he runs with, too", () => {
    const changes = { args: bind("b:0:1000:1"), usernamespaces: "alice:1000:1:fsid,deny-setgroups\n" };
    expect(refusal({ ...changes, setgroups: 1 }).slice(0, 2)).toEqual([
      "gid 1000, a group of the caller's, would not show as itself in the mount",
      "gid 1000 is under deny-setgroups (/etc/usernamespaces:1)",
    ]);
  });

  it("is asked about at the name service only if a line is about it", () => {
    const usernamespaces = "@video:44:1:gid,deny-setgroups\n@audio:63:1:gid,deny-setgroups\n";
    expect(
      decide(fsidWorld({ groups: [63], usernamespaces, nss: { ...nss, member: "out\n" } })),
    ).toMatchObject({
      status: 0,
      asked: ["audio"],
    });
  });

  it("counts among many", () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);
    expect(decide(fsidWorld({ groups: many(32) })).rooms).toEqual([32]);
    expect(decide(fsidWorld({ groups: many(33) })).rooms).toEqual([32, 65536]);
    const groups = Array.from({ length: 65536 }, (_, i) => 500000 + i);
    expect(recorded({ groups })).toHaveLength(1);
    expect(refusal({ groups, usernamespaces: "alice:565535:1:deny-setgroups\n" })[0]).toBe(
      "gid 565535, a group of the caller's, would not show as itself in the mount",
    );
    expect(refusal({ groups: many(9000) })).toEqual(["too many separate ranges concern the caller"]);
  });

  it("that cannot be known is an error", () => {
    expect(refusal({ groups: -1 })).toEqual(["cannot read the caller's groups: Operation not permitted"]);
  });
});
