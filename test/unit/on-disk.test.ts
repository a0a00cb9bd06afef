// SPDX-License-Identifier: MIT
//
// Ids on disk: at the ends of what a mount shows, and in the smallest slices.
import { describe, expect, it } from "vitest";
import { alone, bind, recorded, refusal } from "../newfsidmap/decision.js";

describe("a group of the caller's beside what shows as itself", () => {
  const hidden = (gid: number) =>
    `gid ${gid}, a group of the caller's, would not show as itself in the mount`;

  it.each([999, 1001])("is hidden: %i", (gid) => {
    expect(refusal({ ...alone, groups: [gid] })[0]).toBe(hidden(gid));
  });
});

describe("a slice of one id", () => {
  const world = (uid: string) => ({
    usernamespaces: `*:300000:100:each=1\nalice:${uid}:1:fsid\n`,
    args: bind(`b:0:${uid}:1`),
  });

  it("is left to its user on disk, and those beside it are not", () => {
    expect(recorded(world("300000"))).toEqual([[300000, 100000, 1]]);
    expect(refusal(world("300001"))[0]).toContain("not allowed");
  });
});
