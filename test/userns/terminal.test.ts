// SPDX-License-Identifier: MIT
//
// A session of a shell user's in a real terminal: job control, resizing, and what is left behind. The own id is
// all that these sessions map, so that userns needs no privilege.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const user = process.getuid?.() === 0 ? 1000 : process.getuid?.();
const missing = spawnSync("tmux", ["-V"]).status !== 0;

let directory: string;

function tmux(...args: string[]): string {
  const env = { PATH: `${directory}:/usr/bin:/bin`, TERM: "xterm", LC_ALL: "C.UTF-8" };
  return execFileSync("tmux", ["-S", join(directory, "socket"), "-f", "/dev/null", ...args], {
    encoding: "utf8",
    cwd: directory,
    uid: user,
    gid: user,
    env,
  });
}

beforeEach((context) => {
  context.skip(missing, "tmux is missing");
  directory = mkdtempSync(join(tmpdir(), "userns-"));
  copyFileSync("build/userns", join(directory, "userns"));
  writeFileSync(join(directory, "listen"), listen);
  for (const program of ["userns", "listen"]) chmodSync(join(directory, program), 0o755);
  chownSync(directory, user as number, user as number);
  tmux("new-session", "-d", "-x", "100", "-y", "50", "env PS1='ready$ ' bash --norc --noprofile");
  tmux("set-option", "-g", "status", "off");
  tmux("set-option", "-g", "window-size", "manual");
});
afterEach(() => {
  if (!directory) return;
  tmux("kill-server");
  rmSync(directory, { recursive: true });
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** What stands on the screen once the pattern does; the test's own time is the limit. */
async function shown(pattern: RegExp): Promise<string> {
  for (;;) {
    const screen = tmux("capture-pane", "-pJ").replaceAll(/ +$/gm, "").trimEnd();
    if (pattern.test(screen)) return screen;
    await pause();
  }
}

/** Types a line at the prompt and clears the screen before. */
async function type(line: string): Promise<void> {
  await shown(/ready[$#] ?$/);
  tmux("send-keys", "-R", ";", "clear-history");
  tmux("send-keys", "-l", line);
  tmux("send-keys", "Enter");
}

/** What a command line prints, up to the next prompt. */
async function output(line: string): Promise<string> {
  await type(`${line}; echo end'ed'`);
  const screen = await shown(/^ended\n.*ready[$#]$/m);
  return screen.split("\n").slice(1, -2).join("\n");
}

/** Until the terminal is that program's. */
async function foreground(program: string): Promise<void> {
  while (tmux("display-message", "-p", "#{pane_current_command}").trim() !== program) await pause();
}

/** A program that says what happens to it. */
const listen = `#!/bin/bash
trap 'echo going' CONT
trap 'echo size $(stty size)' WINCH
echo up
while :; do read -r word && [ "$word" ] && echo "heard $word"; done
`;

describe("in a terminal", () => {
  it.each(["-r", "-rf", "-r --kill-child", "-rm --disable-userns"])(
    "a job under %s is stopped, continued, resized and interrupted",
    async (options) => {
      const before = await output("stty -g");
      await type(`userns ${options} ./listen`);
      await shown(/^up$/m);
      tmux("send-keys", "C-z");
      await shown(/^\[1\]\+ +Stopped/m);
      expect(await output("jobs")).toMatch(/^\[1\]\+ +Stopped .*userns/);
      await type("fg");
      await shown(/^going$/m);
      tmux("send-keys", "-l", "you");
      tmux("send-keys", "Enter");
      await shown(/^heard you$/m);
      tmux("resize-window", "-x", "90", "-y", "40");
      // The size arrives when the terminal sees fit, and the shell runs the trap when it has read a line.
      while (!/^size 40 90$/m.test(tmux("capture-pane", "-p"))) {
        tmux("send-keys", "Enter");
        await pause();
      }
      tmux("send-keys", "C-z");
      await shown(/^\[1\]\+ +Stopped/m);
      await type("fg");
      await shown(/^going$/m);
      tmux("send-keys", "C-c");
      expect(await output("echo status $?")).toBe("status 130");
      expect(await output("jobs")).toBe("");
      expect(await output("stty -g")).toBe(before);
    },
  );

  it.each(["-r", "-rf", "-rpf --mount-proc"])("a shell under %s has jobs of its own", async (options) => {
    await type(`PS1='inner ready$ ' userns ${options} bash --norc --noprofile`);
    await shown(/^inner ready[$#]$/m);
    expect(await output("id -u; tty")).toMatch(/^0\n\/dev\/pts\/[0-9]+$/);
    await type("sleep 1000");
    await foreground("sleep");
    tmux("send-keys", "C-z");
    await shown(/^\[1\]\+ +Stopped/m);
    expect(await output("kill %1; fg 2>&1 | tail -n 1; echo still here")).toContain("still here");
    await type("exit 5");
    await shown(/^ready[$#]$/m);
    expect(await output("echo status $?")).toBe("status 5");
  });
});
