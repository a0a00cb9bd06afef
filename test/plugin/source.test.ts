// SPDX-License-Identifier: MIT
//
// `subid: usernamespaces` names the files to the helpers: they need no plugin to read them.
import { describe, expect, it } from "vitest";
import { asking, refusal, run } from "../unit/run.js";

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
