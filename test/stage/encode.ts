// SPDX-License-Identifier: MIT
//
// Commands as lines of the stage's protocol, and its replies as outcomes. protocol.h describes the lines.

import { constants as fs } from "node:fs";
import { constants as os } from "node:os";
import {
  type Caller,
  type Case,
  capabilities,
  type Descriptor,
  type File,
  type Install,
  limits,
  type OpenFlag,
  type Outcome,
  type SpecialFile,
  type Target,
} from "./types.js";

const openFlags: Record<OpenFlag, number> = {
  O_RDONLY: fs.O_RDONLY,
  O_WRONLY: fs.O_WRONLY,
  O_RDWR: fs.O_RDWR,
  O_DIRECTORY: fs.O_DIRECTORY,
  O_NOFOLLOW: fs.O_NOFOLLOW,
  // Node.js does not name it.
  O_PATH: 0o10000000,
};

const escapes = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

function field(value: string | Uint8Array | number): string {
  const bytes = Buffer.from(typeof value === "number" ? String(value) : value).toString("latin1");
  return bytes.replace(/[^ -$&-~]/g, (byte) => escapes[byte.charCodeAt(0)] as string);
}

/** A whole command. */
export function command(name: string, ...fields: (string | Uint8Array | number)[]): string {
  return `${[name, ...fields.map(field)].join("\t")}\n`;
}

/** The command that puts a file where the test wants it. */
export function fileCommand(path: string, file: File): string {
  if (file === null) return command("file", path, "-", 0, 0, 0);
  const { content = "", symlink, fifo, directory, mode, uid = 0, gid = 0 } = asSpecial(file);
  const [type, last, usual] =
    symlink !== undefined
      ? ["l", symlink, 0o777]
      : fifo
        ? ["p", "", 0o644]
        : directory
          ? ["d", "", 0o755]
          : ["f", content, 0o644];
  return command(
    "file",
    path,
    type as string,
    (mode ?? (usual as number)).toString(8),
    uid,
    gid,
    last as string,
  );
}

function asSpecial(file: string | Uint8Array | SpecialFile): SpecialFile {
  return typeof file === "string" || file instanceof Uint8Array ? { content: file } : file;
}

/** The command that copies a program, with its privilege. */
export function copyCommand(source: string, path: string, options: Install): string {
  const { caps = [], setuid, mode = setuid ? 0o4755 : 0o755, uid = 0, gid = 0 } = options;
  const mask = caps.reduce((sum, name) => sum | (1n << BigInt(capabilities[name])), 0n);
  return command("copy", source, path, mode.toString(8), uid, gid, mask.toString(16));
}

function descriptor(number: string, of: Descriptor): string {
  if (of === "pidfd") return `fd=${number}:0:pidfd`;
  const flags = (of.flags ?? ["O_RDONLY"]).reduce((sum, name) => sum | openFlags[name], 0);
  return `fd=${number}:${flags.toString(8)}:${of.path}`;
}

function callerFields(caller: Caller): string[] {
  const { env = { PATH: "/usr/bin:/bin" }, groups = [] } = caller;
  return [
    `uid=${caller.uid}`,
    `gid=${caller.gid}`,
    `groups=${groups.join(",")}`,
    ...Object.entries(env).map(([name, value]) => `env=${name}=${value}`),
    ...(caller.noNewPrivs ? ["noNewPrivs=1"] : []),
    ...Object.entries(caller.limits ?? {}).map(
      ([name, value]) => `rlimit=${limits[name as keyof typeof limits]}:${value}:${value}`,
    ),
    ...Object.entries(caller.fds ?? {}).map(([number, of]) => descriptor(number, of)),
    ...(caller.close ?? []).map((number) => `close=${number}`),
    ...(caller.ignore ?? []).map((name) => `ignore=${os.signals[name]}`),
    ...(caller.block ?? []).map((name) => `block=${os.signals[name]}`),
    ...(["cwd", "stdin", "stdout", "stderr"] as const).flatMap((key) =>
      caller[key] === undefined ? [] : [`${key}=${caller[key]}`],
    ),
  ];
}

function targetFields(target: Target, caller: Caller): string[] {
  return [
    `target.namespaces=${target.namespaces ?? 1}`,
    `target.uid=${target.uid ?? caller.uid}`,
    `target.gid=${target.gid ?? caller.gid}`,
    `target.groups=${(target.groups ?? []).join(",")}`,
    ...(target.undumpable ? ["target.undumpable=1"] : []),
    ...(target.denySetgroups ? ["target.deny=1"] : []),
    ...(["uidMap", "gidMap", "end"] as const).flatMap((key) =>
      target[key] === undefined ? [] : [`target.${key}=${target[key]}`],
    ),
  ];
}

/** The command that runs a case. */
export function runCommand({ program, argv, caller, target = {}, timeout = 10_000 }: Case): string {
  const path = program ?? argv[0];
  if (path === undefined) throw new Error("a case needs a program or an argv[0]");
  return command(
    "run",
    `program=${path}`,
    ...argv.map((argument) => `arg=${argument}`),
    ...callerFields(caller),
    ...(target === null ? [] : targetFields(target, caller)),
    `timeout=${timeout}`,
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// The stage sends one character a byte.
function decode(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it tests for
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

function normalised(map: string): string {
  return map
    .trim()
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "))
    .join("\n");
}

/** The outcome in a reply to `run`. */
export function outcome(reply: Record<string, unknown>): Outcome {
  const raw = reply as unknown as Outcome;
  const tidy = { ...raw, stdout: decode(raw.stdout), stderr: decode(raw.stderr), log: raw.log.map(decode) };
  if (raw.uidMap !== undefined) tidy.uidMap = normalised(raw.uidMap);
  if (raw.gidMap !== undefined) tidy.gidMap = normalised(raw.gidMap);
  if (raw.setgroups !== undefined) tidy.setgroups = raw.setgroups.trim();
  return tidy;
}
