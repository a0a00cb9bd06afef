// SPDX-License-Identifier: MIT
//
// What usernsctl lint finds: the defects that stand beside each line, and nothing else.
import { describe, expect, it } from "vitest";
import { expectFindings } from "./findings.js";
import { run, unavailable } from "./tables.js";

const NO_EFFECT = "the line does not count";
const NO_GRANT = "the line grants nothing and refuses its ids";

describe.skipIf(unavailable)(`usernsctl lint${unavailable && `: ${unavailable}`}`, () => {
  it("is silent on good tables", () => {
    const subids = ["alice:100000:65536", "bob:165536:65536", "1003:600000000:65536", "1002:231072:65536"];
    const usernamespaces = [
      "# slices for everybody",
      "*:2000224256:113508352:each=65536",
      "*:2113732608:33619968:each=65536,first=60001",
      "",
      "@video:44:1:gid,deny-setgroups",
      "alice:44:1:gid,deny-setgroups",
      "containers:700000000:65536:reserved",
      "containers:700000000:65536:",
      "nobody-has-this-name:800000000:1000:reserved",
      "alice:1900000000:10:fsid",
    ];
    const files = {
      "etc/subuid": [...subids, "alice:2000224256:65536", "alice:1000:1"],
      "etc/subgid": [...subids, "alice:2000224256:65536"],
    };
    expect(run({ ...files, "etc/usernamespaces": usernamespaces }, "lint")).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("is silent where there are no tables", () => {
    expect(run({}, "lint")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("finds what is wrong with the form of a line of subuid", () => {
    expectFindings({
      subuid: [
        ["\ufeffalice:100000:65536", "1: error: a byte-order mark is taken for part of the line"],
        ["alice:100000:65536\r", "19: error: a carriage return is taken for part of the line"],
        ["\r", "1: error: a carriage return is taken for part of the line"],
        ["", `1: warning: an empty line: ${NO_EFFECT}`],
        ["# a comment", `1: warning: there are no comments in this file: ${NO_EFFECT}`],
        ["alice:100000", `13: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice", `6: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        [":100000:65536", `1: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice::65536", `7: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice:100000:", `14: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice:100000:65536:", `20: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice:100000:65536:uid:gid", `20: error: not of the form USER:START:COUNT: ${NO_EFFECT}`],
        ["alice:x:65536", `7: error: the start 'x' is no plain decimal number: ${NO_EFFECT}`],
        ["j\u00f6rg:0x10:65536", `7: error: the start '0x10' is no plain decimal number: ${NO_EFFECT}`],
        ["alice:0100000:65536", `7: error: the start '0100000' has a leading zero: ${NO_EFFECT}`],
        ["alice: 100000:65536", `7: error: the start ' 100000' is no plain decimal number: ${NO_EFFECT}`],
        ["alice:100000:-1", `14: error: the count '-1' is no plain decimal number: ${NO_EFFECT}`],
        [
          "alice:x:1\r",
          `7: error: the start 'x' is no plain decimal number: ${NO_EFFECT}`,
          "10: error: a carriage return is taken for part of the line",
        ],
        ["alice:4294967290:10", `18: error: the range goes beyond the last id, 4294967295: ${NO_EFFECT}`],
        ["alice:5000000000:10", `7: error: the range goes beyond the last id, 4294967295: ${NO_EFFECT}`],
        ["al\0ice:100000:65536", `3: error: a NUL byte: ${NO_EFFECT}`],
        [`${"x".repeat(1018)}:1:65536`, `1024: error: longer than 1023 bytes: ${NO_EFFECT}`],
        [`${"x".repeat(100_000)}:1:65536`, `1024: error: longer than 1023 bytes: ${NO_EFFECT}`],
        ["alice:100000:0", "14: warning: a count of 0 grants nothing"],
      ],
    });
  });

  it("finds what is wrong with the form of a line of usernamespaces", () => {
    expectFindings({
      usernamespaces: [
        ["# a comment\r"],
        ["\r", "1: error: a carriage return is taken for part of the line"],
        ["alice:1900000000:65536", `23: error: not of the form USER:START:LENGTH:FLAGS: ${NO_EFFECT}`],
        ["@:1900000000:65536:", `1: error: not of the form USER:START:LENGTH:FLAGS: ${NO_EFFECT}`],
        ["alice:1900000000:65536::", `25: error: not of the form USER:START:LENGTH:FLAGS: ${NO_EFFECT}`],
        ["alice:1900000000:0:", `18: error: the length is 0: ${NO_EFFECT}`],
        ["alice:1900000000:65536:uid\r", "27: error: a carriage return is taken for part of the line"],
        ["alice:1900000000:65536:uid,foo", `28: error: there is no flag 'foo': ${NO_GRANT}`],
        [
          "alice:1900000000:65536:foo,uid\r",
          `24: error: there is no flag 'foo': ${NO_GRANT}`,
          "31: error: a carriage return is taken for part of the line",
        ],
        ["alice:1900000000:65536: uid", `24: error: there is no flag ' uid': ${NO_GRANT}`],
        ["alice:1900000000:65536:uid,gid,uid", `32: error: the flag 'uid' is there twice: ${NO_GRANT}`],
        ["*:1900000000:65536:each=1,each=2", `27: error: the flag 'each' is there twice: ${NO_GRANT}`],
        ["alice:1900000000:65536:uid,", `28: error: an empty flag: ${NO_GRANT}`],
        ["alice:1900000000:65536:,uid", `24: error: an empty flag: ${NO_GRANT}`],
        ["alice:1900000000:65536:uid,,gid", `28: error: an empty flag: ${NO_GRANT}`],
        ["*:1900000000:65536:gid,each=0", `24: error: 'each=0' has a number that cannot be: ${NO_GRANT}`],
        [
          "*:1900000000:65536:each=1,first=x",
          `27: error: 'first=x' has a number that cannot be: ${NO_GRANT}`,
        ],
        ["alice:1900000000:65536:each=5", `24: error: each= needs * or @group: ${NO_GRANT}`],
        ["*:1900000000:65536:first=5", `20: error: first= needs each=: ${NO_GRANT}`],
        [
          "*:1900000000:65536:each=5,reserved",
          `20: error: each= and reserved exclude each other: ${NO_GRANT}`,
        ],
      ],
    });
  });

  it("finds owners whom nobody knows", () => {
    const inherits = "who gets this name gets the ids";
    expectFindings({
      subuid: [
        ["carol:100000:65536", `1: warning: there is no user 'carol': ${inherits}`],
        [
          "#alice:200000:65536",
          `1: warning: there is no user '#alice': ${inherits} (this file has no comments)`,
        ],
        ["alice :300000:65536", `1: warning: there is no user 'alice ': ${inherits}`],
        ["4242:400000:65536", "1: warning: uid 4242 is no user's: who gets it next gets the ids"],
        ["2000:500000:65536", "1: warning: this is uid 2000, not the user of that name, who has uid 1002"],
        ["007:600000:65536", "1: error: '007' is no uid"],
        ["4294967295:700000:65536", "1: error: '4294967295' is no uid"],
        ["j\u00f6rg:800000:65536"],
        ["*:900000:65536", `1: warning: there is no user '*': ${inherits}`],
        ["\x1b[31m:1000000:65536", `1: warning: there is no user '\\x1b[31m': ${inherits}`],
      ],
      usernamespaces: [
        ["@nogroup:1900000000:65536:gid", "2: warning: there is no group 'nogroup': the line grants nothing"],
        [
          "@nobody:1910000000:65536:each=65536",
          "2: warning: there is no group 'nobody': the line grants nothing and restricts everybody",
        ],
        [
          "4242:1920000000:65536:reserved",
          "1: warning: uid 4242 is no user's: who gets it next gets the ids",
        ],
      ],
    });
  });
});
