// SPDX-License-Identifier: MIT
//
// --bind with newfsidmap: whom files belong to, inside and on disk, and where the mount can be seen.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type SpecialFile, Stage } from "../stage/stage.js";
import { alice, Scene } from "./scene.js";

const missing = existsSync("build/newfsidmap") ? undefined : "newfsidmap is not built";
const reason = missing ?? (await Stage.unavailable());
let scene: Scene;
let env: Record<string, string>;

/** A directory of /tmp's that belongs to an id. */
const directory = (id: number): SpecialFile => ({ directory: true, mode: 0o755, uid: id, gid: id });
const map = ["--uid-map=0 100000 1000", "--gid-map=0 200000 1000"];
const bind = ["--bind=/tmp/tree:/tmp/at", "--fsid-map=b:0:300000:1000"];
const ways = [[[]], [["--disable-userns"]], [["-pf", "--mount-proc", "--propagation=shared"]]];
const root = { uid: 0, gid: 0 };

beforeAll(async () => {
  if (reason) return;
  scene = await Scene.open();
  const caps = ["cap_setuid", "cap_setgid", "cap_sys_admin"] as const;
  const path = await scene.stage.install("build/newfsidmap", "newfsidmap", { caps: [...caps] });
  env = { PATH: `${path.replace(/\/newfsidmap$/, "")}:/usr/bin:/bin` };
});
afterAll(() => scene?.stage.close());
beforeEach(async (context) => {
  context.skip(reason !== undefined, reason);
  await scene.stage.only({
    "/etc/subuid": "alice:100000:65536\n",
    "/etc/subgid": "alice:200000:65536\n",
    "/etc/usernamespaces": "alice:300000:1000:fsid\n",
    "/tmp/tree": directory(300000),
    "/tmp/home": directory(1000),
    "/tmp/at": directory(0),
    "/tmp/at/nothing": "is bound here\n",
    "/tmp/at2": directory(0),
  });
  await scene.stage.files({
    "/tmp/tree/file": { content: "shared\n", mode: 0o644, uid: 300005, gid: 300006 },
  });
});

/** What a script prints that userns runs with the maps, and that succeeds. */
const inside = (options: string[], script: string) => scene.sh([...map, ...options], script, { env });

/** What a script of root's prints outside. */
const outside = async (script: string) =>
  (await scene.stage.exec({ argv: ["/bin/sh", "-c", script], caller: root })).stdout;

describe.each(ways)("a tree that is bound under %j", (way) => {
  it("shows files of the disk's ids as those of the namespace's", async () => {
    const script = "cat /tmp/at/file; stat -c '%u:%g %n' /tmp/at /tmp/at/*";
    expect(await inside([...way, ...bind], script)).toBe("shared\n0:0 /tmp/at\n5:6 /tmp/at/file\n");
  });

  it("shows files of other ids as nobody's", async () => {
    await scene.stage.files({ "/tmp/tree/other": { content: "", uid: 1001, gid: 0 } });
    expect(await inside([...way, ...bind], "stat -c %u:%g /tmp/at/other")).toBe("65534:65534\n");
  });

  it("gets files with the disk's ids", async () => {
    await inside([...way, ...bind], "touch /tmp/at/mine /tmp/at/given; chown 7:8 /tmp/at/given");
    expect(
      await outside("stat -c %u:%g /tmp/tree/mine /tmp/tree/given; rm /tmp/tree/mine /tmp/tree/given"),
    ).toBe("300000:300000\n300007:300008\n");
  });

  it("can be the user's own", async () => {
    const home = ["--bind=/tmp/home:/tmp/at", "--fsid-map=u:0:1000:1", "--fsid-map=g:0:1000:1"];
    expect(await inside([...way, ...home], "touch /tmp/at/mine; stat -c %u:%g /tmp/at/mine")).toBe("0:0\n");
    expect(await outside("stat -c %u:%g /tmp/home/mine; rm /tmp/home/mine")).toBe("1000:1000\n");
  });

  it("is read-only with :ro, and nosuid and nodev always, whatever root inside tries", async () => {
    const flags = "sed -n 's,.* /tmp/at \\([a-z,]*\\) .*,\\1,p' /proc/self/mountinfo | cut -d, -f1-3";
    const script = `${flags}; mount -o remount,bind,rw,suid,dev /tmp/at 2>/dev/null; ${flags}; touch /tmp/at/x 2>&1`;
    const readOnly = ["--bind=/tmp/tree:/tmp/at:ro", bind[1] as string];
    const { stdout } = await scene.run([...map, ...way, ...readOnly, "/bin/sh", "-c", script], { env });
    expect(stdout).toBe(
      "ro,nosuid,nodev\nro,nosuid,nodev\ntouch: cannot touch '/tmp/at/x': Read-only file system\n",
    );
    expect(await inside([...way, ...bind], `${flags}; touch /tmp/at/x; rm /tmp/at/x`)).toBe(
      "rw,nosuid,nodev\n",
    );
  });

  it("is bound beside others, each in its turn", async () => {
    const binds = [...bind, "--bind=/tmp/tree:/tmp/at2:ro"];
    const script = "touch /tmp/at/x; ls /tmp/at /tmp/at2; rm /tmp/at2/x 2>&1; rm /tmp/at/x";
    expect(await inside([...way, ...binds], script)).toBe(
      "/tmp/at:\nfile\nx\n\n/tmp/at2:\nfile\nx\nrm: cannot remove '/tmp/at2/x': Read-only file system\n",
    );
  });

  it("is nowhere else, though mounts outside are shared", async () => {
    const seen = "grep -c /tmp/at /proc/*/mountinfo | grep -v ':0$' | wc -l";
    const script = `
      mount --make-rshared /
      mkfifo up; chown 1000:1000 up
      setpriv --reuid 1000 --regid 1000 --clear-groups ${scene.userns} "$@" sh -c 'echo; exec sleep 1000' >up &
      read line <up; ${seen}; ls /tmp/at; kill $(ps -eo pid,args | grep '[0-9] sleep 1000' | cut -c1-7)`;
    const argv = [
      "/usr/bin/unshare",
      "-m",
      "/bin/sh",
      "-c",
      `cd $(mktemp -d); ${script}`,
      "sh",
      ...map,
      ...way,
      ...bind,
    ];
    const { stdout } = await scene.stage.exec({ argv, caller: { ...root, env } });
    expect(stdout.split("\n")[1]).toBe("nothing");
    expect(Number(stdout.split("\n")[0])).toBe(way.includes("-pf") ? 2 : 1);
  });

  it("works where /proc hides the processes of others", async () => {
    const script = `mount -t proc -o hidepid=2 proc /proc
      exec setpriv --reuid 1000 --regid 1000 --clear-groups ${scene.userns} "$@" stat -c %u:%g /tmp/at/file`;
    const argv = ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", ...map, ...way, ...bind];
    // A proc file system of one's own takes one that hides nothing.
    const own = way.includes("--mount-proc");
    const { stdout } = await scene.stage.exec({
      argv: argv.filter((word) => !own || word !== "--mount-proc"),
      caller: { ...root, env },
    });
    expect(stdout).toBe("5:6\n");
  });

  it("that newfsidmap refuses ends userns", async () => {
    for (const [newBind, fsid, why] of [
      ["/tmp/tree:/tmp/at", "b:0:400000:10", /400000/],
      ["/tmp/tree:/tmp/nowhere", "b:0:300000:10", /No such file or directory/],
      ["/tmp/nowhere:/tmp/at", "b:0:300000:10", /No such file or directory/],
      ["/tmp/tree:/tmp/at", "u:0:300000:10", /no gid is mapped/],
    ] as const) {
      const options = [...map, ...way, `--bind=${newBind}`, `--fsid-map=${fsid}`];
      const { status, stdout, stderr } = await scene.run([...options, "echo", "begun"], { env });
      expect([status, stdout]).toEqual([125, ""]);
      expect(stderr).toMatch(why);
      expect(stderr).toMatch(/^newfsidmap: /);
      const [source, target] = newBind.split(":");
      expect(stderr).toMatch(
        new RegExp(`\\nuserns: cannot bind '${source}' on '${target}': newfsidmap ended with status 1\\n$`),
      );
    }
  });
});

describe("two namespaces of one user", () => {
  it("share a tree, in which each sees what the other wrote as its own root's", async () => {
    const write = (from: number, name: string) =>
      scene.sh(
        [`--uid-map=0 ${100000 + from} 100`, `--gid-map=0 ${200000 + from} 100`, ...bind],
        `touch /tmp/at/${name}; stat -c '%n %u:%g' /tmp/at /tmp/at/from*`,
        { env },
      );
    expect(await write(0, "from1")).toBe("/tmp/at 0:0\n/tmp/at/from1 0:0\n");
    expect(await write(500, "from2")).toBe("/tmp/at 0:0\n/tmp/at/from1 0:0\n/tmp/at/from2 0:0\n");
    expect(await outside("stat -c %u:%g /tmp/tree/from*; rm /tmp/tree/from*")).toBe(
      "300000:300000\n300000:300000\n",
    );
  });
});

describe("--disable-userns with a tree that is bound", () => {
  it("still keeps user namespaces from being made, and the mount from being taken away", async () => {
    const script = `
      echo 100 >/proc/sys/user/max_user_namespaces; unshare -U true 2>&1; umount /tmp/at 2>/dev/null; ls /tmp/at
      unshare -m sh -c 'umount /tmp/at 2>/dev/null; ls /tmp/at'`;
    expect(await inside(["--disable-userns", ...bind], script)).toBe(
      "unshare: unshare failed: Operation not permitted\nfile\nfile\n",
    );
  });

  it("still keeps them from processes outside of it that enter", async () => {
    const { stdout } = await scene.stage.exec({
      argv: [
        "/bin/bash",
        "-c",
        `cd $(mktemp -d); mkfifo up
        ${scene.userns} "$@" sh -c 'echo; exec sleep 1000' >up & read line <up
        nsenter -U -t $! --preserve-credentials unshare -U true 2>&1
        kill $!`,
        "sh",
        ...map,
        "--disable-userns",
        ...bind,
      ],
      caller: { ...alice, env },
    });
    expect(stdout).toBe("unshare: unshare failed: No space left on device\n");
  });
});

describe("newfsidmap without privilege", () => {
  it("says so, and ends userns", async () => {
    const path = await scene.stage.install("build/newfsidmap", "/tmp/without/newfsidmap");
    const PATH = `${path.replace(/\/newfsidmap$/, "")}:/usr/bin:/bin`;
    const { status, stderr } = await scene.run([...map, ...bind, "true"], { env: { PATH } });
    expect(status).toBe(125);
    expect(stderr).toMatch(/^newfsidmap: /);
    expect(stderr).toMatch(
      /\nuserns: cannot bind '\/tmp\/tree' on '\/tmp\/at': newfsidmap ended with status 1\n$/,
    );
  });
});
