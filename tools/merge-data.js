// SPDX-License-Identifier: MIT
//
// Joins the data segments of a WebAssembly module into one, the gaps filled with the zeros that stand there
// anyway. asc leaves some four hundred of them, two for each string, and wasm2c makes a checked copy of
// each: 13 KB of code that runs at every start.
//
// usage: node tools/merge-data.js MODULE.wasm
import { readFileSync, writeFileSync } from "node:fs";

const DATA_COUNT = 12;
const DATA = 11;
const I32_CONST = 0x41;
const END = 0x0b;

/** Reads the numbers and bytes of a module one after the other. */
class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** @param {number} length */
  take(length) {
    if (this.at + length > this.bytes.length) throw new Error("the module ends too early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  byte() {
    return /** @type {number} */ (this.take(1)[0]);
  }

  /** An LEB128 number, here always small and not negative. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}

/** @param {number} value */
function number(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 0x80)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** The same for a signed number that is not negative: the sign bit of its last byte has to be clear. @param {number} value */
function signed(value) {
  const bytes = number(value);
  const last = bytes.pop() ?? 0;
  return last < 0x40 ? [...bytes, last] : [...bytes, last | 0x80, 0];
}

/** The one segment that stands for all of a data section. @param {Uint8Array} section */
function merged(section) {
  const reader = new Reader(section);
  const segments = [];
  for (let left = reader.number(); left > 0; left--) {
    if (reader.number() !== 0 || reader.byte() !== I32_CONST) throw new Error("a segment of an unknown kind");
    const start = reader.number();
    if (reader.byte() !== END) throw new Error("a segment whose start is not a constant");
    segments.push({ start, bytes: reader.take(reader.number()) });
  }
  const start = Math.min(...segments.map((segment) => segment.start));
  const end = Math.max(...segments.map((segment) => segment.start + segment.bytes.length));
  const bytes = new Uint8Array(end - start);
  for (const segment of segments) bytes.set(segment.bytes, segment.start - start);
  return [1, 0, I32_CONST, ...signed(start), END, ...number(bytes.length), ...bytes];
}

/** @param {Uint8Array} module */
function merge(module) {
  const reader = new Reader(module);
  const output = [...reader.take(8)];
  while (reader.at < module.length) {
    const id = reader.byte();
    const section = reader.take(reader.number());
    if (id === DATA_COUNT) continue;
    const body = id === DATA ? merged(section) : [...section];
    output.push(id, ...number(body.length), ...body);
  }
  return Uint8Array.from(output);
}

const file = process.argv[2];
if (file === undefined) throw new Error("usage: merge-data.js MODULE.wasm");
writeFileSync(file, merge(readFileSync(file)));
