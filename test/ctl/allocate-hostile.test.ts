// SPDX-License-Identifier: MIT
//
// What might make usernsctl add give a user's ids to another, or lose a line: odd names, broken lines, limits.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bothAdded, canMount, canRun, done, failed, files, isRoot, Root, refused } from "./allocate.js";

const here = new Root();
const etc = (name: string) => here.etc(name);

/** Runs add as a shell has it that gets its words. */
function addBy(script: string, ...args: string[]) {
  return here.spawn("sh", "-c", script, "sh", process.execPath, ...here.argv("add", ...args));
}

describe.skipIf(!isRoot)("usernsctl add (as root)", () => {
  it("does not take a login name of digits for the uid that lines mean", () => {
    here.put("passwd", `${files.passwd}1000:x:1003:1003::/:/bin/sh\n`);
    here.put("subuid", "1000:300000:5\n");
    expect(here.run("add", "1003", "300000:5")).toEqual(
      refused("300000-300004 is not free: 300000-300004 is taken (DIR/etc/subuid:1)"),
    );
    expect(here.run("reserve", "1003", "300000:5").status).toBe(1);
    expect(here.run("remove", "1003", "300000:5")).toEqual(
      refused("no line gives 1003 300000:5, or reserves it"),
    );
    expect(here.text("subuid")).toBe("1000:300000:5\n");
  });
  it("does not mix up names that are not UTF-8", () => {
    here.spawn(
      "sh",
      "-c",
      `printf 'a\\376:x:1004:1004::/:\\na\\377:x:1005:1005::/:\\n' >>"$0"`,
      etc("passwd"),
    );
    const script = `node=$1 program=$2 && shift 3 && exec "$node" "$program" add "$(printf 'a\\377')" "$@"`;
    expect(addBy(script, "300000:1")).toEqual(
      failed(`'${Buffer.from("a\ufffd").toString("latin1")}' is not UTF-8: name the user by uid`),
    );
    expect(here.run("add", "1005", "300000:1").stdout).toContain("DIR/etc/subuid: added 1005:300000:1\n");
    expect(here.text("subgid")).toBe(`${files.subgid}1005:300000:1\n`);
  });
  it("gives nobody what shadow may read in lines that the helpers pass over", () => {
    const octal = `0${(103_000).toString(8)}`;
    const lines = ["bob:0x186A0:1000", "bob:101000:1000:x", "bob: 102000:+1000", `bob:${octal}:1000`];
    here.put("subuid", `${[...lines, "bob:104000:1000\r", "bob:900000:4294967295"].join("\n")}\n`);
    here.put("subgid", "");
    here.put("usernamespaces", "bob:0x19a28:1000:reserved\n");
    expect(here.run("free", "--size", "1")).toEqual(done("106000:1\n"));
    expect(here.run("add", "bob", "100000:1000").status).toBe(1);
    expect(here.run("add", "alice", "2000000:1")).toEqual(
      refused("2000000 is not free: 2000000 is taken (DIR/etc/subuid:6)"),
    );
    expect(here.run("remove", "bob", "101000:1000").status).toBe(1);
  });
  it("keeps every byte of what is no table", () => {
    const odd = `${"x".repeat(1_000_000)}:1:2\n${":".repeat(1_000_000)}\n\0\x01\r\n\n\n:::\0`;
    here.put("subuid", odd);
    expect(here.run("add", "alice", "300000:1")).toEqual(bothAdded("300000:1"));
    expect(here.text("subuid") === `${odd}\nalice:300000:1\n`).toBe(true);
    expect(here.run("remove", "alice", "300000:1").status).toBe(0);
    expect(here.text("subuid") === `${odd}\n`).toBe(true);
  });
  it("is not held up by 100,000 lines that say the same", () => {
    here.put("subuid", "bob:300000:5\n".repeat(100_000));
    expect(here.run("add", "bob", "300000:5")).toEqual(done("DIR/etc/subgid: added bob:300000:5\n"));
    expect(here.run("remove", "bob", "300000:5").status).toBe(0);
    expect(here.text("subuid")).toBe("");
  });
  it("does not go on without accounts or settings that cannot be read", () => {
    chmodSync(here.path, 0o755);
    const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", process.execPath];
    for (const name of ["passwd", "group", "login.defs"]) {
      here.put(name, name in files ? files[name as keyof typeof files] : "");
      chmodSync(etc(name), 0o600);
      expect(here.spawn("setpriv", ...nobody, ...here.argv("free"))).toEqual(
        failed(`cannot read DIR/etc/${name}: permission denied; only root can`),
      );
      chmodSync(etc(name), 0o644);
    }
  });
  it("does not read what would fill the memory", () => {
    here.spawn("truncate", "-s", "1900M", etc("group"));
    expect(here.run("add", "alice")).toEqual(failed("cannot read DIR/etc/group: it is larger than 256 MiB"));
    here.spawn("truncate", "-s", "1900M", etc("passwd"));
    expect(here.run("explain", "--user", "alice", "--podman")).toEqual(
      failed("cannot read DIR/etc/passwd: it is larger than 256 MiB"),
    );
    here.put("group", files.group);
    here.put("passwd", files.passwd);
    here.put("subuid", "\n".repeat(2 ** 22));
    expect(here.run("add", "alice")).toEqual(
      failed("cannot read DIR/etc/subuid: it has more than 4194304 lines"),
    );
  });
  it("changes nothing where no file may grow", () => {
    expect(addBy(`ulimit -f 0; exec "$@"`, "alice", "300000:1")).toEqual(
      failed("cannot lock DIR/etc/subuid: file too large; raise the limit of the file size (ulimit -f)"),
    );
    expect([here.text("subuid"), here.text("subgid")]).toEqual([files.subuid, files.subgid]);
  });
  it("writes into no table what it has to say, where the descriptors for that are closed", () => {
    expect(addBy(`exec "$@" <&- >&- 2>&-`, "alice", "300000:1").status).toBe(0);
    expect(here.text("subuid")).toBe(`${files.subuid}alice:300000:1\n`);
    expect(here.text("subgid")).toBe(`${files.subgid}alice:300000:1\n`);
  });
});

describe.skipIf(!canMount || !canRun("cc", "--version"))(
  "the name service (needs root, namespaces and cc)",
  () => {
    it("may call a user what would be two lines", () => {
      const libraries = mkdtempSync(join(tmpdir(), "libraries-"));
      execFileSync("cc", [
        "-shared",
        "-fPIC",
        "-o",
        join(libraries, "libnss_odd.so.2"),
        "test/ctl/libnss_odd.c",
      ]);
      here.put("nsswitch.conf", "passwd: files odd\n");
      expect(here.inside(`LD_LIBRARY_PATH=${libraries} $usernsctl add 4000 300000:1`)).toEqual(
        done("/etc/subuid: added 4000:300000:1\n/etc/subgid: added 4000:300000:1\n"),
      );
      expect(here.text("subgid")).toBe(`${files.subgid}4000:300000:1\n`);
      rmSync(libraries, { recursive: true });
    });
  },
);
