// SPDX-License-Identifier: MIT
//
// The memory of the logic does not grow with the tables.
import { describe, expect, it } from "vitest";
import { moduleOf } from "./fake-host.js";
import { asking, run } from "./run.js";

const small = run().pages;

describe("the memory", () => {
  it("is imported or exported by nobody but the host, and capped", () => {
    for (const tool of ["newuidmap", "newgidmap"] as const) {
      const exported = WebAssembly.Module.exports(moduleOf(tool));
      expect(exported).toEqual(
        expect.arrayContaining([
          { name: "main", kind: "function" },
          { name: "memory", kind: "memory" },
        ]),
      );
      expect(exported).toHaveLength(2);
      const instance = new WebAssembly.Instance(moduleOf(tool), {
        host: Object.fromEntries(
          WebAssembly.Module.imports(moduleOf(tool)).map(({ name }) => [name, () => 0]),
        ),
      });
      const memory = instance.exports.memory as WebAssembly.Memory;
      expect(memory.buffer.byteLength).toBe(2 * 65536);
      memory.grow(14);
      expect(() => memory.grow(1)).toThrow(RangeError);
    }
  });

  it("is the same for a million lines as for one", () => {
    const others = Array.from({ length: 1_000_000 }, (_, i) => `alicf${i}:${i}:65536\n`).join("");
    const { status, pages } = run({ table: `${others}alice:100000:65536\n` });
    expect({ status, pages }).toEqual({ status: 0, pages: small });
  });

  it("is the same for a million of the caller's lines that are one range", () => {
    const lines = Array.from({ length: 1_000_000 }, (_, i) => `alice:${100000 + i}:1\n`).join("");
    const { status, pages } = run({ table: lines, args: asking("0 100000 1000000") });
    expect({ status, pages }).toEqual({ status: 0, pages: small });
  });

  it("is the same for a million users", () => {
    const users = Array.from({ length: 1_000_000 }, (_, i) => `u${i}:x:${2000 + i}:100::/:\n`).join("");
    const { status, pages } = run({ passwd: `${users}alice:x:1000:1000::/:\n` });
    expect({ status, pages }).toEqual({ status: 0, pages: small });
  });

  it("is the same for a million lines of /etc/usernamespaces, sound and broken, about other ids", () => {
    const line = (i: number) =>
      [`*:${4e6 + 20 * i}:10:each=5`, `bob:${i}:1:reserved`, `alice:${i}:x:`][i % 3];
    const others = Array.from({ length: 1_000_000 }, (_, i) => `${line(i)}\n`).join("");
    const usernamespaces = `${others}alice:3000000:65536:\n`;
    const { status, pages } = run({ usernamespaces, args: asking("0 3000000 65536") });
    expect({ status, pages }).toEqual({ status: 0, pages: small });
  });

  it("is the same for a million lines of /etc/usernamespaces that are one range", () => {
    const lines = Array.from(
      { length: 1_000_000 },
      (_, i) => `alice:${100000 + i}:1:gid,deny-setgroups\n`,
    ).join("");
    const asked = { tool: "newgidmap" as const, usernamespaces: lines, args: asking("0 100000 1000000") };
    const { status, pages, setgroups } = run(asked);
    expect({ status, pages, setgroups }).toEqual({ status: 0, pages: small, setgroups: "deny" });
  });

  it("is the same for a line of ten million bytes", () => {
    const long = "x".repeat(10_000_000);
    const files = { passwd: `${long}\nalice:x:1000:1000::/:\n`, table: `${long}\nalice:100000:65536\n` };
    const usernamespaces = `${long}\n*:1:1:${long}\n#${long}`;
    expect(run({ ...files, nsswitch: long, usernamespaces })).toMatchObject({ status: 0, pages: small });
  });

  it("suffices for a refusal that is explained, however many lines there are", () => {
    const sound = Array.from({ length: 16_000 }, (_, i) => `alice:${3 * i}:1\n`).join("");
    const lines = sound + "alice:1:x\n".repeat(100_000);
    const { status, trapped, pages } = run({ table: lines, args: asking("0 1 1") });
    expect({ status, trapped }).toEqual({ status: 1, trapped: false });
    expect(pages).toBeLessThanOrEqual(16);
  });
});
