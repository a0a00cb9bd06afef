// SPDX-License-Identifier: MIT
//
// Lines of /etc/usernamespaces for a group, and a caller who brings it about that the name service cannot say
// whether he is in it: that grants him nothing, and frees him of nothing.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile, libraries, obstacle as nssObstacle, startScene } from "../nss/scene.js";
import type { Caller, File, Stage } from "../stage/stage.js";
import { nss } from "./scene.js";
import { type Run, ran, seen, showMaps } from "./userns-scene.js";
import { type Change, weaken } from "./weaken.js";

const takesAnyRoom: Change = {
  file: "native/nss.c",
  from: "  if (is_short_of_room())\n",
  to: "  if (is_short_of_room() && false)\n",
};
const neverUnknown: Change = {
  file: "src/steps/membership.ts",
  from: "if (length < 0) return Named.Unknown;",
  to: "if (length < 0) return Named.No;",
};

// The group "far" is the module's, who has no alice in it; that of /etc/group has her, and is another.
const files: Record<string, File> = {
  "/etc/nsswitch.conf": "passwd: files\ngroup: example files\n",
  "/etc/group": "root:x:0:\nalice:x:1000:\nfar:x:90:alice\n",
  "/etc/subuid": "",
  "/etc/subgid": "alice:400000:10\n",
  "/etc/usernamespaces": "@far:500000:10:gid\n@far:400000:10:gid,deny-setgroups\n",
  "/etc/nss-example": "far:80:bob sloppy",
};
const alice = { uid: 1000, gid: 1000 };

const obstacle = await nssObstacle();
let stage: Stage;
let newgidmap: string;
let userns: string;
let unsure: string;

beforeAll(async () => {
  if (obstacle) return;
  stage = await startScene(files);
  await stage.overlay("/usr/local");
  await stage.install("build/nss", nss, { mode: 0o711 });
  newgidmap = await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] });
  userns = await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] });
  unsure = await stage.install(weaken("newgidmap", neverUnknown), "unsure", { caps: ["cap_setgid"] });
  const module = compile("test/nss/libnss_example.c", "libnss_example.so.2", ["-shared", "-fPIC"]);
  await stage.install(module, `${libraries}/libnss_example.so.2`);
});
afterAll(() => stage?.close());
beforeEach(async (context) => {
  context.skip(obstacle !== undefined, obstacle);
  await stage.only(files);
});

/** What comes of one gid through newgidmap. */
const direct = async (gid: number, caller: Partial<Caller>, program = newgidmap) => {
  const argv = [program, "$PID", "0", String(gid), "1"];
  const { gidMap, setgroups } = await stage.run({ argv, caller: { ...alice, ...caller }, timeout: 60_000 });
  return `${gidMap || "nothing"}, ${setgroups}`;
};
/** The same through userns. */
const whole = async (gid: number, caller: Partial<Caller>): Promise<Run> => {
  const argv = [userns, "--uid-map=0 1000 1", `--gid-map=0 ${gid} 1`, "--", ...showMaps];
  return seen(await stage.exec({ argv, caller: { ...alice, ...caller } }));
};

const limits: [string, Caller["limits"]][] = [
  ["few descriptors", { nofile: 20 }],
  ["as few as can be", { nofile: 12 }],
  ["little memory", { as: 30 << 20 }],
  ["little data", { data: 4 << 20 }],
  ["no further process", { nproc: 0 }],
];

describe("the group that only a module knows", () => {
  it.each(limits)("grants nothing to a caller with %s", async (_what, limit) => {
    expect(await direct(500000, { limits: limit })).toBe("nothing, allow");
    expect((await whole(500000, { limits: limit })).stdout).toBe("");
  });

  it.each(limits)("denies setgroups to a caller with %s", async (_what, limit) => {
    expect(["0 400000 1, deny", "nothing, allow"]).toContain(await direct(400000, { limits: limit }));
    expect(["0 1000 1\n0 400000 1\ndeny\n", ""]).toContain((await whole(400000, { limits: limit })).stdout);
  });

  it("would be another group, if a caller without room got an answer", async () => {
    await stage.install(weaken("nss", takesAnyRoom), nss, { mode: 0o711 });
    const outcome = await direct(500000, { limits: { nofile: 20 } });
    await stage.install("build/nss", nss, { mode: 0o711 });
    expect(outcome).toBe("0 500000 1, allow");
  });

  it("would deny nothing, if what is not known were no", async () => {
    expect(await direct(400000, { limits: { nofile: 20 } })).toBe("0 400000 1, deny");
    expect(await direct(400000, { limits: { nofile: 20 } }, unsure)).toBe("0 400000 1, allow");
  });
});

describe("the name-service program, when its module hangs", () => {
  /** Runs a command and sends the name-service program a signal whenever one has started. */
  const disturb = async (signal: string, argv: string[]) => {
    const script = `
      "$@" & main=$!
      nss() { for p in /proc/[0-9]*; do read name 2>/dev/null <$p/comm && [ "$name" = nss ] && echo \${p#/proc/}; done; }
      while [ -d /proc/$main ] && ! grep -q '^State:.Z' /proc/$main/status; do
        for child in $(nss); do kill -${signal} $child; done
      done 2>/dev/null
      wait $main`;
    const outcome = await stage.exec({ argv: ["/bin/bash", "-c", script, "bash", ...argv], caller: alice });
    return seen(outcome);
  };
  const asked = (gid: number) => [userns, "--uid-map=0 1000 1", `--gid-map=0 ${gid} 1`, "--", ...showMaps];

  it.each(["KILL", "TERM", "ALRM", "SEGV"])(
    "and is ended with SIG%s, grants nothing and denies",
    async (signal) => {
      await stage.files({ "/etc/nss-example": "far:80:bob hangs" });
      const refused = await disturb(signal, asked(500000));
      expect({ ...refused, stderr: "" }).toEqual({ status: 125, signal: 0, stdout: "", stderr: "" });
      expect(await disturb(signal, asked(400000))).toEqual(ran("0 1000 1\n0 400000 1\ndeny\n"));
    },
  );

  it("and is stopped, is waited for once and then unknown", async () => {
    await stage.files({ "/etc/nss-example": "far:80:bob hangs" });
    expect(await disturb("STOP", asked(400000))).toEqual(ran("0 1000 1\n0 400000 1\ndeny\n"));
  });
});
