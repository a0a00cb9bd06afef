// SPDX-License-Identifier: MIT
//
// The answers of the name-service program, which are hostile input.
import { describe, expect, it } from "vitest";
import type { World } from "../model/world.js";
import { asking, refusal, run } from "./run.js";

const passwd = "root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n";

describe("a caller whom passwd does not know", () => {
  const asked = (user: string | number, changes: Partial<World> = {}): Partial<World> => ({
    passwd,
    table: "zoe:100000:10\n",
    args: asking("0 100000 1"),
    nss: { user, ranges: -1009 },
    ...changes,
  });

  it("is asked for by his uid, once", () => {
    expect(run(asked("zoe:1000:1000\n"))).toMatchObject({ status: 0, questions: ["user 1000"] });
    expect(run({ uid: 0, passwd: "", nss: { user: -1012, ranges: -1009 } }).questions).toEqual(["user 0"]);
    expect(run().questions).toEqual([]);
  });

  it("has the name and the group of the answer", () => {
    expect(run(asked("zoe:1000:44\n")).status).toBe(1);
    expect(run(asked("zoe:1000:44\n", { gid: 44 })).status).toBe(0);
    expect(run(asked("bobby:1000:1000\n", { table: "bobby:100000:1\n" })).status).toBe(0);
    expect(run(asked("zoe:1000:1000\n", { table: "1000:100000:1\n" })).status).toBe(0);
    expect(refusal(asked("zo\xe9:1000:1000\n"))[1]).toBe(
      "newuidmap: zo\\xe9 has no range in /etc/subuid and may map only the own uid 1000",
    );
  });

  it("owns nothing under a name of digits only", () => {
    expect(run(asked("2000:1000:1000\n", { table: "2000:100000:1\n" })).status).toBe(1);
  });

  const unknown = (reason: string) => [
    "newuidmap: Cannot determine your user name.",
    `newuidmap: uid 1000 is not in /etc/passwd, and ${reason}`,
  ];

  it.each([
    "",
    "\n",
    "zoe",
    "zoe\n",
    "zoe:1000\n",
    "zoe:1000:\n",
    "zoe:1000:1000",
    "zoe:1000:1000\n\n",
    "zoe:1000:1000:\n",
    "zoe:1000:1000\nbob:1000:1000\n",
    "zoe:1001:1000\n",
    "zoe:0:1000\n",
    "zoe::1000\n",
    "zoe:4294968296:1000\n",
    "zoe:01000:1000\n",
    "zoe:+1000:1000\n",
    "zoe: 1000:1000\n",
    "zoe:1000:-1\n",
    "zoe:1000:x\n",
    ":1000:1000\n",
    "z:oe:1000:1000\n",
    "zo\0e:1000:1000\n",
    "zo\te:1000:1000\n",
    "zo\ne:1000:1000\n",
    "zo\x1be:1000:1000\n",
    "zo\x7fe:1000:1000\n",
    "\nzoe:1000:1000\n",
  ])("is not found by the answer %j", (answer) => {
    expect(refusal(asked(answer))).toEqual(unknown("the name service's answer is no user's"));
  });

  it.each(["bob", "root"])("is not found by the name of another user of passwd, %s", (name) => {
    const table = `${name}:100000:10\n`;
    const reason = "the name service gives him the name of another user of /etc/passwd";
    expect(refusal(asked(`${name}:1000:1000\n`, { table }))).toEqual(unknown(reason));
  });

  it.each(["bob:x:x:1\n", "bob:\n", "bob:x:1001", "-x:x:1000:1000\nbob:x\n\nbob:x:1001:1001::/:\n"])(
    "is not found by a name that stands in passwd, in %j",
    (lines) => {
      expect(refusal(asked("bob:1000:1000\n", { passwd: lines }))[0]).toBe(
        "newuidmap: Cannot determine your user name.",
      );
    },
  );

  it.each([
    [-1009, "the name-service program cannot be started, see FILES in newuidmap(1)"],
    [-1010, "the name service did not answer in time"],
    [-1011, "the name service failed"],
    [-1012, "the name service does not know this user"],
    [-1014, "the name service is not asked while the sysctl fs.suid_dumpable is 1"],
  ])("is not found where the program answers %i", (code, reason) => {
    expect(refusal(asked(code))).toEqual(unknown(reason));
    expect(run(asked(code)).log).toEqual([`uid 1000 has no user name: ${reason}`]);
  });

  it("is not found by an answer that is longer than one can be", () => {
    const name = (length: number) => `${"z".repeat(length)}:1000:1000\n`;
    expect(run(asked(name(255), { args: asking("0 1000 1") })).status).toBe(0);
    expect(run(asked(name(256), { args: asking("0 1000 1") })).status).toBe(1);
    expect(refusal(asked(name(320)))).toEqual(unknown("the name service failed"));
  });
});

describe("the plugin", () => {
  const asked = (ranges: string | number, map = "0 100000 1"): Partial<World> => ({
    nsswitch: "subid: sss\n",
    nss: { user: -1012, ranges },
    args: asking(map),
  });

  it("grants what it answers, combined, and nothing of the table", () => {
    expect(run(asked("100000 10\n100010 10\n", "0 100000 20")).status).toBe(0);
    expect(run(asked("0 4294967296\n", "0 1 4294967294")).status).toBe(0);
    expect(refusal(asked("5 0\n200000 1\n300000 2\n"))).toEqual([
      "newuidmap: uid range [0-1) -> [100000-100001) not allowed",
      "newuidmap: alice may map 200000 (sss), 300000-300001 (sss) and the own uid 1000",
    ]);
  });

  it("that grants nothing leaves the own id", () => {
    for (const ranges of ["", -1012]) {
      expect(run(asked(ranges, "0 1000 1")).status).toBe(0);
      expect(refusal(asked(ranges))).toEqual([
        "newuidmap: uid range [0-1) -> [100000-100001) not allowed",
        "newuidmap: alice may map only the own uid 1000",
      ]);
    }
  });

  it("lists at most eight ranges", () => {
    const ranges = Array.from({ length: 9 }, (_, i) => `${200000 + 2 * i} 1\n`);
    const listed = ranges.slice(0, 8).map((range) => `${range.split(" ")[0]} (sss)`);
    expect(refusal(asked(ranges.join("")))[1]).toBe(
      `newuidmap: alice may map ${listed.join(", ")} and 1 more and the own uid 1000`,
    );
  });

  const failed = (reason: string) => [
    "newuidmap: uid range [0-1) -> [100000-100001) not allowed",
    `newuidmap: the sub-id source 'sss' of /etc/nsswitch.conf could not be asked: ${reason}`,
    "newuidmap: alice may map only the own uid 1000",
  ];

  it.each([
    "100000 10",
    "100000\n",
    "100000 \n",
    " 100000 10\n",
    "100000  10\n",
    "100000 10 1\n",
    "100000 10\n\n",
    "100000:10\n",
    "0x100 10\n",
    "-1 10\n",
    "100000 10\n0 4294967297\n",
    "4294967297 0\n",
    "100000 10\0\n",
    "x",
    "\n",
  ])("grants nothing by the answer %j, and there is no way back to the table", (answer) => {
    expect(refusal(asked(answer))).toEqual(failed("its answer is no list of ranges"));
    expect(run(asked(answer, "0 1000 1"))).toMatchObject({ status: 0, map: "0 1000 1\n" });
  });

  it.each([
    [-1009, "the name-service program cannot be started, see FILES in newuidmap(1)"],
    [-1010, "the name service did not answer in time"],
    [-1011, "the name service failed"],
    [-1013, "the plugin cannot be loaded"],
    [-1014, "the name service is not asked while the sysctl fs.suid_dumpable is 1"],
  ])("that fails with %i grants nothing", (code, reason) => {
    expect(refusal(asked(code))).toEqual(failed(reason));
    expect(run(asked(code, "0 1000 1")).status).toBe(0);
  });

  it("that answers too much has failed, and is no shorter answer", () => {
    expect(refusal(asked("100000 10\n".repeat(1000)))).toEqual(failed("the name service failed"));
  });

  it("is named with its control characters escaped", () => {
    const changes = { ...asked(-1013), nsswitch: "subid: s\x1bs\n" };
    expect(refusal(changes)[1]).toBe(
      "newuidmap: the sub-id source 's\\x1bs' of /etc/nsswitch.conf could not be asked: that is no plugin's name",
    );
  });

  it("is not asked for a user whose name would be taken for a uid", () => {
    const changes = { ...asked("100000 10\n"), passwd: "1001:x:1000:1000::/:\n" };
    expect(run(changes).questions).toEqual([]);
    expect(refusal(changes).slice(1)).toEqual([
      "newuidmap: the sub-id source 'sss' of /etc/nsswitch.conf could not be asked: a user name of digits would be taken for a uid",
      "newuidmap: 1001 may map only the own uid 1000",
    ]);
  });

  it("leaves setgroups to be denied where it grants no part of the map", () => {
    const changes = (ranges: string) => ({ ...asked(ranges, "0 1000 1"), tool: "newgidmap" as const });
    expect(run(changes("")).setgroups).toBe("deny");
    expect(run(changes("1000 1\n")).setgroups).toBe("allow");
  });
});
