// SPDX-License-Identifier: MIT
//
// A user's terminal on the stage: tmux, and in it a shell. What he sees is read off the screen.
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Stage } from "../stage/stage.js";

const uid = 1000;
const gid = 1000;
const home = "/tmp/alice";
const patience = 20_000;
/** What the shell prints when it waits; one inside a namespace has a word before it. */
const prompt = "ready$";

const shells = `#!/bin/sh
exec /bin/bash --norc --noprofile
`;

/** The stage's /dev has no terminals. */
const terminals = `mkdir /dev/pts && mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts /dev/pts &&
ln -s pts/ptmx /dev/ptmx && mknod -m 666 /dev/tty c 5 0`;

export class Terminal {
  // Each login has a server of its own: the one before may still be ending.
  #logins = 0;

  private constructor(private readonly stage: Stage) {}

  /** Why there can be no terminal here; undefined if there can. */
  static async unavailable(): Promise<string | undefined> {
    return existsSync("/usr/bin/tmux") ? Stage.unavailable() : "tmux is missing";
  }

  static async open(): Promise<Terminal> {
    const stage = await Stage.start({ etc: "hermetic" });
    await stage.install("build/userns", "userns", { caps: ["cap_setuid", "cap_setgid"] });
    await stage.files({
      "/etc/subuid": "alice:100000:65536\n",
      "/etc/subgid": "alice:100000:65536\n",
      [home]: { directory: true, uid, gid },
      "/tmp/shell": { content: shells, mode: 0o755 },
    });
    const argv = ["/bin/sh", "-c", terminals];
    const { status, stderr } = await stage.exec({ argv, caller: { uid: 0, gid: 0 } });
    if (status !== 0) throw new Error(stderr);
    return new Terminal(stage);
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  async #tmux(...words: string[]): Promise<string> {
    const env = {
      PATH: "/mnt/programs:/usr/bin:/bin",
      PS1: "ready$ ",
      SHELL: "/tmp/shell",
      TERM: "xterm",
      HOME: home,
      LC_ALL: "C.UTF-8",
    };
    const { status, stdout, stderr } = await this.stage.exec({
      program: "/usr/bin/tmux",
      argv: ["tmux", "-S", `${home}/socket${this.#logins}`, "-f", "/dev/null", ...words],
      caller: { uid, gid, env, cwd: home },
    });
    if (status !== 0) throw new Error(`tmux ${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Opens a window with a new shell. */
  async login(): Promise<void> {
    this.#logins++;
    const size = ["-x", "100", "-y", "50"];
    const options = ["set-option", "-g", "status", "off", ";", "set-option", "-g", "window-size", "manual"];
    await this.#tmux("new-session", "-d", ...size, "/tmp/shell", ";", ...options);
    await this.shown(/^ready\$$/);
  }

  /** Closes it with all that runs in it. */
  async logout(): Promise<void> {
    await this.#tmux("kill-server");
  }

  async screen(): Promise<string> {
    const text = await this.#tmux("capture-pane", "-pJ");
    return text.replaceAll(/ +$/gm, "").trimEnd();
  }

  /** The screen once the pattern stands on it. */
  async shown(pattern: RegExp): Promise<string> {
    const end = Date.now() + patience;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (Date.now() > end) throw new Error(`${pattern} is not shown:\n${screen}`);
      await sleep(20);
    }
  }

  /** Presses keys, which have tmux's names. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** Types a line at the prompt, on an empty screen. */
  async type(line: string): Promise<void> {
    await this.shown(/ready\$$/);
    await this.#tmux("send-keys", "-R", ";", "clear-history");
    await this.#tmux("send-keys", "-l", line);
    await this.press("Enter");
  }

  /** The lines between one that is typed and the next prompt. */
  async run(line: string): Promise<string[]> {
    await this.type(line);
    return this.answer(line);
  }

  /** The lines after a first one, once the shell waits again. */
  async answer(first: string): Promise<string[]> {
    const end = Date.now() + patience;
    for (;;) {
      const lines = (await this.screen()).split("\n");
      if (lines[0] === first && lines.length > 1 && lines.at(-1)?.endsWith(prompt)) return lines.slice(1, -1);
      if (Date.now() > end) throw new Error(`no answer to '${first}':\n${lines.join("\n")}`);
      await sleep(20);
    }
  }

  /** Waits until the shell has given the terminal to a program. */
  async taken(): Promise<void> {
    const end = Date.now() + patience;
    while ((await this.#tmux("display-message", "-p", "#{pane_current_command}")).trim() === "bash") {
      if (Date.now() > end) throw new Error(`the shell keeps the terminal:\n${await this.screen()}`);
      await sleep(20);
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }
}
