// SPDX-License-Identifier: MIT
//
// The command line of newfsidmap alone: src/newfsidmap/options.ts, compiled as the programs are, with an entry that
// says what it has read.
import { readFileSync } from "node:fs";
import { main as compile } from "assemblyscript/asc";

const entry = `
import { print } from "./src/host";
import { Request } from "./src/policy/request";
import { Message } from "./src/text/message";
import { readOptions } from "./src/newfsidmap/options";

function extents(text: Message, name: string, request: Request): void {
  text.text(name).text(":");
  for (let i = 0; i < request.length; i++) {
    text.text(" ").number(request.inside[i]).text(">").number(request.outside[i]).text("*").number(request.count[i]);
  }
  text.newline();
}

export function main(): void {
  const options = readOptions();
  const text = new Message(65536);
  text.text("way ").number(options.way).text(", source ").number(options.source);
  text.text(", target ").number(options.target).text(", socket ").number(options.socket);
  text.text(options.readOnly ? ", read-only" : "").text(options.noExec ? ", noexec" : "").newline();
  text.text(options.pid.byDescriptor ? "fd:" : "").number(options.pid.number).newline();
  extents(text, options.uids.kind == 0 ? "uids" : "?", options.uids);
  extents(text, options.gids.kind == 1 ? "gids" : "?", options.gids);
  print(1, text.bytes, text.length);
}
`;

/** How a run ended; status 0 is what `main` answers by returning, too. */
export interface Run {
  status: number | "trap";
  stdout: string;
  stderr: string;
}

class Exit {
  constructor(readonly status: number) {}
}

/** The wasm, compiled as the Makefile does, but for the optimisation. */
export async function commandLine(): Promise<(args: string[], print?: number) => Run> {
  const flags = /^ASC_FLAGS = (.*)$/m.exec(readFileSync("Makefile", "utf8"))?.[1] ?? "";
  const written: Uint8Array[] = [];
  const messages: string[] = [];
  const stream = { write: (text: string | Uint8Array) => void messages.push(String(text)) };
  const { error } = await compile(["entry.ts", "-o", "out.wasm", ...flags.split(" ")], {
    stdout: stream,
    stderr: stream,
    readFile: (name) => (name === "entry.ts" ? entry : read(name)),
    writeFile: (_name, bytes) => void written.push(bytes as Uint8Array),
  });
  if (error) throw new Error(messages.join(""));
  const module = new WebAssembly.Module(written[0] as BufferSource);
  return (args, print = 0) => run(module, ["newfsidmap", ...args], print);
}

function read(name: string): string | null {
  try {
    return readFileSync(name, "utf8");
  } catch {
    return null;
  }
}

/** Runs it to its end; `printed` is what printing answers. */
function run(module: WebAssembly.Module, words: string[], printed: number): Run {
  const argv = words.map((word) => Buffer.from(word, "latin1"));
  const result: Run = { status: 0, stdout: "", stderr: "" };
  const bytes = (at: number, length?: number) => {
    const size = new DataView(memory.buffer).getUint32(at - 4, true);
    if (length !== undefined && length > size) throw new Error("a buffer shorter than its length");
    return new Uint8Array(memory.buffer, at, length ?? size);
  };
  const host = {
    argumentCount: () => argv.length,
    argumentPart: (index: number, offset: number, into: number) => {
      const word = argv[index];
      if (!word || index === 0 || offset > word.length) throw new Error("no such argument");
      const part = word.subarray(offset, offset + bytes(into).length);
      bytes(into).set(part);
      return part.length;
    },
    print: (stream: number, text: number, length: number) => {
      if (printed < 0) return printed;
      result[stream === 1 ? "stdout" : "stderr"] += Buffer.from(bytes(text, length)).toString("latin1");
      return 0;
    },
    exit: (status: number) => {
      throw new Exit(status);
    },
  };
  const instance = new WebAssembly.Instance(module, { host });
  const { memory, main } = instance.exports as { memory: WebAssembly.Memory; main: () => void };
  try {
    main();
  } catch (end) {
    if (end instanceof Exit) result.status = end.status;
    else if (end instanceof WebAssembly.RuntimeError) result.status = "trap";
    else throw end;
  }
  return result;
}
