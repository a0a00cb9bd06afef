// SPDX-License-Identifier: MIT

/** The memory of a module, and the arrays in it that the module hands over: each is checked as native/ does. */
export class Memory {
  #memory: WebAssembly.Memory | undefined;

  /** Takes on the memory of the module, which comes into being after the calls that it imports. */
  use(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** Its size in pages of 64 KiB. */
  get pages(): number {
    return (this.#memory?.buffer.byteLength ?? 0) / 65536;
  }

  /** The bytes of an array, whose size stands in the four bytes before them; the first `length` of them. */
  array(at: number, length?: number): Uint8Array {
    const start = at >>> 0;
    const buffer = this.#memory?.buffer;
    if (!buffer || start < 4 || start > buffer.byteLength) throw new Error("a buffer outside of the memory");
    const size = new DataView(buffer).getUint32(start - 4, true);
    const wanted = length === undefined ? size : length >>> 0;
    if (size > buffer.byteLength - start) throw new Error("a buffer outside of the memory");
    if (wanted > size) throw new Error("a buffer shorter than its length");
    return new Uint8Array(buffer, start, wanted);
  }

  /** The first `length` bytes of an array, one character a byte. */
  text(at: number, length: number): string {
    return Buffer.from(this.array(at, length)).toString("latin1");
  }
}
