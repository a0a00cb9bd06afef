// SPDX-License-Identifier: MIT
//
// Which lines of /etc/usernamespaces count, and what a broken one does.
import { describe, expect, it } from "vitest";
import { gids, granted, uids } from "./usernamespaces.js";

const map = "0 100000 10";
/** The outcomes of a grant to alice and of a reservation for bob, if `wrap` makes a line of each. */
const both = (wrap: (owner: string, ids: string, flags: string) => string) => [
  uids(wrap("alice", "100000:10", ""), map),
  uids(wrap("bob", "100000:10", "reserved"), map, granted),
];

describe("a line", () => {
  it("counts", () => {
    expect(both((owner, ids, flags) => `${owner}:${ids}:${flags}`)).toEqual(["mapped", "restricted"]);
  });

  it.each([
    ["in a comment", "#$OWNER:$IDS:$FLAGS"],
    ["with a long comment's end", `#${" ".repeat(4096)}$OWNER:$IDS:$FLAGS`],
    ["of 1,024 bytes", `$OWNER:$IDS:${"x,".repeat(500)}$FLAGS`.padEnd(1020, "y")],
    ["behind 1,024 bytes", `${"x".repeat(1024)}$OWNER:$IDS:$FLAGS`],
    ["with a NUL in its owner", "$OWNER\0:$IDS:$FLAGS"],
    ["with a NUL in its flags", "$OWNER:$IDS:$FLAGS\0"],
    ["with a NUL before it", "\0$OWNER:$IDS:$FLAGS"],
    ["of three fields", "$OWNER:$IDS"],
    ["of two fields", "$OWNER:100000"],
    ["of one field", "$OWNER"],
    ["of five fields", "$OWNER:$IDS:$FLAGS:"],
    ["of five fields, the first empty", ":$OWNER:$IDS:$FLAGS"],
    ["without an owner", ":$IDS:$FLAGS"],
    ["of a group without a name", "@:$IDS:$FLAGS"],
    ["without a start", "$OWNER::10:$FLAGS"],
    ["without a length", "$OWNER:100000::$FLAGS"],
    ["with a hexadecimal start", "$OWNER:0x186a0:10:$FLAGS"],
    ["with an octal start", "$OWNER:0303240:10:$FLAGS"],
    ["with a signed start", "$OWNER:+100000:10:$FLAGS"],
    ["with a blank before its start", "$OWNER: 100000:10:$FLAGS"],
    ["with a negative length", "$OWNER:100000:-1:$FLAGS"],
    ["with a length of 0", "$OWNER:100000:0:$FLAGS"],
    ["with a blank behind its length", "$OWNER:100000:10 :$FLAGS"],
    ["with a start of 2^32", "$OWNER:4294967296:10:$FLAGS"],
    ["with a start that is 100000 modulo 2^32", "$OWNER:4295067296:10:$FLAGS"],
    ["with a start that is 100000 modulo 2^64", "$OWNER:18446744073709651616:10:$FLAGS"],
    ["beyond the last id", "$OWNER:100000:4294867297:$FLAGS"],
    ["far beyond the last id", "$OWNER:100000:18446744073709551615:$FLAGS"],
    ["with a blank before its owner", " $OWNER:$IDS:$FLAGS:"],
  ])("does not count %s", (_name, form) => {
    const wrap = (owner: string, ids: string, flags: string) =>
      form.replace("$OWNER", owner).replace("$IDS", ids).replace("$FLAGS", flags);
    expect(both(wrap)).toEqual(["not granted", "mapped"]);
  });

  it("of another owner, for a blank, is another's line: it grants nothing and reserves", () => {
    expect(both((owner, ids, flags) => ` ${owner}:${ids}:${flags}`)).toEqual(["not granted", "restricted"]);
    expect(both((owner, ids, flags) => `${owner} :${ids}:${flags}`)).toEqual(["not granted", "restricted"]);
    expect(both((owner, ids, flags) => `\xef\xbb\xbf${owner}:${ids}:${flags}`)).toEqual([
      "not granted",
      "restricted",
    ]);
  });

  it("may reach the end of the ids", () => {
    expect(both((owner, _ids, flags) => `${owner}:100000:4294867296:${flags}`)).toEqual([
      "mapped",
      "restricted",
    ]);
    expect(uids("alice:4294967295:1:", map, granted)).toBe("mapped");
    expect(uids("bob:0:4294967296:reserved", map, granted)).toBe("restricted");
  });

  it("may be the last, without a newline", () => {
    expect(uids([], map, { usernamespaces: "alice:100000:10:" })).toBe("mapped");
    expect(uids([], map, { usernamespaces: "bob:100000:10:reserved", ...granted })).toBe("restricted");
  });

  it("is not harmed by the others", () => {
    const others = [
      "",
      "#",
      "alice",
      "alice:x:1:",
      "alice:100000:0:",
      "::::",
      "alice:1:1:1:1",
      "\0",
      "a".repeat(5000),
    ];
    expect(uids([...others, "alice:100000:10:", ...others], map)).toBe("mapped");
    expect(uids([...others, "bob:100000:10:reserved", ...others], map, granted)).toBe("restricted");
  });

  it.each([1022, 1023])("may be %i bytes long", (length) => {
    const owner = "b".repeat(length - ":100000:10:reserved".length);
    expect(uids(`${owner}:100000:10:reserved`, map, granted)).toBe("restricted");
  });
});

describe("a line whose flags cannot be read", () => {
  const broken = [
    "UID",
    "uid ",
    " uid",
    "uid\r",
    "\r",
    "\t",
    "gids",
    "ui",
    "isolated",
    "uid,isolated",
    "uid,",
    ",uid",
    ",",
    "uid,,gid",
    "uid gid",
    "uid,uid",
    "gid,uid,gid",
    "reserved,reserved",
    "deny-setgroups,deny-setgroups",
    "deny_setgroups",
    "deny-setgroups=1",
    "uid=",
    "reserved=",
    "# comment",
    "reserved # comment",
  ];

  it.each(broken)("'%s' grants nothing", (flags) => {
    expect(uids(`alice:300000:10:${flags}`, "0 300000 10")).toBe("not granted");
    expect(gids(`alice:300000:10:${flags}`, "0 300000 10")).toBe("not granted");
  });

  it.each(broken)("'%s' keeps the ids from those it names, of either kind", (flags) => {
    for (const owner of ["alice", "1000", "*"]) {
      expect(uids(`${owner}:100000:10:${flags}`, map, granted)).toBe("restricted");
      expect(gids(`${owner}:100000:10:${flags}`, map, granted)).toBe("restricted");
    }
  });

  it.each(broken)("'%s' does nothing to the others", (flags) => {
    for (const owner of ["bob", "1001", "nobody-of-this-name"])
      expect(uids(`${owner}:100000:10:${flags}`, map, granted)).toBe("mapped");
  });

  it.each([
    "each",
    "each=",
    "each=0",
    "each=x",
    "each=-1",
    "each=+1",
    "each=010",
    "each=0x10",
    "each= 10",
    "each=10 ",
    "each=10,each=10",
    "each=10,each=20",
    "each=10,first=",
    "each=10,first=x",
    "each=10,first=01000",
    "each=10,first=4294967295",
    "each=10,first=4294967296",
    "each=10,first=1000,first=1000",
    "each=10,reserved",
    "reserved,each=10",
    "first=1000",
    "first=1000,uid",
    "reserved,first=1000",
    "each=10,",
    "each=10,isolated",
    "each=10=10",
    "each=1000000000000000000",
    "each=10,first=18446744073709552616",
  ])("'%s' is one", (flags) => {
    expect(uids(`*:100000:100:${flags}`, map)).toBe("not granted");
    expect(uids(`*:100000:100:${flags}`, map, granted)).toBe("restricted");
    expect(gids(`*:100000:100:uid,${flags}`, map, granted)).toBe("restricted");
  });

  it("has slices for a user", () => {
    expect(uids("alice:100000:100:each=10", map)).toBe("not granted");
    expect(uids("alice:100000:100:each=10", map, granted)).toBe("restricted");
    expect(uids("bob:100000:100:each=10", map, granted)).toBe("mapped");
  });

  it("denies setgroups where the own gid lies in it, because that may be what the flag meant", () => {
    expect(gids("alice:1000:1:deny-setgroup", "0 1000 1 1 100000 5", granted)).toBe(
      "mapped, setgroups denied",
    );
    expect(gids("bob:1000:1:deny-setgroup", "0 1000 1 1 100000 5", granted)).toBe("mapped");
    expect(gids("alice:100005:1:deny-setgroup", "0 100000 5", granted)).toBe("mapped");
  });

  it("does not take the own id away", () => {
    expect(uids("alice:1000:1:x", "0 1000 1")).toBe("mapped");
    expect(gids("alice:1000:1:x", "0 1000 1", { table: "alice:1000:1\n" })).toBe("mapped, setgroups denied");
  });
});

describe("the file", () => {
  it("may be absent or empty", () => {
    for (const usernamespaces of [null, "", "\n", "#\n"])
      expect(uids([], map, { ...granted, usernamespaces })).toBe("mapped");
  });

  it.each([-5, -13, -40, -1001, -1002, -1003, -1004])(
    "is an error where it cannot be opened: %i",
    (usernamespaces) => {
      expect(uids([], map, { ...granted, usernamespaces })).toBe("table");
      expect(uids([], "0 1000 1", { usernamespaces })).toBe("table");
      expect(gids([], "0 1000 1", { usernamespaces })).toBe("table");
    },
  );

  it("is read when the request was", () => {
    expect(uids([], "0 1000 x", { usernamespaces: -13 })).toBe("number");
    expect(uids([], "0 1000", { usernamespaces: -13 })).toBe("words");
  });

  it("is not replaced by a plugin", () => {
    const nsswitch = "subid: example\n";
    const nss = { user: -1012, ranges: "100000 10\n" };
    expect(uids([], map, { nsswitch, nss })).toBe("mapped");
    expect(uids("alice:100010:10:", "0 100000 20", { nsswitch, nss })).toBe("mapped");
    expect(uids("bob:100005:1:reserved", map, { nsswitch, nss })).toBe("restricted");
    expect(uids("alice:100000:10:", map, { nsswitch, nss: { user: -1012, ranges: -1013 } })).toBe("mapped");
  });
});
