// SPDX-License-Identifier: MIT
//
// The programs that ship, called for all requests on a table: driver.c.
import { createRequire } from "node:module";
import { join } from "node:path";
import { kindOf, type Tool } from "../model/world.js";
import { refusal, type Tables } from "./reference.js";
import { type Person, passwd, requestsOf, type SmallWorld } from "./world.js";

/** As src/ctl/libc.ts loads it. */
const koffi = createRequire(import.meta.url)("koffi/indirect") as typeof import("koffi");

const files = { passwd: 0, subuid: 3, subgid: 4, usernamespaces: 5 };

/** A program's logic in a world. */
export class Subject {
  readonly #setTable;
  readonly #decide;
  readonly #verdicts: Buffer;
  /** What the library keeps pointers to. */
  readonly #kept = new Map<string, Buffer>();

  constructor(
    readonly tool: Tool,
    world: SmallWorld,
    folder: string,
  ) {
    const library = koffi.load(join(folder, `${tool}.so`));
    const requests = requestsOf(world);
    const words = requests.map((request) => {
      const all = request.map(({ inside, outside, count }) => [inside, outside, count]);
      const map = all.map((extent) => `${extent.join(" ")}\n`).join("");
      return ["7", ...all.flat(), "", map, ...all.map(refusal)].map((word) => `${word}\0`).join("");
    });
    this.#setTable = library.func("void set_table(uint32_t which, void *text, uint32_t size)");
    this.#decide = library.func(
      "bool decide(uint32_t uid, uint32_t gid, const char *members, _Out_ uint8_t *verdicts)",
    );
    this.#verdicts = Buffer.alloc(requests.length);
    const text = Buffer.from(words.join(""), "latin1");
    this.#kept.set("requests", text);
    library.func("void set_requests(void *text, uint32_t count)")(text, requests.length);
    this.#set("passwd", passwd(world));
  }

  /** The verdicts on all requests of a person's, a byte for each as verdict.h has it; overwritten by the next call. */
  verdicts(person: Person, tables: Tables): Buffer {
    this.#set(kindOf(this.tool) === "uid" ? "subuid" : "subgid", tables.subids);
    this.#set("usernamespaces", tables.usernamespaces);
    const clean = this.#decide(person.id, person.id, person.groups, this.#verdicts);
    if (!clean) throw new Error("a run left the memory changed beyond what it is started with");
    return this.#verdicts;
  }

  #set(file: keyof typeof files, content: string): void {
    const text = Buffer.from(content, "latin1");
    this.#kept.set(file, text);
    this.#setTable(files[file], text, text.length);
  }
}
