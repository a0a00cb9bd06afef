// SPDX-License-Identifier: MIT
//
// The transform that packs the texts: what it makes of literals, and which it refuses.
import { main } from "assemblyscript/asc";
import { describe, expect, it } from "vitest";

interface Build {
  error: string;
  wasm: Uint8Array;
}

/** Compiles a module of these sources; `entry.ts` is where it begins. */
async function build(sources: Record<string, string>): Promise<Build> {
  const written: Uint8Array[] = [];
  const stream = { write: () => {} };
  const { error } = await main(
    [
      "entry.ts",
      "-o",
      "out.wasm",
      "--transform",
      "./tools/pack-text.js",
      "--runtime",
      "stub",
      "--use",
      "abort=",
    ],
    {
      stdout: stream,
      stderr: stream,
      readFile: (name) => sources[name] ?? null,
      writeFile: (_name, bytes) => void written.push(bytes as Uint8Array),
    },
  );
  return { error: error?.message ?? "", wasm: written[0] ?? new Uint8Array() };
}

/** The UTF-16 units of what a program's `text` answers, by the size that AssemblyScript keeps before them. */
async function unitsOf(sources: Record<string, string>): Promise<string[]> {
  const { error, wasm } = await build(sources);
  expect(error).toBe("");
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const { memory, text } = instance.exports as { memory: WebAssembly.Memory; text: () => number };
  const at = text();
  const view = new DataView(memory.buffer);
  const length = view.getUint32(at - 4, true);
  return Array.from({ length: length / 2 }, (_, i) => view.getUint16(at + 2 * i, true).toString(16));
}

const text = (expression: string) => ({
  "entry.ts": `export function text(): string { return ${expression}; }`,
});

describe("a literal", () => {
  it.each([
    [`""`, []],
    [`"a"`, ["61"]],
    [`"ab"`, ["6261"]],
    [`"abc"`, ["6261", "63"]],
    [`'\\n\\x7f'`, ["7f0a"]],
    [`"a" + "b" + "c"`, ["6261", "63"]],
  ])("%s is packed", async (expression, units) => {
    expect(await unitsOf(text(expression))).toEqual(units);
  });

  it("is packed once, wherever it stands", async () => {
    const sources = {
      "entry.ts": `
        import { usual } from "./other";
        export { usual };
        class Named { constructor(readonly name: string = "abc") {} }
        export function text(): string { return new Named().name == usual() ? "yes" : "no"; }`,
      "other.ts": `const NAMES: StaticArray<string> = ["abc"]; export function usual(): string { return NAMES[0]; }`,
    };
    expect(await unitsOf(sources)).toEqual(["6579", "73"]);
  });
});

describe("the build ends", () => {
  it.each([
    [`"\\xe9"`, "a text has to be ASCII without NUL"],
    [`"–"`, "a text has to be ASCII without NUL"],
    [`"a\\0"`, "a text has to be ASCII without NUL"],
    [`"a" + text()`, "packed texts cannot be put together at run time"],
    [`text() + "a"`, "packed texts cannot be put together at run time"],
    [`text() += "a"`, "packed texts cannot be put together at run time"],
    ["`a`", "a packed text cannot be a template"],
  ])("with %s", async (expression, reason) => {
    expect(await build(text(`\n${expression}`))).toMatchObject({ error: `entry.ts:2: ${reason}` });
  });
});
