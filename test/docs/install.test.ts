// SPDX-License-Identifier: MIT
//
// What make install puts where, with which mode and capabilities, and that make uninstall takes it away.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let destination: string;
beforeEach(() => {
  destination = mkdtempSync(join(tmpdir(), "install-"));
});
afterEach(() => rmSync(destination, { recursive: true }));

/** Runs make with the variables given here and none of those of a make that these tests run under. */
function make(target: string, variables: Record<string, string>): { status: number | null; stderr: string } {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...env } = process.env;
  const words = Object.entries({ DESTDIR: destination, ...variables }).map(
    ([name, value]) => `${name}=${value}`,
  );
  // A umask of root's that is stricter than usual must not show in what is installed.
  const { error, status, stderr } = spawnSync(
    "sh",
    ["-c", 'umask 077; exec make -s "$@"', "sh", target, ...words],
    {
      encoding: "utf8",
      env,
    },
  );
  if (error) throw error;
  return { status, stderr };
}

/** Every file and folder below the destination that is not a folder on the way to others: path -> mode. */
function installed(): Record<string, string> {
  const paths = readdirSync(destination, { recursive: true, encoding: "utf8" }).sort();
  const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
  const mode = (path: string) => (statSync(join(destination, path)).mode & 0o7777).toString(8);
  return Object.fromEntries(leaves.map((path) => [path, mode(path)]));
}

function capabilities(): string {
  const { error, stdout } = spawnSync("getcap", ["-r", destination], { encoding: "utf8" });
  if (error) throw error;
  return stdout.replaceAll(`${destination}/`, "");
}

/** The whole of an installation below `prefix`. */
function everything(prefix: string, mode: string, newfsidmap: string): Record<string, string> {
  return {
    [`${prefix}/bin/getsubids`]: "755",
    [`${prefix}/bin/newfsidmap`]: newfsidmap,
    [`${prefix}/bin/newgidmap`]: mode,
    [`${prefix}/bin/newuidmap`]: mode,
    [`${prefix}/bin/userns`]: mode,
    [`${prefix}/bin/usernsctl`]: "755",
    [`${prefix}/lib/libsubid_usernamespaces.so`]: "644",
    [`${prefix}/libexec/usernamespaces/nss`]: "711",
    [`${prefix}/share/bash-completion/completions/newfsidmap`]: "644",
    [`${prefix}/share/bash-completion/completions/userns`]: "644",
    [`${prefix}/share/bash-completion/completions/usernsctl`]: "644",
    [`${prefix}/share/man/man1/getsubids.1`]: "644",
    [`${prefix}/share/man/man1/newfsidmap.1`]: "644",
    [`${prefix}/share/man/man1/newgidmap.1`]: "644",
    [`${prefix}/share/man/man1/newuidmap.1`]: "644",
    [`${prefix}/share/man/man1/userns.1`]: "644",
    [`${prefix}/share/man/man5/subgid.5`]: "644",
    [`${prefix}/share/man/man5/subuid.5`]: "644",
    [`${prefix}/share/man/man5/usernamespaces.5`]: "644",
    [`${prefix}/share/man/man8/usernsctl.8`]: "644",
  };
}

const usualCaps = [
  "usr/local/bin/newgidmap cap_setgid=ep",
  "usr/local/bin/newuidmap cap_setuid=ep",
  "usr/local/bin/userns cap_setgid,cap_setuid=ep",
];
const allCaps = ["usr/local/bin/newfsidmap cap_setgid,cap_setuid,cap_sys_admin=ep", ...usualCaps];

describe.each([
  { mode: "none", caps: [] },
  { mode: "none", with: "yes", caps: [] },
  { mode: "setuid", programs: "4755", caps: [] },
  { mode: "setuid", with: "no", programs: "4755", caps: [] },
  { mode: "setuid", with: "yes", programs: "4755", newfsidmap: "4755", caps: [] },
  { mode: "caps", caps: usualCaps },
  { mode: "caps", with: "no", caps: usualCaps },
  { mode: "caps", with: "yes", caps: allCaps },
])("INSTALL_MODE=$mode WITH_NEWFSIDMAP=$with", ({ mode, with: chosen, programs, newfsidmap, caps }) => {
  test("installs the programs and their pages, and uninstalls them", ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root can install with privilege");
    const choice: Record<string, string> = chosen ? { WITH_NEWFSIDMAP: chosen } : {};
    expect(make("install", { INSTALL_MODE: mode, ...choice })).toEqual({ status: 0, stderr: "" });
    const files = Object.entries(installed());
    const bundle = "usr/local/libexec/usernamespaces/usernsctl/";
    const rest = Object.fromEntries(files.filter(([path]) => !path.startsWith(bundle)));
    expect(rest).toEqual(everything("usr/local", programs ?? "755", newfsidmap ?? "755"));
    const modes = new Set(files.flatMap(([path, fileMode]) => (path.startsWith(bundle) ? [fileMode] : [])));
    expect([...modes].sort()).toEqual(["644", "755"]);
    expect(capabilities().split("\n").filter(Boolean).sort()).toEqual(caps);

    expect(make("uninstall", {})).toEqual({ status: 0, stderr: "" });
    // The folders that other packages share stay.
    const folders = [
      "bin",
      "lib",
      "libexec",
      "share/bash-completion/completions",
      "share/man/man1",
      "share/man/man5",
      "share/man/man8",
    ];
    const shared = folders.map((path) => `usr/local/${path}`);
    expect(Object.keys(installed())).toEqual(shared);
  });
});

test("capabilities are the default", ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can install with privilege");
  expect(make("install", {})).toEqual({ status: 0, stderr: "" });
  expect(capabilities()).toContain("newuidmap cap_setuid=ep\n");
});

test("newfsidmap loses its privilege when it is installed without it", ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can install with privilege");
  for (const mode of ["caps", "setuid"]) {
    expect(make("install", { INSTALL_MODE: mode, WITH_NEWFSIDMAP: "yes" })).toEqual({
      status: 0,
      stderr: "",
    });
    expect(make("install", { INSTALL_MODE: mode })).toEqual({ status: 0, stderr: "" });
    expect(installed()["usr/local/bin/newfsidmap"]).toBe("755");
    expect(capabilities()).not.toContain("newfsidmap");
  }
});

test("the pages name the paths that were chosen", ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can install with privilege");
  expect(make("install", { BINDIR: "/opt/bin" })).toEqual({ status: 0, stderr: "" });
  const page = readFileSync(join(destination, "usr/local/share/man/man1/newfsidmap.1"), "utf8");
  expect(page).toContain("\n.It Pa /opt/bin/newfsidmap\n");
  expect(page).not.toContain("/usr/local/bin");
  expect(installed()["opt/bin/newfsidmap"]).toBe("755");
});

test("usernsctl runs where it was installed, with its modules and its native part", ({ skip }) => {
  skip(process.getuid?.() !== 0, "only root can install with privilege");
  expect(make("install", { BINDIR: "/opt/bin" })).toEqual({ status: 0, stderr: "" });
  const argv = ["explain", "--user", "0", "--uid-map", "0:0:1"];
  const { status, stdout, stderr } = spawnSync(join(destination, "opt/bin/usernsctl"), argv, {
    encoding: "utf8",
    cwd: destination,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toBe("newuidmap for root: allowed\n  0 0 1\n");
});

test("an unknown WITH_NEWFSIDMAP is refused before anything is installed", () => {
  const { status, stderr } = make("install", { WITH_NEWFSIDMAP: "1" });
  expect(stderr).toMatch(/WITH_NEWFSIDMAP is yes or no/);
  expect(status).toBe(2);
  expect(installed()).toEqual({});
});

test("an unknown INSTALL_MODE is refused before anything is installed", () => {
  const { status, stderr } = make("install", { INSTALL_MODE: "root" });
  expect(stderr).toMatch(/INSTALL_MODE is caps, setuid or none/);
  expect(status).toBe(2);
  expect(installed()).toEqual({});
});
