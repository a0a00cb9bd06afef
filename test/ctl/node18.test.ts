// SPDX-License-Identifier: MIT
//
// The bundle under Debian 12's Node.js: it says what it says under the one that runs the tests.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { node18 } from "./node18.js";
import { program, Root, unavailable } from "./tables.js";

const subids = ["alice:100000:65536", "bob:165536:65536", "bob:165536:10", "gone:300000:65536"];
const files = {
  "etc/subuid": subids,
  "etc/subgid": subids,
  "etc/usernamespaces": ["*:2000224256:147128320:each=65536", "@video:44:1:gid,deny-setgroups"],
};

/** Runs a script, in whose words $usernsctl is the bundle, where /usr has other files over its own. */
function run(usr: string | undefined, cwd: string, script: string): ReturnType<typeof spawnSync> {
  const before = usr ? "mount -n -t overlay -o lowerdir=$0:/usr overlay /usr || exit 125; " : "";
  const node = usr ? "/usr/bin/node" : process.execPath;
  return spawnSync("unshare", ["-m", "sh", "-c", before + script, usr ?? ""], {
    cwd,
    encoding: "utf8",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", usernsctl: `${node} ${program}`, node },
  });
}

let usr: string;
let reason: string | undefined = unavailable || undefined;
try {
  if (!reason) usr = node18();
} catch (error) {
  reason = `Node.js 18 cannot be had: ${(error as Error).message.split("\n")[0]}`;
}

describe("under Node.js 18", () => {
  let root: Root;
  beforeAll(() => {
    root = new Root(files);
  });
  afterAll(() => root.remove());
  beforeEach((context) => context.skip(reason !== undefined, reason));

  it("is what is tested", () => {
    expect(run(usr, "/", "$node --version").stdout).toMatch(/^v18\.\d+\.\d+\n$/);
  });

  it.each([
    ["explain --root . --user alice --uid-map '0 100000 65536' --gid-map '0 44 1'", 1],
    ["explain --root . --user alice --uid-map '0 200000 65536'", 1],
    ["explain --root . --user bob --podman --json", 1],
    ["explain --root . --user alice --podman", 0],
    ["explain --user root --uid-map '0 0 1' --json", 0],
    ["list --root .", 0],
    ["list --root . alice --json", 0],
    ["list root", 0],
    ["list --root . nobody-of-that-name", 2],
    ["lint --root .", 1],
    ["lint --root . --json", 1],
    ["free --root .", 0],
    ["free --root . --size 1000 --align 4096 --json", 0],
    ["add --root . --dry-run alice", 0],
    ["reserve --root . --dry-run pool", 0],
    ["map --root .", 0],
    ["doctor --root . alice", 1],
    ["--help", 0],
    ["nonsense", 2],
  ])("usernsctl %s", (words, status) => {
    const here = run(undefined, root.path, `$usernsctl ${words}`);
    const there = run(usr, root.path, `$usernsctl ${words}`);
    expect(here.status).toBe(status);
    expect({ ...there, pid: 0 }).toEqual({ ...here, pid: 0 });
  });
});
