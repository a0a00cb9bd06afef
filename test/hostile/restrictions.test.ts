// SPDX-License-Identifier: MIT
//
// Lines of /etc/usernamespaces that keep ids from alice, whoever grants them to her and whichever program she asks:
// newuidmap, newgidmap, and userns, whose helper decides by itself.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../stage/stage.js";
import { alice, end, mapped, obstacle, refused, startStage, tables } from "./scene.js";
import { failed, ran, run, seen, showMaps } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

const barsNothing: Change = {
  file: "src/policy/decide.ts",
  from: "const barred = authority.barred.firstPresent(outside, end);",
  to: "const barred = end;",
};

type Kind = "uid" | "gid";
const tool = { uid: "newuidmap", gid: "newgidmap" } as const;
const caps = { uid: "cap_setuid", gid: "cap_setgid" } as const;

let stage: Stage;
beforeAll(async () => {
  if (!obstacle) stage = await startStage();
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only(tables);
});

describe.each<Kind>(["uid", "gid"])("the %ss of a line", (kind) => {
  let mapper: string;
  let userns: string;
  beforeAll(async () => {
    if (obstacle) return;
    mapper = await stage.install(`build/${tool[kind]}`, tool[kind], { caps: [caps[kind]] });
    userns = await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] });
  });

  /** Asks both programs for a map. */
  const ask = async (entries: string, map: string, one = mapper, other = userns) => {
    await stage.files({ "/etc/usernamespaces": entries });
    const words = map.split(/\s+/);
    const outcome = await stage.run({ argv: [one, "$PID", ...words], caller: alice });
    const maps = { uid: "--uid-map=0 1000 1", gid: "--gid-map=0 1000 1", [kind]: `--${kind}-map=${map}` };
    const argv = [other, maps.uid, maps.gid, "--", ...showMaps];
    return { direct: end(outcome), whole: seen(await stage.exec({ argv, caller: alice })) };
  };
  /** What both say of a map that they refuse. */
  const refusedBoth = (range: string, ...reasons: string[]) => {
    const lines = (name: string) => [
      `${name}: ${kind} range ${range} not allowed`,
      ...reasons.map((reason) => `${name}: ${reason}`),
    ];
    return { direct: refused(...lines(tool[kind])), whole: failed(...lines("userns")) };
  };
  const mappedBoth = (map: string, setgroups = "allow") => {
    const own = "0 1000 1\n";
    const shown = kind === "uid" ? `${map}\n${own}deny\n` : `${own}${map}\n${setgroups}\n`;
    const maps = kind === "uid" ? { uidMap: map } : { gidMap: map, setgroups };
    return { direct: mapped(maps), whole: ran(shown) };
  };
  const has = (ranges: string) => `alice may map ${ranges} and the own ${kind} 1000`;
  const sub = `/etc/sub${kind}:1`;

  it.each<[string, string, string, string[]]>([
    [
      "is reserved for bob",
      "bob:100005:1:reserved\n",
      "100005 is reserved for bob (/etc/usernamespaces:1)",
      ["100000-100004", "100006-165535"],
    ],
    [
      "is reserved for him by his uid",
      "1001:100005:1:reserved\n",
      "100005 is reserved for 1001 (/etc/usernamespaces:1)",
      ["100000-100004", "100006-165535"],
    ],
    [
      "is reserved for nobody who exists",
      "podman:100000:1:reserved\n",
      "100000 is reserved for podman (/etc/usernamespaces:1)",
      ["100001-165535"],
    ],
    [
      "is reserved, and granted to her there as well",
      "alice:100009:1:\n*:100009:1:reserved\n",
      "100009 is reserved (/etc/usernamespaces:2)",
      ["100000-100008", "100010-165535"],
    ],
    [
      "is reserved for alice and for bob",
      "alice:100000:10:reserved\nbob:100003:1:reserved\n",
      "100003 is reserved for bob (/etc/usernamespaces:2)",
      ["100000-100002", "100004-165535"],
    ],
    [
      "has flags of hers that cannot be read",
      "alice:100000:5:reserved,\n",
      "100000-100004 is refused because of a flag that cannot be read (/etc/usernamespaces:1)",
      ["100005-165535"],
    ],
    [
      "is in the slices of others",
      "*:100000:100:each=10,first=2000\n",
      "100000-100009 is kept for the slices of other users (/etc/usernamespaces:1)",
      ["100100-165535"],
    ],
  ])("that %s is kept from her", async (_what, entries, reason, left) => {
    const outcome = await ask(entries, "0 100000 10");
    for (const { stderr } of Object.values(outcome)) {
      expect(stderr).toContain(reason);
      expect(stderr).toContain(left.join(` (${sub}), `));
    }
    expect({ ...outcome.direct, stderr: "" }).toEqual(refused());
    expect({ ...outcome.whole, stderr: "" }).toEqual(failed());
  });

  it("is kept in the middle of a range, and left around it", async () => {
    const line = "bob:100005:1:reserved\n";
    expect(await ask(line, "0 100000 65536")).toEqual(
      refusedBoth(
        "[0-65536) -> [100000-165536)",
        "100005 is reserved for bob (/etc/usernamespaces:1)",
        has(`100000-100004 (${sub}), 100006-165535 (${sub})`),
      ),
    );
    expect(await ask(line, "0 100000 5\n5 100006 10")).toEqual(mappedBoth("0 100000 5\n5 100006 10"));
  });

  it("is mapped by a program that does not look at it", async () => {
    const weak = await stage.install(weaken(tool[kind], barsNothing), "weak-mapper", { caps: [caps[kind]] });
    const other = await stage.install(weaken("userns", barsNothing), "weak-userns", {
      caps: ["cap_setuid", "cap_setgid"],
    });
    expect(await ask("bob:100005:1:reserved\n", "0 100005 1", weak, other)).toEqual(mappedBoth("0 100005 1"));
  }, 180_000);

  it.each([
    ["reserved for bob", "bob:1000:1:reserved\n"],
    ["in the slices of others", "*:1000:10:each=1,first=5000\n"],
  ])("never takes her own id from her, when it is %s", async (_what, entries) => {
    expect(await ask(entries, "0 1000 1")).toEqual(mappedBoth("0 1000 1", "deny"));
  });

  it("does not grant the own id's neighbours with it", async () => {
    const outcome = await ask("*:999:3:gid\n*:1000:1:reserved\n", "0 999 3");
    expect({ ...outcome.direct, stderr: "" }).toEqual(refused());
    expect({ ...outcome.whole, stderr: "" }).toEqual(failed());
  });

  it.each([
    ["a number that is none", "bob:0100005:1:reserved\n"],
    ["another case", "bob:100005:1:Reserved\n"],
    ["five fields", "bob:100005:1:reserved:\n"],
    ["a comment", "#bob:100005:1:reserved\n"],
    ["another kind", `bob:100005:1:reserved,${kind === "uid" ? "gid" : "uid"}\n`],
    ["no id of the request", "bob:100010:1:reserved\n"],
  ])("is not kept by a line with %s", async (_what, entries) => {
    expect(await ask(entries, "0 100000 10")).toEqual(mappedBoth("0 100000 10"));
  });

  it("is kept however she names her program, or calls herself", async () => {
    await stage.files({ "/etc/usernamespaces": "bob:100000:10:reserved\n" });
    const env = { PATH: "/usr/bin:/bin", USER: "bob", LOGNAME: "bob", HOME: "/home/bob", SUDO_UID: "1001" };
    const map = `--${kind}-map=0 100000 1`;
    const other = kind === "uid" ? "--gid-map=0 1000 1" : "--uid-map=0 1000 1";
    const outcome = await run(stage, [userns, map, other, "true"], { env });
    expect(outcome).toEqual(
      failed(
        `userns: ${kind} range [0-1) -> [100000-100001) not allowed`,
        "userns: 100000 is reserved for bob (/etc/usernamespaces:1)",
        `userns: ${has(`100010-165535 (${sub})`)}`,
      ),
    );
  });
});
