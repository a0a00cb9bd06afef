// SPDX-License-Identifier: MIT
//
// What counts as fallen: the test of all calls can fail.
import { expect, it } from "vitest";
import type { End, Fault } from "./injector.js";
import type { Scenario } from "./scenarios.js";
import { judge } from "./verdict.js";

const run = { argv: [], caller: { uid: 1000, gid: 1000 }, programs: [] };
const scenario: Scenario = { name: "newuidmap", what: "", files: {}, run, end: {} };
const call = { process: "0", program: "newuidmap", number: 0, turn: 1, name: "read", label: "read" };
const fault: Fault = { call, kind: "fail", value: 5, text: "EIO" };
const right: End = {
  ...{ status: 0, signal: 0, hung: false, stdout: "", stderr: "", log: "" },
  ...{ uidMap: "0 1 9\n", gidMap: "", setgroups: "deny\n", mount: "1:1 2", mounts: [31, 30] },
};
const refused: End = {
  ...right,
  ...{ status: 1, stderr: "newuidmap: no\n", uidMap: "", mount: "", mounts: [30, 30] },
};

it.each<[string, End]>([
  ["what it does otherwise", right],
  ["the same with a word more", { ...right, stderr: "newuidmap: a remark\n" }],
  ["a refusal", refused],
  ["a refusal after the usage", { ...refused, stderr: "usage: newuidmap\nnewuidmap: no\n" }],
  ["a refusal after setgroups was allowed", { ...refused, setgroups: "allow\n" }],
])("%s holds", (_, end) => {
  expect(judge(scenario, right, end, fault)).toBeUndefined();
});

it.each<[string, End, string]>([
  ["a hang", { ...right, hung: true }, "hangs"],
  ["a crash", { ...refused, status: -1, signal: 11 }, "ended by signal 11"],
  ["a part of the map", { ...right, uidMap: "0 1 5\n" }, 'uidMap "0 1 5\\n", and said ""'],
  ["a success without a map", { ...right, uidMap: "" }, 'uidMap "", and said ""'],
  ["setgroups that stays allowed", { ...right, setgroups: "allow\n" }, 'setgroups "allow\\n", and said ""'],
  ["a refusal with a map", { ...refused, uidMap: "0 1 9\n" }, 'refused, and uidMap "0 1 9\\n"'],
  ["a refusal with a mount", { ...refused, mount: "1:1 2" }, "refused, and a mount"],
  ["a refusal with a mount elsewhere", { ...refused, mounts: [31, 30] }, "refused, and a mount"],
  ["a mount that is left outside", { ...right, mounts: [31, 31] }, "a mount is left outside"],
  ["a refusal without a word", { ...refused, stderr: "" }, 'refused with ""'],
  ["another status", { ...refused, status: 2 }, "status 2"],
])("%s falls", (_, end, words) => {
  expect(judge(scenario, right, end, fault)).toBe(words);
});

it("a verdict that a fault turned falls", () => {
  expect(judge(scenario, refused, right, fault)).toContain('uidMap "0 1 9\\n"');
});
