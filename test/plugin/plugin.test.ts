// SPDX-License-Identifier: MIT
//
// What libsubid_usernamespaces.so answers.
import { execFileSync } from "node:child_process";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, type Build, type Files, obstacle, plugin, usualBuild } from "./plugin.js";

const reason = obstacle();
let build: Build;

beforeAll(() => {
  if (!reason) build = usualBuild();
});
beforeEach((context) => context.skip(reason !== undefined, reason));

const each = "*:2000224256:147128320:each=65536\n";
const slices: Files = { "/etc/usernamespaces": each };
const answers = (files: Files, ...commands: string[]) => ask(build, files, commands);

describe("the list of a user", () => {
  it("is his slice where that is all there is", () => {
    expect(answers(slices, "list uid alice", "list gid alice", "list uid bob")).toEqual([
      "0 2000224256+65536",
      "0 2000224256+65536",
      "0 2000289792+65536",
    ]);
  });

  it("is his lines in their order, then what /etc/usernamespaces adds, no id twice", () => {
    const files = {
      "/etc/subuid": "alice:200000:10\nbob:1:1\nalice:100000:100\n1000:300000:5\nalice:100050:100\n",
      "/etc/subgid": "alice:7000:1\n",
      "/etc/usernamespaces": `alice:300003:4:uid\n${each}`,
    };
    expect(answers(files, "list uid alice", "list gid alice")).toEqual([
      "0 200000+10 100000+100 300000+5 100100+50 300005+2 2000224256+65536",
      "0 7000+1 2000224256+65536",
    ]);
  });

  it("leaves out what is reserved, whatever granted it", () => {
    const files = {
      "/etc/subuid": "alice:100000:100\nbob:100000:100\n",
      "/etc/usernamespaces":
        "bob:100010:10:reserved\nnobodys:100030:10:reserved,uid\nvera:100050:10:reserved,gid\n",
    };
    expect(answers(files, "list uid alice", "list uid bob")).toEqual([
      "0 100000+10 100020+10 100040+60",
      "0 100000+30 100040+60",
    ]);
  });

  it("leaves out gids under deny-setgroups, which who asks would not see", () => {
    const files = {
      "/etc/subgid": "alice:100000:100\nvera:100000:100\n",
      "/etc/subuid": "alice:100000:100\n",
      "/etc/usernamespaces": "alice:100000:10:deny-setgroups\n@video:100020:10:gid,deny-setgroups\n",
    };
    expect(answers(files, "list gid alice", "list uid alice")).toEqual([
      "0 100010+10 100030+70",
      "0 100000+100",
    ]);
    // That somebody is in no group cannot be known here.
    expect(answers(files, "list gid vera")).toEqual(["0 100000+20 100030+70"]);
  });

  it("leaves out the slices of others, and what two lines divide", () => {
    const files = {
      "/etc/subuid": "alice:2000224256:131072\n",
      "/etc/usernamespaces": `${each}@staff:2000224256:10:each=5\n`,
    };
    expect(answers(files, "list uid alice")).toEqual(["0 2000224266+65526"]);
  });

  it("leaves out outside uid 0, but root's, and the last id", () => {
    const files = { "/etc/subuid": "alice:0:4294967296\nroot:0:2\n", "/etc/subgid": "alice:0:2\n" };
    expect(answers(files, "list uid alice", "list uid root", "list gid alice")).toEqual([
      "0 1+4294967294",
      "0 0+2",
      "0 0+2",
    ]);
  });

  it("has a group's gids for its members", () => {
    const files = {
      "/etc/usernamespaces": "@video:44:1:gid\n@alice:45:1:gid\n@missing:46:1:gid\n@video:47:1:uid\n",
    };
    expect(answers(files, "list gid alice", "list gid bob", "list uid alice")).toEqual([
      "0 44+1 45+1",
      "0",
      "0",
    ]);
  });

  it("has nothing of a line that cannot be read, and less where its flags cannot", () => {
    const files = {
      "/etc/subuid": "alice:100000:10:\nalice:0x10:1\nalice:5\n:7:7\nalice:100000:10\nalice:200000:10\r\n",
      "/etc/usernamespaces": "alice:100003:2:isolated\nalice:300000:0:\nalice:300000:10\n",
    };
    expect(answers(files, "list uid alice", "list gid alice")).toEqual(["0 100000+3 100005+5", "0"]);
  });
});

describe("who is asked about", () => {
  const files = {
    "/etc/passwd": `root:x:0:0::/:/bin/sh
alice:x:1000:1000::/:/bin/sh
alicia:x:1000:1000::/:/bin/sh
1000:x:1001:1001::/:/bin/sh
1002:x:1002:1002::/:/bin/sh
twice:x:1003:1003::/:/bin/sh
twice:x:1004:1004::/:/bin/sh
vera:x:1005:1005::/:/bin/sh
`,
    "/etc/subuid": `alice:100000:1
alicia:200000:1
1000:300000:1
1001:400000:1
1002:500000:1
twice:600000:1
1005:700000:1
vera:800000:1
ghost:900000:1
`,
    ...slices,
  };
  const list = (name: string) => answers(files, `list uid ${name}`)[0];

  it("is a login name: the lines of all names of the uid are his", () => {
    expect(list("alice")).toBe("0 100000+1 200000+1 300000+1 2000224256+65536");
    expect(list("alicia")).toBe(list("alice"));
  });

  it("is a uid, which lists what it owns itself in the files of sub-ids", () => {
    expect(list("1005")).toBe("0 700000+1");
    expect(answers(files, "list gid 1005", "has uid 800000 1 1005", "has uid 2000551936 65536 1005")).toEqual(
      ["0", "0 yes", "0 yes"],
    );
  });

  it("is nobody where the uid is another user's login name", () => {
    expect(list("1000")).toBe("1");
    expect(answers(files, "has uid 300000 1 1000", "has uid 400000 1 1000")).toEqual(["1 no", "1 no"]);
  });

  it("is the uid where it is its own user's login name", () => {
    expect(list("1002")).toBe("0 500000+1");
  });

  it("is nobody where two users have the name", () => {
    expect(list("twice")).toBe("1");
  });

  it.each([
    "ghost",
    "4242",
    "01000",
    "+alice",
    "-alice",
    "",
    "alice:x",
    "4294967295",
    "99999999999999999999",
  ])("is nobody: '%s'", (name) => expect(list(name)).toBe("1"));

  it("is nobody where the name is longer than any", () => {
    expect(list("a".repeat(100_000))).toBe("1");
  });
});

describe("whether a user has a range", () => {
  const files = {
    "/etc/subuid": "alice:100000:10\nalice:100010:10\n",
    "/etc/usernamespaces": `alice:100020:10:uid\nbob:100025:1:reserved\n${each}`,
  };

  it.each([
    ["100000 25", "yes"],
    ["100000 26", "no"],
    ["100026 4", "yes"],
    ["100026 5", "no"],
    ["99999 1", "no"],
    ["2000224256 65536", "yes"],
    ["2000224255 2", "no"],
    ["2000224256 65537", "no"],
    ["100000 0", "no"],
    ["100000 18446744073709551615", "no"],
    ["18446744073709551615 2", "no"],
    ["4294967295 1", "no"],
    ["4295067296 1", "no"],
    ["1000 1", "no"],
  ])("%s: %s", (range, found) => {
    expect(answers(files, `has uid ${range} alice`)).toEqual([`0 ${found}`]);
  });
});

describe("whose an id is", () => {
  const files = {
    "/etc/passwd":
      "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n1001:x:1003:1003::/:/bin/sh\n",
    "/etc/subuid": "alice:100000:10\n1001:100005:10\nalice:100008:1\nghost:100000:10\n7777:100000:10\n",
    "/etc/usernamespaces": `bob:100000:1:uid\nalice:100003:1:reserved\n${each}@video:44:1:gid\n`,
  };

  it.each([
    ["uid 100000", "1000 1001"],
    ["uid 100003", "1000"],
    ["uid 100008", "1000 1001"],
    ["uid 100012", "1001"],
    ["uid 2000224256", "1000"],
    ["uid 2000289792", "1001"],
    ["gid 2000289791", "1000"],
    // The slice of a uid that nobody has.
    ["uid 2000355328", ""],
    ["gid 100000", ""],
    ["gid 44", ""],
    ["uid 99999", ""],
    ["uid 4294967295", ""],
    ["uid 18446744073709551615", ""],
  ])("%s: %s", (id, uids) => {
    expect(answers(files, `find ${id}`)).toEqual([`0 ${uids}`.trimEnd()]);
  });

  it("is not said where more lines hold it than are looked at", () => {
    const lines = Array.from({ length: 129 }, () => "alice:100000:10\n");
    expect(answers({ "/etc/subuid": lines.join("") }, "find uid 100000")).toEqual(["3"]);
    expect(answers({ "/etc/subuid": lines.slice(1).join("") }, "find uid 100000")).toEqual(["0 1000"]);
  });
});

describe("the library", () => {
  it("exports shadow's four functions and nothing else", () => {
    const names = execFileSync("nm", ["-D", "--defined-only", "-j", plugin], { encoding: "utf8" });
    expect(names.split("\n").filter(Boolean).sort()).toEqual([
      "shadow_subid_find_subid_owners",
      "shadow_subid_free",
      "shadow_subid_has_range",
      "shadow_subid_list_owner_ranges",
    ]);
  });

  it("has no way to print, to start a process, to end one, or to change it", () => {
    const names = execFileSync("nm", ["-D", "--undefined-only", "-j", plugin], { encoding: "utf8" });
    const used = names.split("\n").map((name) => name.replace(/@.*/, ""));
    const forbidden =
      /^(_*exit|_Exit|abort|v?f?printf|puts|perror|write|fork|vfork|clone|exec.*|system|popen|posix_spawn.*|signal|sigaction|sigprocmask|setlocale|chdir|set.*id|setenv|umask|dl.*)$/;
    expect(used).toContain("getpwnam_r");
    expect(used.filter((name) => forbidden.test(name))).toEqual([]);
  });

  it("keeps its stack from being run, and is bound before it is used", () => {
    const headers = execFileSync("readelf", ["-ldW", plugin], { encoding: "utf8" });
    expect(headers).toMatch(/GNU_STACK +\S+ \S+ \S+ \S+ \S+ RW +0x/);
    expect(headers).toContain("GNU_RELRO");
    expect(headers).toMatch(/BIND_NOW|FLAGS_1.*NOW/);
  });

  it("answers 3 to a type of ids that there is not", () => {
    expect(answers(slices, "list fid alice", "has fid 1 1 alice", "find fid 1")).toEqual(["3", "3 no", "3"]);
  });
});
