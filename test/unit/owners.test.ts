// SPDX-License-Identifier: MIT
//
// Whose a line is: /etc/passwd's names of the caller's uid, and the uid itself.
import { describe, expect, it } from "vitest";
import { asking, refusal, run } from "./run.js";

const asked = { args: asking("0 100000 1") };
const user = (name: string, uid = 1000, gid = 1000) => `${name}:x:${uid}:${gid}::/:/bin/sh\n`;
const allowed = (passwd: string, owner: string, table = `${owner}:100000:1\n`) =>
  run({ ...asked, passwd, table }).status === 0;

describe("the owner of a line", () => {
  it("is the caller's name or his uid", () => {
    expect(allowed(user("alice"), "alice")).toBe(true);
    expect(allowed(user("alice"), "1000")).toBe(true);
    expect(allowed(user("alice"), "bob")).toBe(false);
    expect(allowed(user("alice"), "1001")).toBe(false);
  });

  it.each(["01000", "+1000", "1000 ", "0x3e8", "100", "10000", "000", "4294968296"])(
    "is no uid as '%s'",
    (owner) => {
      expect(allowed(user("alice"), owner)).toBe(false);
    },
  );

  it("is any other name of the uid", () => {
    const passwd = user("root", 0) + user("alice") + user("bob", 1001) + user("alias");
    expect(allowed(passwd, "alias")).toBe(true);
    expect(allowed(passwd, "bob")).toBe(false);
  });

  it("combines with the other names", () => {
    const table = "1000:100000:1\nalias:100001:1\nalice:100002:1\n";
    const passwd = user("alice") + user("alias");
    expect(run({ passwd, table, args: asking("0 100000 3") }).status).toBe(0);
  });

  it("of digits only is a uid and never a name", () => {
    expect(allowed(user("2000"), "2000")).toBe(false);
    expect(allowed(user("2000"), "1000")).toBe(true);
    expect(allowed(user("1000"), "1000")).toBe(true);
    expect(allowed(user("2000") + user("bob", 2000), "2000")).toBe(false);
    expect(allowed(user("2000a"), "2000a")).toBe(true);
  });

  it("has as many names as /etc/passwd gives him", () => {
    const names = Array.from({ length: 300 }, (_, i) => `alias${i}`);
    const passwd = names.map((name) => user(name)).join("");
    expect(names.filter((name) => !allowed(passwd, name))).toEqual([]);
    expect(allowed(passwd, "alias300")).toBe(false);
  });

  // Names are compared eight bytes at a time, with their ':'.
  it.each([1, 2, 6, 7, 8, 9, 14, 15, 16, 17, 23, 24, 25, 31, 32, 33, 63, 64, 65, 254, 255])(
    "of %i bytes is told from those that share its beginning",
    (length) => {
      const name = "abcdefgh".repeat(32).slice(0, length);
      const others = [
        `${name}a`,
        `${name}abcdefgh`,
        `${name.slice(0, -1)}_`,
        name.slice(0, -1),
        `_${name.slice(1)}`,
      ];
      expect(allowed(user(name), name)).toBe(true);
      expect(others.filter((other) => other !== "" && allowed(user(name), other))).toEqual([]);
      expect(allowed(user(name), name, others.map((other) => `${other}:100000:1\n`).join(""))).toBe(false);
    },
  );

  it("of more than 255 bytes is nobody's; the uid is still his", () => {
    const name = "a".repeat(256);
    expect(allowed(user(name), name)).toBe(false);
    expect(allowed(user(name), "1000")).toBe(true);
  });
});

describe("the caller", () => {
  const groupOf = (passwd: string, gid: number) => run({ passwd, gid, args: asking("0 1000 1") }).status;

  it("has the first name and the primary group of his first line", () => {
    const passwd = user("alice", 1000, 7) + user("alias", 1000, 8);
    expect(groupOf(passwd, 7)).toBe(0);
    expect(groupOf(passwd, 8)).toBe(1);
    expect(refusal({ ...asked, passwd: user("alice") + user("alias"), table: "" })[1]).toBe(
      "newuidmap: alice has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it.each([
    "+alice:x:1000:1000::/:\n",
    "-alice:x:1000:1000::/:\n",
    "#alice:x:1000:1000::/:\n",
    ":x:1000:1000::/:\n",
    "alice:x:1000\n",
    "alice:x:1000:\n",
    "alice:x:1000:x::/:\n",
    "alice:x::1000::/:\n",
    "alice:x:01000:1000::/:\n",
    "alice:x: 1000:1000::/:\n",
    "alice:x:+1000:1000::/:\n",
    "alice:x:4294968296:1000::/:\n",
    "alice:1000:1000\n",
  ])("is not found in %j", (passwd) => {
    expect(refusal({ passwd })[0]).toBe("newuidmap: Cannot determine your user name.");
  });

  it.each([
    "alice:x:1000:1000",
    "alice:x:1000:1000\n",
    "alice::1000:1000::\n",
    "bob\0:x:1000\n\nalice:x:1000:1000::/:\n",
  ])("is found in %j", (passwd) => {
    expect(run({ passwd }).status).toBe(0);
  });

  it.each([900, 1004, 1005, 5000, 40_000])("is found in a line with %i bytes behind his ids", (length) => {
    const long = `alice:x:1000:1000:${"x".repeat(length)}:/:\n`;
    expect(run({ passwd: long }).status).toBe(0);
    expect(run({ passwd: user("bob", 1001).repeat(200) + long }).status).toBe(0);
    expect(run({ passwd: `${"x".repeat(length)}\n${user("alice")}` }).status).toBe(0);
  });

  it("is found behind many others", () => {
    expect(run({ passwd: user("bob", 1001).repeat(9000) + user("alice") }).status).toBe(0);
  });

  it("is not found where a line is so long that his ids do not stand in its beginning", () => {
    const passwd = `alice:${"x".repeat(40_000)}:1000:1000::/:\n`;
    expect(refusal({ passwd })[0]).toBe("newuidmap: Cannot determine your user name.");
  });

  it("is looked up by his uid, whatever he is called", () => {
    const passwd = user("root", 0) + user("alice", 1001) + user("alice", 1000);
    expect(allowed(passwd, "alice")).toBe(true);
    expect(allowed(passwd, "1001")).toBe(false);
  });
});

describe("the target", () => {
  const first = "newuidmap: Target process is owned by a different user:";

  it("has to be the caller's, by uid and by gid", () => {
    expect(refusal({ target: { uid: 1001, gid: 1000, setgroups: "allow", mapped: false } })).toEqual([
      `${first} uid:1000 pw_uid:1000 st_uid:1001, gid:1000 pw_gid:1000 st_gid:1000`,
      "newuidmap: the process runs as uid 1001, the caller is uid 1000",
    ]);
    expect(refusal({ target: { uid: 1000, gid: 0, setgroups: "allow", mapped: false } })).toEqual([
      `${first} uid:1000 pw_uid:1000 st_uid:1000, gid:1000 pw_gid:1000 st_gid:0`,
      "newuidmap: the process runs with gid 0, the caller with gid 1000",
    ]);
  });

  it("of another's stays so with GRANT_AUX_GROUP_SUBIDS, and for root", () => {
    const loginDefs = "GRANT_AUX_GROUP_SUBIDS yes\n";
    const target = { uid: 1001, gid: 1001, setgroups: "allow" as const, mapped: false };
    expect(refusal({ loginDefs, target })[0]).toContain("st_uid:1001");
    expect(refusal({ loginDefs, uid: 0, target })[0]).toContain("st_uid:1001");
  });

  it("has the caller's primary group, or login.defs says that others will do", () => {
    expect(refusal({ gid: 44 })).toEqual([
      `${first} uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44`,
      "newuidmap: gid 44 is not the caller's primary group, 1000; it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
    ]);
    expect(run({ gid: 44, loginDefs: "GRANT_AUX_GROUP_SUBIDS yes\n" }).status).toBe(0);
  });

  it("that is another's is told to syslog", () => {
    expect(run({ gid: 44 }).log).toEqual([
      "Target process is owned by a different user: uid:1000 pw_uid:1000 st_uid:1000, gid:44 pw_gid:1000 st_gid:44",
    ]);
  });

  it("may be gone, or not to be seen", () => {
    const open = (code: number) => refusal({}, { faults: { openTarget: code } });
    const line = "newuidmap: Could not open proc directory for target 4242:";
    expect(open(-2)).toEqual([
      `${line} No such file or directory`,
      "newuidmap: no process 4242 can be seen in /proc",
    ]);
    expect(open(-13)).toEqual([`${line} Permission denied`]);
    expect(open(-1006)).toEqual([`${line} /proc is no proc file system`]);
    expect(refusal({}, { faults: { statTarget: -3 } })).toEqual([
      "newuidmap: Could not stat directory for target process: No such process",
    ]);
  });

  it("may be a descriptor of something else", () => {
    const open = (code: number) =>
      refusal({ args: ["fd:9", "0", "1000", "1"] }, { faults: { openTarget: code } })[1];
    const none = "newuidmap: descriptor 9 is not open on the directory of a process in this /proc";
    expect([open(-9), open(-1006)]).toEqual([none, none]);
    expect(open(-1007)).toBe("newuidmap: descriptor 9 cannot be used safely: fd:N needs Linux 5.6 or later");
  });
});
