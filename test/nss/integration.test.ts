// SPDX-License-Identifier: MIT
//
// newuidmap and newgidmap with users and ranges that only the name service knows.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Caller, Stage } from "../stage/stage.js";
import { obstacle, startScene } from "./scene.js";

/** Where the programs of a default build look for it. */
const nss = "/usr/local/libexec/usernamespaces/nss";

const files = {
  "/etc/passwd": "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nhangs:x:1001:1001::/:/bin/sh\n",
  "/var/lib/extrausers/passwd": `nora:x:20000:20001::/:/bin/sh
alice:x:20010:20010::/:/bin/sh
alice\x7f:x:20011:20011::/:/bin/sh
20013:x:20012:20012::/:/bin/sh
`,
  "/etc/subuid": "nora:100000:65536\nalice:200000:65536\nhangs:200000:65536\n20013:300000:65536\n",
  "/etc/subgid": "nora:400000:65536\nalice:500000:65536\n",
  "/etc/subid-example": `alice:uid:600000:30000
alice:uid:630000:35536
alice:gid:700000:65536
nora:uid:800000:65536
hangs:hang
`,
};
const plugin = (name: string) => ({ "/etc/nsswitch.conf": `passwd: files extrausers\nsubid: ${name}\n` });

const alice = { uid: 1000, gid: 1000 };
const nora = { uid: 20000, gid: 20001 };
const hangs = { uid: 1001, gid: 1001 };

const reason = await obstacle();
let stage: Stage;
let newuidmap: string;
let newgidmap: string;

interface Result {
  status: number;
  stderr: string;
  uidMap: string | undefined;
  gidMap: string | undefined;
}

const mapped = (map: { uidMap: string } | { gidMap: string }): Result => ({
  ...{ status: 0, stderr: "", uidMap: "", gidMap: "" },
  ...map,
});
const refused = (...lines: string[]): Result => ({
  ...{ status: 1, uidMap: "", gidMap: "" },
  stderr: lines.map((line) => `${line}\n`).join(""),
});

/** How a request for an id that is not the own one ends where the plugin `name` gives no answer. */
const failed = (name: string, why: string, { outside = 200000, user = "alice", own = 1000 } = {}): Result =>
  refused(
    `newuidmap: uid range [0-1) -> [${outside}-${outside + 1}) not allowed`,
    `newuidmap: the sub-id source '${name}' of /etc/nsswitch.conf could not be asked: ${why}`,
    `newuidmap: ${user} may map only the own uid ${own}`,
  );

async function run(program: string, map: string, caller: Caller): Promise<Result> {
  const { status, stderr, uidMap, gidMap } = await stage.run({
    argv: [program, "$PID", ...map.split(" ")],
    caller,
    timeout: 60_000,
  });
  return { status, stderr, uidMap, gidMap };
}

beforeAll(async () => {
  if (reason) return;
  stage = await startScene(files);
  await stage.overlay("/usr/local");
  await stage.install("build/nss", nss, { mode: 0o711 });
  newuidmap = await stage.install("build/newuidmap", "newuidmap", { caps: ["cap_setuid"] });
  newgidmap = await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] });
});

afterAll(() => stage?.close());

beforeEach(async (context) => {
  context.skip(reason !== undefined, reason);
  await stage.files({ "/etc/nsswitch.conf": "passwd: files extrausers\n" });
});

describe("a user whom only the name service knows", () => {
  it("has the ranges of his name", async () => {
    expect(await run(newuidmap, "0 100000 65536", nora)).toEqual(mapped({ uidMap: "0 100000 65536" }));
    expect(await run(newgidmap, "0 400000 65536", nora)).toEqual(mapped({ gidMap: "0 400000 65536" }));
  });

  it("has no others", async () => {
    expect(await run(newuidmap, "0 200000 1", nora)).toEqual(
      refused(
        "newuidmap: uid range [0-1) -> [200000-200001) not allowed",
        "newuidmap: nora may map 100000-165535 (/etc/subuid:1) and the own uid 20000",
      ),
    );
  });

  it("calls with the primary group that the name service says", async () => {
    expect(await run(newgidmap, "0 400000 1", { uid: 20000, gid: 20002 })).toEqual(
      refused(
        "newgidmap: Target process is owned by a different user: " +
          "uid:20000 pw_uid:20000 st_uid:20000, gid:20002 pw_gid:20001 st_gid:20002",
        "newgidmap: gid 20002 is not the caller's primary group, 20001; " +
          "it would work with GRANT_AUX_GROUP_SUBIDS yes in /etc/login.defs",
      ),
    );
  });

  it("does not get another uid's lines by a name of digits", async () => {
    const { status, uidMap } = await run(newuidmap, "0 300000 1", { uid: 20012, gid: 20012 });
    expect({ status, uidMap }).toEqual({ status: 1, uidMap: "" });
  });
});

describe("a user who cannot be named", () => {
  const nameless = (uid: number, why: string): Result =>
    refused(
      "newuidmap: Cannot determine your user name.",
      `newuidmap: uid ${uid} is not in /etc/passwd, and ${why}`,
    );

  it.each([
    ["nobody knows", 4242, "the name service does not know this user"],
    [
      "/etc/passwd knows under another uid",
      20010,
      "the name service gives him the name of another user of /etc/passwd",
    ],
    ["has a control character in his name", 20011, "the name service failed"],
  ])("because %s", async (_what, uid, why) => {
    expect(await run(newuidmap, `0 ${uid} 1`, { uid, gid: uid })).toEqual(nameless(uid, why));
  });

  it.each([
    ["is missing", null],
    ["can be read by its user, so traced", { mode: 0o755 }],
    ["is not root's", { mode: 0o711, uid: nora.uid }],
    ["can be written by others", { mode: 0o733 }],
  ])("because the name-service program %s", async (_what, install) => {
    if (install) await stage.install("build/nss", nss, install);
    else await stage.files({ [nss]: null });
    const result = await run(newuidmap, "0 100000 1", nora);
    await stage.install("build/nss", nss, { mode: 0o711 });
    const why = "the name-service program cannot be started, see FILES in newuidmap(1)";
    expect(result).toEqual(nameless(nora.uid, why));
  });
});

describe("a plugin that nsswitch.conf names", () => {
  beforeEach(async () => {
    if (!reason) await stage.files(plugin("example"));
  });

  it("takes the place of /etc/subuid and /etc/subgid", async () => {
    expect(await run(newuidmap, "0 600000 65536", alice)).toEqual(mapped({ uidMap: "0 600000 65536" }));
    expect(await run(newgidmap, "0 700000 65536", alice)).toEqual(mapped({ gidMap: "0 700000 65536" }));
    expect(await run(newuidmap, "0 200000 1", alice)).toEqual(
      refused(
        "newuidmap: uid range [0-1) -> [200000-200001) not allowed",
        "newuidmap: alice may map 600000-665535 (example) and the own uid 1000",
      ),
    );
  });

  it("leaves the own id to the caller", async () => {
    expect(await run(newuidmap, "0 1000 1", alice)).toEqual(mapped({ uidMap: "0 1000 1" }));
  });

  it("serves a user whom only the name service knows", async () => {
    expect(await run(newuidmap, "0 800000 65536", nora)).toEqual(mapped({ uidMap: "0 800000 65536" }));
  });

  it("is given up on when it hangs", async () => {
    expect(await run(newuidmap, "0 600000 1", hangs)).toEqual(
      failed("example", "the name service did not answer in time", {
        outside: 600000,
        user: "hangs",
        own: 1001,
      }),
    );
  }, 60_000);

  it("has no substitute when the caller kills it", async () => {
    const kill =
      '"$@" & until read -r child </proc/$!/task/$!/children; [ -n "$child" ]; do :; done; kill -9 $child; wait $!';
    const { status, stderr, uidMap } = await stage.run({
      argv: ["/bin/sh", "-c", kill, "sh", newuidmap, "$PID", "0", "200000", "1"],
      caller: hangs,
    });
    expect({ ...refused(), status, stderr, uidMap }).toEqual(
      failed("example", "the name service failed", { user: "hangs", own: 1001 }),
    );
  });

  it.each([
    ["is absent", "absent", "the plugin cannot be loaded"],
    ["is no library", "garbage", "the plugin cannot be loaded"],
    ["lacks the function", "bare", "the plugin cannot be loaded"],
    ["would lie elsewhere", "../example", "that is no plugin's name"],
  ])("has no substitute when it %s", async (_what, name, why) => {
    await stage.files(plugin(name));
    expect(await run(newuidmap, "0 200000 1", alice)).toEqual(failed(name, why));
  });

  it("grants nothing to a user whom it does not know, and leaves him the own id", async () => {
    await stage.files({ "/etc/subid-example": "" });
    const denied = await run(newuidmap, "0 200000 1", alice);
    const own = await run(newuidmap, "0 1000 1", alice);
    await stage.files({ "/etc/subid-example": files["/etc/subid-example"] });
    expect(denied).toEqual(
      refused(
        "newuidmap: uid range [0-1) -> [200000-200001) not allowed",
        "newuidmap: alice may map only the own uid 1000",
      ),
    );
    expect(own).toEqual(mapped({ uidMap: "0 1000 1" }));
  });

  it("leaves the own id to the caller when it fails, and setgroups denied", async () => {
    await stage.files(plugin("absent"));
    expect(await run(newuidmap, "0 1000 1", alice)).toEqual(mapped({ uidMap: "0 1000 1" }));
    expect(await run(newgidmap, "0 1000 1", alice)).toEqual(mapped({ gidMap: "0 1000 1" }));
    const { setgroups } = await stage.run({ argv: [newgidmap, "$PID", "0", "1000", "1"], caller: alice });
    expect(setgroups).toBe("deny");
  });

  it("has a name of at most 50 characters", async () => {
    const name = "a".repeat(51);
    await stage.files(plugin(name));
    expect(await run(newuidmap, "0 200000 1", alice)).toEqual(failed(name, "that is no plugin's name"));
  });

  it("is named by a line whose beginning may be in capitals", async () => {
    await stage.files({
      "/etc/nsswitch.conf": "passwd: files\nsubid:\nSUBID: example files\nsubid: absent\n",
    });
    expect(await run(newuidmap, "0 600000 1", alice)).toEqual(mapped({ uidMap: "0 600000 1" }));
  });

  it.each([2, 3])("has no substitute when it fails with status %i", async (status) => {
    await stage.files({ "/etc/subid-example": `alice:status:${status}\n` });
    const result = await run(newuidmap, "0 200000 1", alice);
    await stage.files({ "/etc/subid-example": files["/etc/subid-example"] });
    expect(result).toEqual(failed("example", "the name service failed"));
  });
});
