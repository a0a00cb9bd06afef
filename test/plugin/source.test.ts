// SPDX-License-Identifier: MIT
//
// `subid: usernamespaces` names the files to the helpers: they need no plugin to read them.
import { describe, expect, it } from "vitest";
import { bind, refusal as mountRefusal, recorded } from "../newfsidmap/decision.js";
import { asking, refusal, run } from "../unit/run.js";
import { asked } from "../userns/run.js";

const nsswitch = "passwd: files\nsubid: usernamespaces\n";
const usernamespaces = "*:2000224256:147128320:each=65536\n";

describe("with subid: usernamespaces", () => {
  it("the lines of /etc/subuid and /etc/subgid count", () => {
    expect(run({ nsswitch }).map).toBe("0 100000 65536\n");
    expect(run({ nsswitch, tool: "newgidmap" }).map).toBe("0 100000 65536\n");
  });

  it("those of /etc/usernamespaces do too, with what no plugin could say", () => {
    const args = asking("0 2000224256 65536");
    expect(run({ nsswitch, usernamespaces, args, table: null }).map).toBe("0 2000224256 65536\n");
    const denying = { nsswitch, tool: "newgidmap", table: "", args: asking("0 44 1") } as const;
    const result = run({ ...denying, usernamespaces: "alice:44:1:gid,deny-setgroups\n" });
    expect([result.map, result.setgroups]).toEqual(["0 44 1\n", "deny"]);
  });

  it("no plugin is asked, and what it would grant does not count", () => {
    const nss = { user: -1012, ranges: "300000 65536\n" };
    expect(refusal({ nsswitch, nss, args: asking("0 300000 1") })).toEqual([
      "newuidmap: uid range [0-1) -> [300000-300001) not allowed",
      "newuidmap: alice may map 100000-165535 (/etc/subuid:1) and the own uid 1000",
    ]);
  });

  it.each(["subid:usernamespaces", "SUBID:\tusernamespaces sss", "subid:\nsubid: usernamespaces"])(
    "'%s'",
    (line) => expect(run({ nsswitch: `${line}\n` }).map).toBe("0 100000 65536\n"),
  );

  it.each(["subid: usernamespace", "subid: usernamespacesx", "subid: Usernamespaces"])(
    "'%s' is another",
    (line) => expect(run({ nsswitch: `${line}\n` }).status).toBe(1),
  );
});

describe("the other helpers", () => {
  it("userns takes the lines of both files for the default map", () => {
    const tables = {
      0: "alice:x:1000:1000::/:/bin/sh\n",
      1: nsswitch,
      3: "alice:100000:10\n",
      4: "alice:200000:10\n",
      5: "alice:300000:5:\n",
    };
    const map = (start: number) => [
      [0, 1000, 1],
      [1, start, 10],
      [11, 300000, 5],
    ];
    expect(asked([], { tables })).toEqual({ uids: map(100000), gids: map(200000) });
  });

  it("newfsidmap takes them for ids on disk", () => {
    const args = bind("b:0:100000:65536");
    expect(recorded({ args, nsswitch })).toEqual([[100000, 100000, 65536]]);
    expect(mountRefusal({ args, nsswitch: "subid: other\n" })[0]).toBe(
      "uid range [0-65536) -> disk [100000-165536) not allowed",
    );
  });
});
