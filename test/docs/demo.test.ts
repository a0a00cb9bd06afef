// SPDX-License-Identifier: MIT
//
// The demo shows what it says, as root and as anybody else, fails if it cannot, and leaves nothing behind.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const programs = ["newuidmap", "newgidmap", "userns", "newfsidmap"];
let copy: string;

// Where an unprivileged user can read it, wherever the project lies.
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "demo-"));
  chmodSync(copy, 0o755);
  mkdirSync(join(copy, "build"), { mode: 0o755 });
  for (const program of programs) copyFileSync(`build/${program}`, join(copy, "build", program));
  copyFileSync("demo/demo.sh", join(copy, "demo.sh"));
});
afterAll(() => rmSync(copy, { recursive: true }));

function run(command: string[], script: string): { status: number | null; stdout: string; stderr: string } {
  const [program = "", ...words] = [...command, "sh", script, join(copy, "build")];
  const { error, status, stdout, stderr } = spawnSync(program, words, {
    cwd: "/",
    encoding: "utf8",
    timeout: 30_000,
  });
  // It has not ended in time, too, if a process that it left behind holds its standard output.
  if (error) throw error;
  return { status, stdout, stderr };
}

const asNobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
const isRoot = process.getuid?.() === 0;
/** What differs from one run to the next: process ids, and the time of a file. */
const stable = (text: string) =>
  text
    .replace(/(?<=process |idmap |\/here |\/proc\/|--target )\d+/g, "PID")
    .replace(/[A-Z][a-z]{2} +\d+ \d\d:\d\d/g, "TIME");

const ranges = `
3. Demo makes a user namespace, and maps uid 0 inside to the own uid and the next 65536 to the granted ones:

   demo$ unshare --user sleep 600 &
   process PID
   demo$ newuidmap PID 0 1000 1 1 100000 65536
   demo$ newgidmap PID 0 1000 1 1 100000 65536
   demo$ cat /proc/PID/uid_map
            0       1000          1
            1     100000      65536
   demo$ cat /proc/PID/gid_map
            0       1000          1
            1     100000      65536

4. Inside, demo is root: it makes two files and gives one of them away.

   demo$ nsenter --user --target PID sh -c 'id -u; touch mine yours; chown 33:33 yours; ls -ln'
   0
   total 0
   -rw-r--r-- 1  0  0 0 TIME mine
   -rw-r--r-- 1 33 33 0 TIME yours
   demo$ nsenter --user --target PID stat --format='%n: uid %u, gid %g' mine yours
   mine: uid 0, gid 0
   yours: uid 33, gid 33

5. Outside, the same files belong to demo and to one of the granted ids:

   demo$ stat --format='%n: uid %u, gid %g' mine yours
   mine: uid 1000, gid 1000
   yours: uid 100032, gid 100032

6. What is not granted is refused with the reason, and nothing is written:

   demo$ unshare --user sleep 600 &
   process PID
   demo$ newuidmap PID 0 1000 1 1 200000 65536
   newuidmap: uid range [1-65537) -> [200000-265536) not allowed
   newuidmap: demo may map 100000-165535 (/etc/subuid:1) and the own uid 1000
   demo$ cat /proc/PID/uid_map

7. One line gives every user 65536 ids of his own, also the user guest, for whom there is no other:

   root$ echo '*:2000224256:147128320:each=65536' >/etc/usernamespaces
   guest$ grep guest /etc/subuid /etc/subgid

8. With userns he makes a namespace, maps it and runs a program there, all at once:

   guest$ userns sh -c 'id -u; cat /proc/self/uid_map'
   0
            0       1001          1
            1 2000289792      65536

9. In a namespace of granted ids alone, demo's own files are nobody's:

   demo$ mkdir files here && touch files/old
   demo$ unshare --user --mount sleep 600 &
   process PID
   demo$ newuidmap PID 0 100000 65536
   demo$ newgidmap PID 0 100000 65536
   demo$ nsenter --user --mount --target PID stat --format='%n: uid %u, gid %g' /run/home/files/old
   /run/home/files/old: uid 65534, gid 65534

10. With newfsidmap they are root's there, in a mount that has other ids on disk:

   demo$ newfsidmap --bind /run/home/files /run/home/here PID b:0:1000:1
   demo$ nsenter --user --mount --target PID touch /run/home/here/new
   demo$ nsenter --user --mount --target PID stat --format='%n: uid %u, gid %g' /run/home/here/old /run/home/here/new
   /run/home/here/old: uid 0, gid 0
   /run/home/here/new: uid 0, gid 0

11. Outside, what root made there is demo's own:

   demo$ stat --format='%n: uid %u, gid %g' files/old files/new
   files/old: uid 1000, gid 1000
   files/new: uid 1000, gid 1000

All of this was as it has to be.
`;

const singleId = `This is not root, so the programs have no privilege and map the own id alone. Root sees the whole demo.

1. nobody makes a user namespace and maps 0 inside to the own ids, which are 65534 and 65534:

   nobody$ unshare --user sleep 600 &
   process PID
   nobody$ newuidmap PID 0 65534 1
   nobody$ newgidmap PID 0 65534 1
   nobody$ cat /proc/PID/uid_map /proc/PID/gid_map
            0      65534          1
            0      65534          1

2. No group was granted, so that setgroups, which could leave a group, is denied; and nobody is root inside:

   nobody$ cat /proc/PID/setgroups
   deny
   nobody$ nsenter --user --target PID --preserve-credentials id -u
   0

3. What is not granted is refused with the reason, and nothing is written:

   nobody$ unshare --user sleep 600 &
   process PID
   nobody$ newuidmap PID 0 65534 1 1 0 1
   newuidmap: uid range [1-2) -> [0-1) not allowed
   newuidmap: outside uid 0 is root's own: nobody else may map it
   nobody$ cat /proc/PID/uid_map

4. With userns nobody makes a namespace, maps it and runs a program there, all at once:

   nobody$ userns --map-root-user sh -c 'id -u; cat /proc/self/uid_map'
   0
            0      65534          1

All of this was as it has to be.
`;

test("root sees ranges mapped, and leaves no process and no mount", ({ skip }) => {
  skip(!isRoot, "only root can make a mount namespace");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  const { status, stdout, stderr } = run([], join(copy, "demo.sh"));
  expect(stderr).toBe("");
  expect(stable(stdout).slice(stable(stdout).indexOf("\n3. "))).toBe(ranges);
  expect(status).toBe(0);
  expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(mounts);
});

test("anybody else sees the own id mapped, and leaves no process", ({ skip }) => {
  skip(!isRoot, "only root can become somebody else");
  const { status, stdout, stderr } = run(asNobody, join(copy, "demo.sh"));
  expect(stderr).toBe("");
  expect(stable(stdout)).toBe(singleId);
  expect(status).toBe(0);
});

test("fails where a program does not do what the demo shows", ({ skip }) => {
  skip(!isRoot, "only root can become somebody else");
  const script = join(copy, "idle.sh");
  // A map of nothing in place of the first one.
  writeFileSync(
    script,
    readFileSync("demo/demo.sh", "utf8").replaceAll('"newuidmap $target', '"true $target'),
  );
  for (const become of [[], asNobody]) {
    const { status, stderr } = run(become, script);
    expect(stderr).toMatch(/^\ndemo: the last command did not print what it has to: /);
    expect(status).toBe(1);
  }
});

test("says so where user namespaces are forbidden", ({ skip }) => {
  skip(!isRoot, "only root can become somebody else");
  // Forbidden inside a namespace where the user keeps his ids, and there alone.
  const forbid = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const inside = ["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c", forbid, "sh"];
  const { status, stdout, stderr } = run([...asNobody, ...inside], join(copy, "demo.sh"));
  expect(stdout).toContain("nobody$ unshare --user sleep 600 &\n");
  expect(stderr).toMatch(
    /^unshare: unshare failed: No space left on device\n\ndemo: no user namespace was made: /,
  );
  expect(status).toBe(1);
});

test("says so where root cannot make a mount namespace", ({ skip }) => {
  skip(!isRoot, "only root can give up a capability of root's");
  const { status, stdout, stderr } = run(["setpriv", "--bounding-set=-sys_admin"], join(copy, "demo.sh"));
  expect(stdout).toBe("");
  expect(stderr).toContain("\ndemo: root cannot make mount namespaces here");
  expect(status).toBe(1);
});
