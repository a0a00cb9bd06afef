// SPDX-License-Identifier: MIT
//
// usernsctl with real name-service modules and plugins: explain has the helpers' words, to the last one; lint asks
// for what the files do not have; doctor looks for the plugin.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compile, libraries, obstacle, startScene } from "../nss/scene.js";
import { root } from "../stage/build.js";
import type { File, Stage } from "../stage/stage.js";

const reason = await obstacle();
const usernsctl = [process.execPath, "build/usernsctl/usernsctl.mjs"];
let stage: Stage;
let newgidmap: string;

beforeAll(async () => {
  if (reason) return;
  stage = await startScene({});
  await stage.overlay("/usr/local");
  await stage.install(join(root, "build/nss"), "/usr/local/libexec/usernamespaces/nss", { mode: 0o711 });
  newgidmap = await stage.install(join(root, "build/newgidmap"), "newgidmap", { caps: ["cap_setgid"] });
  const module = compile("test/nss/libnss_example.c", "libnss_example.so.2", ["-shared", "-fPIC"]);
  await stage.install(module, `${libraries}/libnss_example.so.2`);
  await stage.files({ "/dev/log": null });
});
afterAll(() => stage?.close());
beforeEach((context) => context.skip(reason !== undefined, reason));

/** What newgidmap says and does for uid 1000 with these files, and that usernsctl says so too. */
async function verdict(files: Record<string, File>, gid: number): Promise<string> {
  await stage.only(files);
  const done = await stage.run({
    argv: [newgidmap, "$PID", "0", String(gid), "1"],
    caller: { uid: 1000, gid: 1000 },
  });
  const { stdout, stderr } = await stage.exec({
    argv: [...usernsctl, "explain", "--json", "--user", "1000", "--gid-map", `0:${gid}:1`],
    caller: { uid: 0, gid: 0 },
  });
  expect(stderr).toBe("");
  const { allowed, messages, setgroups } = JSON.parse(stdout).maps[0];
  const said = messages.map((line: string) => `${line}\n`).join("");
  expect({ allowed, said, setgroups }).toEqual({
    allowed: done.status === 0,
    said: done.stderr,
    setgroups: done.setgroups,
  });
  return `${allowed ? "allowed" : "refused"}, ${setgroups}`;
}

describe("a group that a module knows", () => {
  const files = {
    "/etc/nsswitch.conf": "passwd: files\ngroup: files example\n",
    "/etc/subgid": "alice:400000:10\n",
    "/etc/usernamespaces": "@far:500000:10:gid\n@far:400000:10:gid,deny-setgroups\n",
  };
  it.each([
    ["has him", "far:80:alice", "allowed, allow", "allowed, deny"],
    ["has him by his list alone", "far:80:bob alice=80", "allowed, allow", "allowed, deny"],
    ["has him not", "far:80:bob", "refused, allow", "allowed, allow"],
    ["is not known", "other:80:alice", "refused, allow", "allowed, deny"],
    ["is away", "far:80:bob groups-away", "refused, allow", "allowed, deny"],
    ["is there, but his list is away", "far:80:bob lists-away", "refused, allow", "allowed, deny"],
    ["is answered with another", "other:80:alice renames", "refused, allow", "allowed, deny"],
    ["is too large", "far:80:bob endless", "refused, allow", "allowed, deny"],
  ])("that %s", async (_what, words, granted, restricted) => {
    const all = { ...files, "/etc/nss-example": words };
    expect(await verdict(all, 500000)).toBe(granted);
    expect(await verdict(all, 400000)).toBe(restricted);
  });

  it.each([
    ["in any line", "group: files\ninitgroups: example # group: files\n", "allowed, deny"],
    ["behind an action", "group: files [NOTFOUND=return] example\n", "allowed, deny"],
    ["but in a comment", "group: files # example\n", "allowed, allow"],
    ["that is no module", "group: files nonesuch\n", "allowed, deny"],
  ])("where nsswitch.conf names a source that is away %s", async (_what, text, expected) => {
    const lines = {
      "/etc/nsswitch.conf": text,
      "/etc/group": "far:x:80:bob\n",
      "/etc/nss-example": "groups-away",
    };
    expect(await verdict({ ...files, ...lines }, 400000)).toBe(expected);
  });
});

describe("a user", () => {
  const extra = {
    "/etc/nsswitch.conf": "passwd: files extrausers\ngroup: files\n",
    "/var/lib/extrausers/passwd": "nora:x:1000:1000::/:/bin/sh\n",
    "/etc/subgid": "nora:400000:10\n",
  };
  it("whom only a module knows", async () => {
    const passwd = { "/etc/passwd": "root:x:0:0::/:/bin/sh\n" };
    expect(await verdict({ ...extra, ...passwd }, 400000)).toBe("allowed, allow");
    expect(await verdict({ ...extra, ...passwd }, 400010)).toBe("refused, allow");
  });

  it("whom a module gives the name of another", async () => {
    const passwd = { "/etc/passwd": "root:x:0:0::/:/bin/sh\nnora:x:1001:1001::/:/bin/sh\n" };
    expect(await verdict({ ...extra, ...passwd }, 400000)).toBe("refused, allow");
  });

  it("whom nobody knows", async () => {
    expect(await verdict({ "/etc/passwd": "root:x:0:0::/:/bin/sh\n" }, 1000)).toBe("refused, allow");
  });
});

describe("ranges of a plugin", () => {
  it.each([
    ["are his", "example", "alice:gid:400000:10\n", "allowed, allow"],
    ["are for uids", "example", "alice:uid:400000:10\n", "refused, allow"],
    ["are another's", "example", "bob:gid:400000:10\n", "refused, allow"],
    ["are too many", "example", "alice:count:1000000000\n", "refused, allow"],
    ["are too long", "example", "alice:gid:400000:4294967297\n", "refused, allow"],
    ["it cannot tell", "example", "alice:status:3\n", "refused, allow"],
    ["nobody can ask for", "bare", "", "refused, allow"],
    ["that is no library", "garbage", "", "refused, allow"],
    ["that is not there", "nonesuch", "", "refused, allow"],
    ["under no plugin's name", "../example", "", "refused, allow"],
  ])("%s", async (_what, plugin, text, expected) => {
    const nsswitch = `passwd: files\ngroup: files\nsubid: ${plugin}\n`;
    expect(await verdict({ "/etc/nsswitch.conf": nsswitch, "/etc/subid-example": text }, 400000)).toBe(
      expected,
    );
  });
});

describe("owners of lines, to lint", () => {
  const files = {
    "/etc/subuid": "alice:100000:65536\nnora:165536:65536\n1234:231072:65536\ngone:296608:65536\n",
    "/var/lib/extrausers/passwd": "nora:x:1100:1100::/:/bin/sh\nolga:x:1234:1234::/:/bin/sh\n",
    "/etc/usernamespaces": "@far:400000:10:gid\n@lost:400010:10:gid\n@video:400020:10:gid\n",
    "/etc/nss-example": "far:80:alice",
  };
  const unknown = async (nsswitch: string) => {
    await stage.only({ ...files, "/etc/nsswitch.conf": nsswitch });
    const { stdout, stderr } = await stage.exec({
      argv: [...usernsctl, "lint"],
      caller: { uid: 0, gid: 0 },
    });
    expect(stderr).toBe("");
    return [...stdout.matchAll(/there is no (?:user|group) '(\w+)'|uid (\d+) is no user's/g)].map(
      ([, name, uid]) => name ?? uid,
    );
  };

  it.each([
    ["in the files alone", "passwd: files\ngroup: files\n", ["nora", "1234", "gone", "far", "lost"]],
    [
      "in the files, where the others are comments",
      "passwd: files # extrausers\ngroup: files # example\n",
      ["nora", "1234", "gone", "far", "lost"],
    ],
    ["in others too", "passwd: files extrausers\ngroup: files example\n", ["gone", "lost"]],
    [
      "in others too, with what both have made one",
      "passwd: files extrausers\ngroup: files [SUCCESS=merge] example\n",
      ["gone", "lost"],
    ],
    [
      "in others after which the C library does not look",
      "passwd: files [NOTFOUND=return] extrausers\ngroup: files [NOTFOUND=return] example\n",
      ["nora", "1234", "gone", "far", "lost"],
    ],
    ["in others first", "passwd: extrausers files\ngroup: example files\n", ["gone", "lost"]],
    [
      "in some that cannot be loaded",
      "passwd: files nonesuch extrausers\ngroup: files nonesuch\n",
      ["gone", "far", "lost"],
    ],
  ])("%s", async (_what, nsswitch, names) => {
    expect(await unknown(nsswitch)).toEqual(names);
  });
});

describe("a user's groups, to list", () => {
  it.each([
    ["that has him", "far:80:alice", undefined],
    ["that has him not", "far:80:bob", undefined],
    ["that is away", "far:80:bob groups-away", "far"],
  ])("one %s", async (_what, words, open) => {
    await stage.only({
      "/etc/nsswitch.conf": "passwd: files\ngroup: files example\n",
      "/etc/usernamespaces": "@far:500000:10:gid\n",
      "/etc/nss-example": words,
    });
    const { stdout } = await stage.exec({
      argv: [...usernsctl, "list", "alice"],
      caller: { uid: 0, gid: 0 },
    });
    expect(/not known: whether he is in (.*); their lines restrict him/.exec(stdout)?.[1]).toBe(open);
  });
});

describe("the plugin of nsswitch.conf, to doctor", () => {
  const findings = async (subid: string) => {
    await stage.only({ "/etc/nsswitch.conf": `passwd: files\ngroup: files\nsubid: ${subid}\n` });
    const { stdout } = await stage.exec({
      argv: [...usernsctl, "doctor", "alice", "--json"],
      caller: { uid: 0, gid: 0 },
    });
    const all: { check: string; verdict: string; found: string }[] = JSON.parse(stdout).findings;
    return all
      .filter(({ check }) => check === "nsswitch.conf")
      .map(({ verdict, found }) => `${verdict}: ${found}`);
  };

  it.each([
    ["files", "ok: ranges come from the files"],
    ["example", "ok: ranges come from libsubid_example.so"],
    [
      "nonesuch",
      "problem: it has `subid: nonesuch`, and there is no libsubid_nonesuch.so: nobody has ranges",
    ],
    [
      "usernamespaces",
      "warning: it has `subid: usernamespaces`, and there is no libsubid_usernamespaces.so: podman and others see no " +
        "range of /etc/usernamespaces",
    ],
  ])("%s", async (subid, finding) => {
    expect(await findings(subid)).toEqual([finding]);
  });

  it("usernamespaces, where it is installed", async () => {
    await stage.install(
      join(root, "build/libsubid_usernamespaces.so"),
      `${libraries}/libsubid_usernamespaces.so`,
    );
    expect(await findings("usernamespaces")).toEqual([
      "ok: programs find the files' ranges through libsubid_usernamespaces.so",
    ]);
  });
});
