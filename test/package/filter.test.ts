// SPDX-License-Identifier: MIT
//
// The filter of userns --disable-userns as it is compiled for aarch64, which the emulator does not apply: its
// answers, by an interpreter of the few instructions that it is made of.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { root } from "../stage/build.js";
import { compiler, emulator, unavailable } from "./cross.js";
import { run } from "./make.js";

const reason = unavailable();
beforeEach(({ skip }) => skip(reason !== undefined, reason));

type Instruction = [code: number, whenTrue: number, whenFalse: number, value: number];

let folder: string;
let filter: Instruction[];
beforeAll(() => {
  if (reason) return;
  folder = mkdtempSync(join(tmpdir(), "filter-"));
  run({ cwd: root }, "make", "-s", "build/obj/userns/program.c");
  const flags = ["-static", "-Os", "-ffunction-sections", "-Wl,--gc-sections,--wrap=prctl"];
  const include = ["-Inative", "-Ibuild/obj/userns"];
  const output = join(folder, "filter");
  run(
    { cwd: root },
    compiler,
    ...flags,
    ...include,
    "-o",
    output,
    "test/package/filter.c",
    "native/become.c",
  );
  const lines = run({ cwd: folder }, emulator, output).trim().split("\n");
  filter = lines.map((line) => line.split(" ").map(Number) as Instruction);
});
afterAll(() => folder && rmSync(folder, { recursive: true }));

const LOAD = 0x20;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_SET = 0x45;
const RETURN = 0x06;

/** What the filter returns for a call. */
function answer(machine: number, number: number, ...args: number[]): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, machine, true);
  for (const [i, value] of args.entries()) data.setBigUint64(16 + 8 * i, BigInt(value), true);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [code, whenTrue, whenFalse, value] = filter[at] ?? [];
    if (value === undefined) throw new Error("the filter has no end");
    if (code === RETURN) return value;
    if (code === LOAD) accumulator = data.getUint32(value, true);
    else if (code === AND) accumulator = (accumulator & value) >>> 0;
    else if (code === JUMP_IF_EQUAL) at += (accumulator === value ? whenTrue : whenFalse) as number;
    else if (code === JUMP_IF_SET) at += ((accumulator & value) !== 0 ? whenTrue : whenFalse) as number;
    else throw new Error(`an instruction of an unknown code ${code}`);
  }
}

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x50001;
const ENOSYS = 0x50026;
const SIGCHLD = 17;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x10000000;

test.each([
  { name: "aarch64", machine: 0xc00000b7, clone: 220, unshare: 97, setns: 268, others: [120, 337, 375] },
  { name: "32-bit ARM", machine: 0x40000028, clone: 120, unshare: 337, setns: 375, others: [220, 97, 268] },
])(
  "no user namespace is made or joined by a program of $name",
  ({ machine, clone, unshare, setns, others }) => {
    expect(answer(machine, clone, CLONE_NEWUSER | SIGCHLD)).toBe(EPERM);
    expect(answer(machine, clone, CLONE_NEWNS | SIGCHLD)).toBe(ALLOW);
    expect(answer(machine, unshare, CLONE_NEWUSER | CLONE_NEWNS)).toBe(EPERM);
    expect(answer(machine, unshare, CLONE_NEWNS)).toBe(ALLOW);
    // Whatever the kernel ignores of a 32-bit argument does not hide the flag.
    expect(answer(machine, unshare, 2 ** 32 + CLONE_NEWUSER)).toBe(EPERM);
    expect(answer(machine, setns, 3, CLONE_NEWUSER)).toBe(EPERM);
    // Of a type that is not named.
    expect(answer(machine, setns, 3, 0)).toBe(EPERM);
    expect(answer(machine, setns, CLONE_NEWUSER, CLONE_NEWNS)).toBe(ALLOW);
    expect(answer(machine, 435)).toBe(ENOSYS);
    for (const number of [...others, 0, 64, 434, 436])
      expect(answer(machine, number, CLONE_NEWUSER, CLONE_NEWUSER)).toBe(ALLOW);
  },
);

test("a program of any other machine is killed", () => {
  for (const machine of [0xc000003e, 0x40000003, 0xb7, 0x800000b7, 0]) expect(answer(machine, 0)).toBe(KILL);
});
