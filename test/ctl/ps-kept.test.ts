// SPDX-License-Identifier: MIT
//
// usernsctl ps and namespaces in which no process lives.
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { program } from "./tables.js";

/** Makes two namespaces, keeps one by a mount and one by an open descriptor, and asks; $0 is what is asked. */
const script = `set -e
mount -n -t tmpfs tmpfs /mnt
: >'/mnt/a file'
made() {
  unshare -U sleep 1000 >/mnt/null 2>&1 &
  until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do :; done
}
gone() { kill $1; wait $1; } 2>/dev/null
made; mount -n --bind /proc/$!/ns/user '/mnt/a file'; gone $! || :
made; exec 9</proc/$!/ns/user; gone $! || :
echo $$ $(stat -L -c %i '/mnt/a file' /proc/self/fd/9)
$0`;

it("shows those that a mount or an open descriptor keeps", ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can mount");
  const words = ["-m", "sh", "-c", script.replace("$0", `${process.execPath} ${program} ps --json || :`)];
  const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
  expect(stderr).toBe("");
  const end = stdout.indexOf("\n");
  const [pid = 0, mounted, open] = stdout.slice(0, end).split(" ").map(Number);
  const { namespaces, own } = JSON.parse(stdout.slice(end));
  const kept = (id: number | undefined) => namespaces.find((each: { id: number }) => each.id === id);
  const same = { parent: own, processes: [], setgroups: "" };
  expect(kept(mounted)).toMatchObject({ ...same, keptBy: "/mnt/a file" });
  // usernsctl inherits the descriptor from the shell, and is the later of the two.
  expect(kept(open)).toMatchObject({ ...same, keptBy: `process ${pid}` });
});
