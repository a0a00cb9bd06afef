// SPDX-License-Identifier: MIT
//
// Sets of ids that have no room left, as newfsidmap makes them: of grants, and of the groups that the caller holds.
import { describe, expect, it } from "vitest";
import { recorded, refusal } from "../newfsidmap/decision.js";

const usual = "alice:100000:65536\nalice:300000:65536\n";
const apart = (count: number, first: number) => Array.from({ length: count }, (_, i) => first + 2 * i);

describe("a set that is just full", () => {
  it.each([8, 16])("may be of %i grants", (size) => {
    const table =
      usual +
      apart(size - 2, 500000)
        .map((id) => `alice:${id}:1\n`)
        .join("");
    expect(recorded({ subuid: table, subgid: table })).toEqual([[300000, 100000, 65536]]);
  });

  it.each([8, 16])("may be of %i groups, the own one among them", (size) => {
    expect(recorded({ groups: apart(size - 1, 500000) })).toEqual([[300000, 100000, 65536]]);
  });
});

describe("groups that are too many to be held", () => {
  const usernamespaces = "alice:360000:1:deny-setgroups\n";

  it("are an error, also where the ids that are asked for hold most of them", () => {
    expect(recorded({ groups: apart(8191, 300000) })).toHaveLength(1);
    expect(refusal({ groups: apart(8192, 300000) })).toEqual(["too many separate ranges concern the caller"]);
    expect(refusal({ groups: [...apart(8192, 300000), 400000], usernamespaces, setgroups: 1 })).toEqual([
      "too many separate ranges concern the caller",
    ]);
  });
});
