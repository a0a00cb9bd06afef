// SPDX-License-Identifier: MIT
//
// newgidmap with lines of /etc/usernamespaces for a group that only a module knows: what cannot be known restricts
// and never grants.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../stage/stage.js";
import { compile, libraries, obstacle, startScene } from "./scene.js";

const files = {
  "/etc/nsswitch.conf": "passwd: files\ngroup: files example\n",
  "/etc/subgid": "alice:400000:10\n",
  "/etc/usernamespaces": "@far:500000:10:gid\n@far:400000:10:gid,deny-setgroups\n",
};

const reason = await obstacle();
let stage: Stage;
let newgidmap: string;

beforeAll(async () => {
  if (reason) return;
  stage = await startScene(files);
  await stage.overlay("/usr/local");
  await stage.install("build/nss", "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
  newgidmap = await stage.install("build/newgidmap", "newgidmap", { caps: ["cap_setgid"] });
  const module = compile("test/nss/libnss_example.c", "libnss_example.so.2", ["-shared", "-fPIC"]);
  await stage.install(module, `${libraries}/libnss_example.so.2`);
});

afterAll(() => stage?.close());

beforeEach((context) => context.skip(reason !== undefined, reason));

/** The map that comes of one gid, and what becomes of setgroups, where the module has these words. */
async function mapped(gid: number, words: string): Promise<string> {
  await stage.only({ ...files, "/etc/nss-example": words });
  const argv = [newgidmap, "$PID", "0", String(gid), "1"];
  const { gidMap, setgroups } = await stage.run({ argv, caller: { uid: 1000, gid: 1000 }, timeout: 60_000 });
  return `${gidMap || "nothing"}, ${setgroups}`;
}

const unknown = { granted: "nothing, allow", denied: "0 400000 1, deny" };

describe("the group of a line", () => {
  it.each([
    ["has him", "far:80:alice", { granted: "0 500000 1, allow", denied: "0 400000 1, deny" }],
    [
      "has him by his list alone",
      "far:80:bob alice=80",
      { granted: "0 500000 1, allow", denied: "0 400000 1, deny" },
    ],
    ["has him not", "far:80:bob", { granted: "nothing, allow", denied: "0 400000 1, allow" }],
    ["is not known", "other:80:alice", unknown],
    ["is away", "far:80:bob groups-away", unknown],
    ["is there, but his list is away", "far:80:bob lists-away", unknown],
    ["is answered with another", "other:80:alice renames", unknown],
    ["hangs", "far:80:bob hangs", unknown],
  ])(
    "%s",
    async (_what, words, { granted, denied }) => {
      expect(await mapped(500000, words)).toBe(granted);
      expect(await mapped(400000, words)).toBe(denied);
    },
    90_000,
  );
});
