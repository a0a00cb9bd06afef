// SPDX-License-Identifier: MIT
//
// Shell sessions of the user alice, in mount and pid namespaces of their own, with the built programs on her PATH
// and her own tables in /etc.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

export type Tables = { subuid: string; subgid: string };

const grants = "alice:100000:65536\n";
/** The tables that the examples of newuidmap(1) and newgidmap(1) begin with. */
export const usualTables: Tables = { subuid: grants, subgid: grants };

/** Why there can be no session here; undefined if there can. */
export const obstacle = process.getuid?.() === 0 ? undefined : "only root can make a mount namespace";

const setup = `set -e
mount -t tmpfs -o mode=755 session /run
mkdir /run/bin /run/etc
cp "$1/newuidmap" "$1/newgidmap" /run/bin
chmod 4755 /run/bin/*
printf '%s\\n' root:x:0:0::/:/bin/sh alice:x:1000:1000::/:/bin/sh >/run/etc/passwd
printf '%s\\n' root:x:0: alice:x:1000: >/run/etc/group
printf %s "$2" >/run/etc/subuid
printf %s "$3" >/run/etc/subgid
mount --bind /run/etc /etc
cd /
setpriv --reuid alice --regid alice --clear-groups env -i PATH=/run/bin:/usr/bin:/bin sh -c "$4"
`;

// One who types waits for as long: until the process that was started last is in its own user namespace.
const prologue = `exec 2>&1
made() {
  while case $(readlink /proc/$!/ns/user) in "$(readlink /proc/self/ns/user)" | "") ;; *) false ;; esac
  do sleep 0.05; done
}
`;

/** Runs a script as alice: its exit status and all that it printed. */
export function session(tables: Tables, script: string): { status: number | null; output: string } {
  const privately = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const { status, stdout, stderr, error } = spawnSync(
    "unshare",
    [
      ...privately,
      "sh",
      "-c",
      setup,
      "sh",
      resolve("build"),
      tables.subuid,
      tables.subgid,
      prologue + script,
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 30_000, killSignal: "SIGKILL" },
  );
  if (error) throw error;
  return { status, output: stdout + stderr };
}

/** Runs the commands of a display, which stand after "$ ", and gives what the whole display has to be. */
export function transcript(tables: Tables, display: string): string {
  const commands = [...display.matchAll(/^\$ (.*)$/gm)].map((match) => match[1] ?? "");
  const lines = commands.flatMap((command) => [
    `printf '$ %s\\n' '${command.replaceAll("'", "'\\''")}'`,
    command,
    ...(command.endsWith("&") ? ["made"] : []),
  ]);
  return session(tables, lines.join("\n")).output;
}
