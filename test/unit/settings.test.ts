// SPDX-License-Identifier: MIT
//
// What is read of /etc/nsswitch.conf and /etc/login.defs.
import { describe, expect, it } from "vitest";
import { asking, run } from "./run.js";

describe("the source of sub-ids in nsswitch.conf", () => {
  const asked = (nsswitch: string | null) => run({ nsswitch, nss: { user: -1012, ranges: "" } }).questions;
  const sss = "ranges sss alice uid";

  it.each([
    ["", []],
    [null, []],
    ["passwd: files sss\n", []],
    ["subid: files\n", []],
    ["subid: files sss\n", []],
    ["subid:\tfiles", []],
    ["#subid: sss\n", []],
    [" subid: sss\n", []],
    ["subids: sss\n", []],
    ["subid : sss\n", []],
    ["xsubid: sss\n", []],
    ["subid:\n", []],
    ["subid: files\nsubid: sss\n", []],
    ["subid: sss\n", [sss]],
    ["subid:sss", [sss]],
    ["subid:\t sss\tfiles\n", [sss]],
    ["SubID: sss\n", [sss]],
    ["passwd: files\nsubid: sss\nsubid: files\n", [sss]],
    ["subid:\nsubid: sss\n", [sss]],
    [`${"passwd: files\n".repeat(1000)}subid: sss\n`, [sss]],
  ])("is read from %j", (nsswitch, questions) => {
    expect(asked(nsswitch)).toEqual(questions);
  });

  it("is no file name: one of more than 50 bytes is not asked for", () => {
    const nsswitch = (length: number) => `subid: ${"x".repeat(length)}\n`;
    expect(asked(nsswitch(50))).toHaveLength(1);
    expect(asked(nsswitch(51))).toEqual([]);
    expect(run({ nsswitch: nsswitch(51) }).stderr).toContain(
      "' of /etc/nsswitch.conf could not be asked: that is no plugin's name\n",
    );
  });

  it("stands in for the table, which is not opened", () => {
    const { calls, status } = run({
      nsswitch: "subid: sss\n",
      nss: { user: -1012, ranges: "100000 65536\n" },
    });
    expect(status).toBe(0);
    expect(calls).not.toContain("open subuid");
  });

  it("is asked for gids by newgidmap", () => {
    expect(run({ tool: "newgidmap", nsswitch: "subid: sss\n" }).questions).toEqual(["ranges sss alice gid"]);
  });
});

describe("GRANT_AUX_GROUP_SUBIDS in login.defs", () => {
  const granted = (loginDefs: string | null) =>
    run({ gid: 44, loginDefs, args: asking("0 1000 1") }).status === 0;

  it.each([
    "GRANT_AUX_GROUP_SUBIDS yes\n",
    "GRANT_AUX_GROUP_SUBIDS yes",
    "GRANT_AUX_GROUP_SUBIDS\tYES\n",
    "  GRANT_AUX_GROUP_SUBIDS \t yes \t\n",
    'GRANT_AUX_GROUP_SUBIDS "yes"\n',
    "GRANT_AUX_GROUP_SUBIDS no\nGRANT_AUX_GROUP_SUBIDS yes\n",
    "# comment\n\nUMASK 022\nGRANT_AUX_GROUP_SUBIDS yes\nUMASK 077\n",
  ])("is yes in %j", (loginDefs) => {
    expect(granted(loginDefs)).toBe(true);
  });

  it.each([
    "",
    null,
    "GRANT_AUX_GROUP_SUBIDS\n",
    "GRANT_AUX_GROUP_SUBIDS no\n",
    "GRANT_AUX_GROUP_SUBIDS y\n",
    "GRANT_AUX_GROUP_SUBIDS yess\n",
    "GRANT_AUX_GROUP_SUBIDS yes no\n",
    "GRANT_AUX_GROUP_SUBIDS yes # no\n",
    "GRANT_AUX_GROUP_SUBIDS 1\n",
    "GRANT_AUX_GROUP_SUBIDS=yes\n",
    "GRANT_AUX_GROUP_SUBIDSyes\n",
    "grant_aux_group_subids yes\n",
    "#GRANT_AUX_GROUP_SUBIDS yes\n",
    "# GRANT_AUX_GROUP_SUBIDS yes\n",
    "XGRANT_AUX_GROUP_SUBIDS yes\n",
    "GRANT_AUX_GROUP_SUBIDS yes\nGRANT_AUX_GROUP_SUBIDS no\n",
  ])("is no in %j", (loginDefs) => {
    expect(granted(loginDefs)).toBe(false);
  });

  it("is not asked for where the group is the primary one", () => {
    expect(run().calls).not.toContain("open loginDefs");
  });
});
