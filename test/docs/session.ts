// SPDX-License-Identifier: MIT
//
// Shell sessions of a user, in mount and pid namespaces of their own, with the built programs on the PATH and the
// tables of the test in /etc.
import { spawnSync } from "node:child_process";
import { release } from "node:os";
import { resolve } from "node:path";

export type Tables = { subuid?: string; subgid?: string; usernamespaces?: string };

/** Those who are in /etc/passwd besides root: name and uid, which is the gid too. Alice is in the group video as well. */
const users = {
  alice: 1000,
  bob: 1001,
  containers: 990,
  u2731: 2731,
  u2732: 2732,
  u3244: 3244,
  u3245: 3245,
  u60001: 60001,
  u60513: 60513,
  u60514: 60514,
};
export type User = keyof typeof users;

const grants = "alice:100000:65536\n";
/** The tables that the examples of newuidmap(1) and newgidmap(1) begin with. */
export const usualTables: Tables = { subuid: grants, subgid: grants };

/** The tables that the examples of newfsidmap(1) begin with. */
export const fsidTables: Tables = {
  subuid: "alice:100000:65536\nalice:200000:65536\n",
  subgid: "alice:100000:65536\nalice:200000:65536\n",
  usernamespaces: "alice:300000:65536:fsid\n",
};

/** Why there can be no session here; undefined if there can. */
export const obstacle = process.getuid?.() === 0 ? undefined : "only root can make a mount namespace";

/** The same for sessions with newfsidmap, which works on a tmpfs there. */
export const fsidObstacle = obstacle ?? (isBefore(6, 3) ? "a tmpfs maps no ids before Linux 6.3" : undefined);

function isBefore(major: number, minor: number): boolean {
  const [first = 0, second = 0] = release().split(".").map(Number);
  return first < major || (first === major && second < minor);
}

const setup = `set -e
build=$1 user=$2 script=$3 passwd=$4 group=$5; shift 5
mount -t tmpfs -o mode=755 session /run
mkdir /run/bin /run/etc
cp "$build"/newuidmap "$build"/newgidmap "$build"/userns "$build"/newfsidmap /run/bin
chmod 4755 /run/bin/*
cp "$build"/getsubids /run/bin
cp "$build"/nss /run/nss
mount -t tmpfs -o mode=755 session /usr/local
mount -t tmpfs -o mode=1777 session /tmp
mount -t tmpfs -o mode=755 session /srv
mkdir /srv/tree /srv/image
echo welcome >/srv/image/motd
chown -R 300000:300000 /srv/*
mkdir -p /usr/local/libexec/usernamespaces
install -m 0711 /run/nss /usr/local/libexec/usernamespaces/nss
printf %s "$passwd" >/run/etc/passwd
printf %s "$group" >/run/etc/group
echo 'passwd: files\ngroup: files' >/run/etc/nsswitch.conf
for table in subuid subgid usernamespaces; do printf %s "$1" >/run/etc/$table; shift; done
mount --bind /run/etc /etc
cd /
exec setpriv --reuid $user --regid $user --init-groups env -i PATH=/run/bin:/usr/bin:/bin sh -c "$script"
`;

// One who types waits for as long: until the process that was started last is in its own user namespace and sleeps there.
const prologue = `exec 2>&1
made() { until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.05; done; }
`;

function lines(root: string, line: (name: string, id: number) => string): string {
  return [root, ...Object.entries(users).map(([name, id]) => line(name, id)), ""].join("\n");
}

/** Runs a script as a user: its exit status and all that it printed. */
export function session(
  tables: Tables,
  script: string,
  user: User = "alice",
): { status: number | null; output: string } {
  const passwd = lines("root:x:0:0::/:/bin/sh", (name, id) => `${name}:x:${id}:${id}::/:/bin/sh`);
  const group = lines("root:x:0:\nvideo:x:44:alice", (name, id) => `${name}:x:${id}:`);
  const privately = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const { status, stdout, stderr, error } = spawnSync(
    "unshare",
    [
      ...[...privately, "sh", "-c", setup, "sh"],
      ...[resolve("build"), user, prologue + script, passwd, group],
      ...[tables.subuid ?? "", tables.subgid ?? "", tables.usernamespaces ?? ""],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 30_000, killSignal: "SIGKILL" },
  );
  if (error) throw error;
  return { status, output: stdout + stderr };
}

/** A script that shows and runs the commands of a display, which stand after "$ ". */
export function replay(display: string): string {
  const commands = [...display.matchAll(/^\$ (.*)$/gm)].map((match) => match[1] ?? "");
  const script = commands.flatMap((command) => [
    `printf '$ %s\\n' '${command.replaceAll("'", "'\\''")}'`,
    command,
    ...(command.endsWith("&") ? ["made"] : []),
  ]);
  return script.join("\n");
}

/** Runs the commands of a display, and gives what the whole display has to be. */
export function transcript(tables: Tables, display: string): string {
  return session(tables, replay(display)).output;
}

/** A map of one range by newuidmap or newgidmap: how it went, and whether setgroups is denied then. */
export type Outcome = { range: string; mapped: boolean; setgroups: string };

/** Has a user map each range, given as "first-last", in a namespace of its own. */
export function attempts(tables: Tables, program: string, ranges: string[], user?: User): Outcome[] {
  const script = ranges.map((range) => {
    const [first = 0, last = 0] = range.split("-").map(Number);
    const map = `${program} $! 0 ${first} ${last - first + 1}`;
    return `unshare --user sleep 600 &\nmade\nsaid=$(${map} 2>&1); echo "=$? $(cat /proc/$!/setgroups) $said"`;
  });
  const { output } = session(tables, script.join("\n"), user);
  const answers = output.split(/^=/m).slice(1);
  return ranges.map((range, index) => {
    const [, status, setgroups = ""] = /^(\d+) (\w+)/.exec(answers[index] ?? "") ?? [];
    const refused = status === "1" && answers[index]?.includes("not allowed");
    if (status !== "0" && !refused) throw new Error(output);
    return { range, mapped: status === "0", setgroups };
  });
}
