// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const script = `set -e
mount -t tmpfs -o mode=755 session /etc
printf '%s' "$1" >/etc/subuid
echo 'passwd: files' >/etc/nsswitch.conf
printf 'root:x:0:0::/root:/bin/sh\\nalice:x:1000:1000::/:/bin/sh\\n' >/etc/passwd
shift
exec "$@"`;

/** The lines that usernsctl prints as root where alice, uid 1000, is the only user; stderr's come last. */
export function session(argv: string[], { subuid }: { subuid: string }): string[] {
  const program = resolve("build/usernsctl/usernsctl.mjs");
  const words = ["-m", "sh", "-c", script, "sh", subuid, process.execPath, program, ...argv];
  const { error, stdout, stderr } = spawnSync("unshare", words, {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  if (error) throw error;
  return (stdout + stderr).trimEnd().split("\n");
}
