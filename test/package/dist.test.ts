// SPDX-License-Identifier: MIT
//
// make dist: the tarball is the same wherever it is made, and builds and installs the same programs without Node.js.
// With DIST=all every module is compiled a second time for that, else only newuidmap's.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root } from "../stage/build.js";
import { run } from "./make.js";
import { modules, name, tarball, unpack } from "./tarball.js";

const NOBODY = 65534;
const helpers = ["newuidmap", "newgidmap", "userns", "newfsidmap", "getsubids"];
const built = [...helpers, "nss", "libsubid_usernamespaces.so", "usernsctl.bash", "usernsctl/usernsctl.mjs"];

/** What it takes to build and install: with what a compiler brings along, and by these names alone. */
const compiler = ["cc", "gcc", "musl-gcc", "as", "ld"];
const tools = [
  ...compiler,
  "make",
  "sh",
  "cmp",
  "sed",
  "find",
  "dirname",
  "mkdir",
  "cp",
  "ln",
  "rm",
  "chmod",
  "install",
];

const LONG = 300_000;

let folder: string;
let unpacked: string;
let withoutNode: Record<string, string>;

const isRoot = process.getuid?.() === 0;
beforeEach(({ skip }) => skip(!isRoot, "only root can build as another user"));
beforeAll(() => {
  if (!isRoot) return;
  folder = mkdtempSync(join(tmpdir(), "dist-"));
  chmodSync(folder, 0o755);
  unpacked = unpack(folder);
  withoutNode = { PATH: collect(join(folder, "tools")), LC_ALL: "C.UTF-8", TZ: "Asia/Kathmandu" };
  run({ cwd: folder }, "chown", "-R", String(NOBODY), unpacked);
  run({ cwd: unpacked, as: NOBODY, umask: "077", env: withoutNode }, "make", "-s", "-j2");
}, LONG);
afterAll(() => folder && rmSync(folder, { recursive: true }));

/** A folder with links to the tools that are there. */
function collect(directory: string): string {
  const machine = run({ cwd: root }, "cc", "-dumpmachine").trim();
  const places = (process.env.PATH ?? "").split(delimiter);
  mkdirSync(directory);
  for (const tool of [...tools, `${machine}-gcc`]) {
    const place = places.find((each) => existsSync(join(each, tool)));
    if (place) symlinkSync(join(place, tool), join(directory, tool));
  }
  return directory;
}

/** The checkout's tracked files in a repository of nobody's, with no file of it built. */
function otherCheckout(): string {
  const copy = join(folder, "another/place");
  mkdirSync(copy, { recursive: true });
  const files = run({ cwd: root }, "git", "ls-files").trim().split("\n");
  run({ cwd: root }, "cp", "--parents", ...files, copy);
  run({ cwd: copy }, "chmod", "-R", "go=", ".");
  run({ cwd: copy }, "chown", "-R", `${NOBODY}:${NOBODY}`, ".");
  const git = { cwd: copy, as: NOBODY, umask: "077", env: { HOME: copy } };
  run(git, "git", "init", "-q");
  run(git, "git", "add", "-A");
  if (process.env.DIST !== "all") lendModules(copy);
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** Gives a checkout what takes longest to make of this one's, and is made again for one program. */
function lendModules(copy: string): void {
  const lent = readdirSync(join(root, "build")).filter((file) => /^(?!newuidmap)\w+\.wasm$/.test(file));
  mkdirSync(join(copy, "build"));
  run({ cwd: join(root, "build") }, "cp", ...lent, join(copy, "build"));
  run({ cwd: copy }, "chown", "-R", `${NOBODY}:${NOBODY}`, "build");
}

test("the tarball is the same, made by another user in another folder, zone, locale and umask", {
  timeout: LONG,
}, () => {
  const copy = otherCheckout();
  const env = {
    SOURCE_DATE_EPOCH: "1234567890",
    HOME: copy,
    TZ: "Pacific/Chatham",
    LC_ALL: "C.UTF-8",
    LANG: "tr_TR.UTF-8",
  };
  run(
    { cwd: copy, as: NOBODY, umask: "077", env },
    "make",
    "-s",
    "-o",
    "node_modules/.package-lock.json",
    "dist",
  );
  const [one, other] = [root, copy].map((place) => readFileSync(join(place, "build", `${name}.tar.gz`)));
  expect(one?.length).toBeGreaterThan(100_000);
  expect(other?.equals(one as Buffer)).toBe(true);
});

test("the tarball holds every tracked file and what is made of them, as root's and readable by all", () => {
  const listed = run({ cwd: folder }, "tar", "-tvzf", tarball).trim().split("\n");
  const entries = listed.map(
    (line) => /^(\S+) 0\/0 +\d+ 2009-02-1[34] \d\d:\d\d (\S+)$/.exec(line)?.slice(1) ?? [line],
  );
  const modes = new Set(entries.map(([mode]) => mode));
  expect([...modes].sort()).toEqual(["-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"]);
  const files = entries.flatMap(([, path = ""]) => (path.endsWith("/") ? [] : [path]));
  const made = [
    ...[...helpers, "subid"].flatMap((program) => [`${program}/program.c`, `${program}/program.h`]),
    ...["LICENSE.commander", "LICENSE.ini", "usernsctl.mjs", ...modules].map((file) => `usernsctl/${file}`),
    "usernsctl.bash",
  ];
  const tracked = run({ cwd: root }, "git", "ls-files").trim().split("\n");
  const all = [...tracked, ...made.map((file) => `generated/${file}`)];
  expect(files.sort()).toEqual(all.map((file) => `${name}/${file}`).sort());
});

describe("what is unpacked", () => {
  test.each(built)("makes %s without Node.js, the same as the sources do", (file) => {
    expect(existsSync(join(withoutNode.PATH ?? "", "node"))).toBe(false);
    expect(readFileSync(join(unpacked, "build", file)).equals(readFileSync(join(root, "build", file)))).toBe(
      true,
    );
  });

  test("installs all that the sources install but koffi", () => {
    const none = "INSTALL_MODE=none";
    const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
    run({ cwd: unpacked, env: withoutNode }, "make", "-s", "install", none, `DESTDIR=${ours}`);
    run({ cwd: root }, "make", "-s", "install", none, `DESTDIR=${theirs}`);
    const list = (directory: string) =>
      readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
        (path) => !path.includes("node_modules"),
      );
    expect(list(ours).sort()).toEqual(list(theirs).sort());
    expect(list(ours)).toContain("usr/local/share/man/man1/newuidmap.1");
    expect(list(ours)).toContain("usr/local/bin/usernsctl");
    const argv = ["list"];
    const { status, stderr } = spawnSync(join(ours, "usr/local/bin/usernsctl"), argv, { encoding: "utf8" });
    const reason =
      "koffi, by which the name service is asked, cannot be loaded: Cannot find module 'koffi/indirect'";
    expect({ status, stderr }).toEqual({ status: 2, stderr: `usernsctl: ${reason}\n` });
  });

  test("is built from the TypeScript once generated/ is deleted", () => {
    rmSync(join(unpacked, "generated"), { recursive: true });
    rmSync(join(unpacked, "build"), { recursive: true });
    const steps = run({ cwd: unpacked }, "make", "-n", "build/newuidmap");
    expect(steps).toMatch(/^node_modules\/\.bin\/asc bin\/newuidmap\.ts -o build\/newuidmap\.wasm /m);
    expect(steps).toMatch(/^node_modules\/\.bin\/wasm2c -n program build\/newuidmap\.wasm /m);
  });
});
