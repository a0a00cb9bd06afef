// SPDX-License-Identifier: MIT

/** The memory of a module, and the arrays in it that the module hands over: each is checked as native/ does. */
export class Memory {
  #memory: WebAssembly.Memory | undefined;
  /** All of it, made anew only when it has grown: there are calls for each line of a table. */
  #bytes = Buffer.alloc(0);

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
    const size = this.#sizeAt(start);
    const wanted = length === undefined ? size : length >>> 0;
    if (wanted > size) throw new Error("a buffer shorter than its length");
    return new Uint8Array(this.#bytes.buffer, start, wanted);
  }

  /** The first `count` numbers of an array of them. */
  numbers(at: number, count: number): Float64Array {
    const { buffer, byteOffset } = this.array(at, count * Float64Array.BYTES_PER_ELEMENT);
    return new Float64Array(buffer, byteOffset, count);
  }

  /** The bytes [from, to) of an array, one character a byte. */
  text(at: number, from: number, to: number): string {
    const start = at >>> 0;
    if (to >>> 0 > this.#sizeAt(start)) throw new Error("a buffer shorter than its length");
    return this.#bytes.toString("latin1", start + from, start + to);
  }

  #sizeAt(start: number): number {
    const buffer = this.#memory?.buffer;
    if (!buffer) throw new Error("a buffer outside of the memory");
    if (this.#bytes.buffer !== buffer) this.#bytes = Buffer.from(buffer);
    const { length } = this.#bytes;
    if (start < 4 || start > length) throw new Error("a buffer outside of the memory");
    const size = this.#bytes.readUInt32LE(start - 4);
    if (size > length - start) throw new Error("a buffer outside of the memory");
    return size;
  }
}
