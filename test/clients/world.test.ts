// SPDX-License-Identifier: MIT
// That the other tests of this folder test what they say they do.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { eachInstall, programs } from "./world.js";

eachInstall("the programs under test are those in /usr/bin", ["getcap"], (world) => {
  const digest = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(programs, name)))
      .digest("hex");
  const script =
    "cd /usr/bin; sha256sum newuidmap newgidmap; stat -c '%n %a %u:%g' newuidmap newgidmap; getcap newuidmap newgidmap";
  const sums = `${digest("newuidmap")}  newuidmap\n${digest("newgidmap")}  newgidmap\n`;
  const how = {
    capabilities: "newuidmap 755 0:0\nnewgidmap 755 0:0\nnewuidmap cap_setuid=ep\nnewgidmap cap_setgid=ep\n",
    setuid: "newuidmap 4755 0:0\nnewgidmap 4755 0:0\n",
  }[world.install];
  expect(world.run("alice", script)).toEqual({ status: 0, stdout: sums + how, stderr: "" });
});

/** The pid namespaces that have a process. */
function pidNamespaces(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/pid`);
      } catch {
        return "";
      }
    });
}

eachInstall("a process that a client leaves running ends with the world", [], (world) => {
  const script = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & readlink /proc/self/ns/pid";
  const { status, stdout } = world.run("alice", script);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^pid:\[\d+\]\n$/);
  expect(pidNamespaces()).not.toContain(stdout.trim());
});
