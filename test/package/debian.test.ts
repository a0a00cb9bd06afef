// SPDX-License-Identifier: MIT
//
// make deb: what the Debian packages hold, that lintian is content, and that they are the same wherever they are built.
// What they do when they are installed is told by debian-story.sh.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root } from "../stage/build.js";
import { run } from "./make.js";
import { modules, packageVersion } from "./tarball.js";

const NOBODY = 65534;
const LONG = 300_000;
const out = join(root, "build/deb");
const names = ["usernamespaces", "libsubid-usernamespaces", "usernsctl"];

const path = (process.env.PATH ?? "").split(delimiter);
const missing = ["dpkg-buildpackage", "dh", "lintian", "musl-gcc"].filter(
  (name) => !path.some((directory) => existsSync(join(directory, name))),
);
beforeEach(({ skip }) => skip(missing.length > 0, `not installed: ${missing.join(", ")}`));
beforeAll(() => {
  if (missing.length === 0) run({ cwd: root }, "make", "-s", "-j2", "deb");
}, LONG);

let elsewhere: string | undefined;
afterAll(() => elsewhere && rmSync(elsewhere, { recursive: true }));

/** Where a package is. */
function deb(name: string, directory = out): string {
  const machine = run({ cwd: root }, "dpkg", "--print-architecture").trim();
  return join(directory, `${name}_${packageVersion}-1_${machine}.deb`);
}

/** A package's files but its documentation: mode, owner, path, and what a link leads to. */
function files(name: string): string[] {
  const lines = run({ cwd: root }, "dpkg-deb", "-c", deb(name)).trim().split("\n");
  return lines
    .filter((line) => !line.startsWith("d"))
    .map((line) => line.replace(/^(\S+) (\S+) +\d+ \S+ \S+ \./, "$1 $2 "))
    .filter((line) => !line.includes("/usr/share/doc/"))
    .sort();
}

const plain = (...paths: string[]) => paths.map((each) => `-rw-r--r-- root/root ${each}`);
const program = (...paths: string[]) => paths.map((each) => `-rwxr-xr-x root/root ${each}`);

describe("usernamespaces", () => {
  test("has the programs without privilege, and their pages but those of passwd", () => {
    const bin = ["getsubids", "newfsidmap", "newgidmap", "newuidmap", "userns"];
    expect(files("usernamespaces")).toEqual(
      [
        "-rwx--x--x root/root /usr/libexec/usernamespaces/nss",
        ...program(...bin.map((each) => `/usr/bin/${each}`)),
        ...plain(
          ...bin.map((each) => `/usr/share/man/man1/${each}.1.gz`),
          "/usr/share/bash-completion/completions/newfsidmap",
          "/usr/share/bash-completion/completions/userns",
          "/usr/share/lintian/overrides/usernamespaces",
          "/usr/share/man/man5/usernamespaces.5.gz",
          "/usr/share/usernamespaces/apparmor/userns",
        ),
      ].sort(),
    );
  });

  test("takes the place of uidmap for whatever depends on it", () => {
    const fields = ["Provides", "Conflicts", "Replaces", "Multi-Arch"];
    expect(run({ cwd: root }, "dpkg-deb", "-f", deb("usernamespaces"), ...fields)).toBe(
      "Provides: uidmap (= 1:4.20)\nConflicts: uidmap\nReplaces: uidmap\nMulti-Arch: foreign\n",
    );
  });

  test("starts the name-service program where the package has it, and says so in its pages", () => {
    const nss = "/usr/libexec/usernamespaces/nss";
    const unpacked = mkdtempSync(join(tmpdir(), "deb-"));
    try {
      run({ cwd: root }, "dpkg-deb", "-x", deb("usernamespaces"), unpacked);
      for (const each of ["newuidmap", "newgidmap", "userns", "newfsidmap", "getsubids"]) {
        expect(readFileSync(join(unpacked, "usr/bin", each)).includes(nss)).toBe(true);
        const page = run({ cwd: unpacked }, "zcat", `usr/share/man/man1/${each}.1.gz`);
        expect(page).toContain(nss);
        expect(page).not.toContain("/usr/local");
      }
    } finally {
      rmSync(unpacked, { recursive: true });
    }
  });
});

test("libsubid-usernamespaces has the plugin, where programs of its architecture look for it", () => {
  const machine = run({ cwd: root }, "dpkg-architecture", "-q", "DEB_HOST_MULTIARCH").trim();
  expect(files("libsubid-usernamespaces")).toEqual(
    plain(
      `/usr/lib/${machine}/libsubid_usernamespaces.so`,
      "/usr/share/lintian/overrides/libsubid-usernamespaces",
    ),
  );
});

test("usernsctl has its bundle, its modules and one native part", () => {
  const native = `node_modules/@koromix/koffi-linux-${process.arch}`;
  const inside = (...paths: string[]) => paths.map((each) => `/usr/libexec/usernamespaces/usernsctl/${each}`);
  expect(files("usernsctl")).toEqual(
    [
      "lrwxrwxrwx root/root /usr/bin/usernsctl -> ../libexec/usernamespaces/usernsctl/usernsctl.mjs",
      ...program(...inside("usernsctl.mjs")),
      ...plain(
        ...inside("LICENSE.commander", "LICENSE.ini", ...modules),
        ...inside(
          ...["README.md", "index.js", "package.json", `linux_${process.arch}/koffi.node`].map(
            (each) => `${native}/${each}`,
          ),
          ...["LICENSE.txt", "indirect.cjs", "package.json", "src/koffi/indirect.cjs"].map(
            (each) => `node_modules/koffi/${each}`,
          ),
        ),
        "/usr/share/bash-completion/completions/usernsctl",
        "/usr/share/lintian/overrides/usernsctl",
        "/usr/share/man/man8/usernsctl.8.gz",
      ),
    ].sort(),
  );
});

test(
  "lintian finds nothing that is not overridden with its reason",
  () => {
    const overrides = names.map((name) =>
      readFileSync(join(root, `packaging/debian/${name}.lintian-overrides`), "utf8"),
    );
    for (const text of overrides) expect(text).toMatch(/^(?:(?:# .*\n)+(?:[^#\n].*\n)+)+$/);
    const debs = names.map((name) => deb(name));
    expect(run({ cwd: root }, "lintian", "--allow-root", "--fail-on=warning", ...debs)).toBe("");
  },
  LONG,
);

test(
  "the packages are the same, built by another user in another folder, zone, locale and umask",
  ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can build as another user");
    elsewhere = mkdtempSync(join(tmpdir(), "deb-"));
    const place = join(elsewhere, "another/place");
    mkdirSync(place, { recursive: true });
    run({ cwd: root }, "chown", "-R", String(NOBODY), elsewhere);
    const env = { HOME: place, TZ: "Pacific/Chatham", LC_ALL: "C.UTF-8", LANG: "tr_TR.UTF-8" };
    run({ cwd: root, as: NOBODY, umask: "077", env }, "sh", "packaging/deb.sh", "build", join(place, "out"));
    for (const name of names) {
      const [one, other] = [deb(name), deb(name, join(place, "out"))].map((file) => readFileSync(file));
      expect(one?.length).toBeGreaterThan(10_000);
      expect(other?.equals(one as Buffer)).toBe(true);
    }
  },
  LONG,
);
