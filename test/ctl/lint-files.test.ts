// SPDX-License-Identifier: MIT
//
// What usernsctl lint says of files as a whole, and which files it takes.
import { chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Root, run, unavailable } from "./tables.js";

const good = ["alice:100000:65536"];
const silent = { status: 0, stdout: "", stderr: "" };

describe.skipIf(unavailable)(`usernsctl lint of files${unavailable && `: ${unavailable}`}`, () => {
  let root: Root;
  beforeEach(() => {
    root = new Root({ "etc/subuid": good, "etc/subgid": good });
  });
  afterEach(() => root.remove());

  it("finds a file that others can write", () => {
    root.write("etc/subuid", good, 0o664);
    const stdout =
      "etc/subuid:1:1: error: the helpers refuse this file: others than its owner can write it\n";
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
  });

  it("finds a file that is not root's", () => {
    chownSync(join(root.path, "etc/subgid"), 1000, 1000);
    const stdout = "etc/subgid:1:1: error: the helpers refuse this file: it is not root's\n";
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
  });

  it("finds a file that not everybody can read", () => {
    root.write("etc/usernamespaces", [], 0o600);
    const stdout =
      "etc/usernamespaces:1:1: warning: not everybody can read it, and the helpers read it as their caller\n";
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
  });

  it("finds a last line without an end", () => {
    root.write("etc/subuid", "alice:100000:65536");
    root.write("etc/usernamespaces", "# one\n# two");
    const stdout =
      "etc/subuid:1:19: warning: no newline at the end: newer shadow refuses the whole file\n" +
      "etc/usernamespaces:2:6: warning: no newline at the end: what is appended would join this line\n";
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
  });

  it("finds tables that another source replaces", () => {
    root.write("etc/nsswitch.conf", "subid: sss\n");
    const why = "warning: this file is not read: nsswitch.conf says subid: sss\n";
    const stdout = `etc/subuid:1:1: ${why}etc/subgid:1:1: ${why}`;
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
    root.write("etc/nsswitch.conf", "subid: files\n");
    expect(root.run("lint")).toEqual(silent);
  });

  it("follows a symbolic link", () => {
    root.write("elsewhere", ["alice:0:65536:fsid,"]);
    symlinkSync("../elsewhere", join(root.path, "etc/usernamespaces"));
    const stdout =
      "etc/usernamespaces:1:20: error: an empty flag: the line grants nothing and refuses its ids\n";
    expect(root.run("lint")).toEqual({ status: 1, stdout, stderr: "" });
  });

  it("ends with 2 where it cannot read a table", () => {
    symlinkSync("nowhere", join(root.path, "etc/usernamespaces"));
    const stderr = "usernsctl: cannot read etc/usernamespaces: it is a link that leads nowhere\n";
    expect(root.run("lint")).toEqual({ status: 2, stdout: "", stderr });
    expect(root.run("lint", "etc/nothing")).toEqual({
      status: 2,
      stdout: "",
      stderr: "usernsctl: cannot read etc/nothing: ENOENT\n",
    });
    mkdirSync(join(root.path, "folder"));
    expect(root.run("lint", "folder")).toEqual({
      status: 2,
      stdout: "",
      stderr: "usernsctl: cannot read folder: it is no regular file\n",
    });
  });

  it("takes files by name and by what is in them, whoever owns them", () => {
    const entries = ["# one", "alice:1900000000:65536:", "bob:1910000000:65536:uid,gid", "alice:1:2"];
    const wrong = "USER:START:LENGTH:FLAGS: the line does not count\n";
    root.write("draft", entries, 0o666);
    root.write("usernamespaces.new", ["alice:1:2"]);
    root.write("subgid.new", ["alice:x:2"]);
    expect(root.run("lint", "draft", "subgid.new", "usernamespaces.new")).toEqual({
      status: 1,
      stdout:
        `draft:4:10: error: not of the form ${wrong}` +
        "subgid.new:1:7: error: the start 'x' is no plain decimal number: the line does not count\n" +
        `usernamespaces.new:1:10: error: not of the form ${wrong}`,
      stderr: "",
    });
  });

  it("compares the files that it is given", () => {
    root.write("one/subuid", good);
    root.write("two/subuid", ["bob:100000:65536"]);
    expect(root.run("lint", "one/subuid")).toEqual(silent);
    expect(root.run("lint", "one/subuid", "two/subuid").stdout).toBe(
      "two/subuid:1:5: error: 100000-165535 is granted to alice too (one/subuid:1)\n",
    );
  });

  it("prints JSON", () => {
    root.write("etc/subuid", ["alice:100000:65536", "alice:x:1"]);
    const { status, stdout } = root.run("lint", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: "etc/subuid",
        line: 2,
        column: 7,
        severity: "error",
        text: "the start 'x' is no plain decimal number: the line does not count",
      },
    ]);
    expect(run({}, "lint", "--json")).toEqual({ status: 0, stdout: "[]\n", stderr: "" });
  });
});
