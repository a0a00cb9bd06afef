// SPDX-License-Identifier: MIT
//
// A shell user's session in a real terminal, with ranges mapped: the shell that userns starts, and programs that it
// starts without one, which behave as under unshare.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Terminal } from "./terminal.js";

const reason = await Terminal.unavailable();
let terminal: Terminal;
beforeAll(async () => {
  if (!reason) terminal = await Terminal.open();
});
afterAll(() => terminal?.close());
beforeEach(async (context) => {
  context.skip(reason !== undefined, reason);
  await terminal.login();
});
afterEach(() => (reason ? undefined : terminal.logout()));

/** A program that says when it runs. */
const job = "sh -c 'echo up; exec sleep 1000'";
const stopped = (command: string) => `[1]+  Stopped                 ${command}`;

/** Starts the job and stops it by a key once it runs; the shell that waits then says so. */
async function stop(command: string): Promise<void> {
  await terminal.type(command);
  await terminal.shown(/^up$/m);
  await terminal.press("C-z");
  expect(await terminal.answer(command)).toEqual(["up", "^Z", stopped(command)]);
}

/** The job runs on: in the background, then in the foreground, where a key interrupts it. */
async function continueAndInterrupt(command: string): Promise<void> {
  expect(await terminal.run("jobs")).toEqual([stopped(command)]);
  expect(await terminal.run("bg")).toEqual([`[1]+ ${command} &`]);
  expect(await terminal.run("jobs")).toEqual([`[1]+  Running                 ${command} &`]);
  await terminal.type("fg");
  await terminal.taken();
  await terminal.press("C-c");
  expect(await terminal.answer("fg")).toEqual([command, "^C"]);
  expect(await terminal.run("echo $?")).toEqual(["130"]);
  expect(await terminal.run("jobs")).toEqual([]);
}

describe("the shell that userns starts", () => {
  it.each(["userns", "userns -f", "userns -p -f --mount-proc", "userns -m --disable-userns"])(
    "as %s has jobs, a status, and leaves the terminal as it was",
    async (command) => {
      const settings = await terminal.run("stty -g");
      const [tty] = await terminal.run("tty");
      await terminal.type(`PS1='inner ready$ ' ${command}`);
      await terminal.shown(/^inner ready\$$/m);
      expect(await terminal.run("id -u; tty")).toEqual(["0", tty]);
      expect((await terminal.run("cat /proc/self/uid_map")).map((line) => line.trim().split(/ +/))).toEqual([
        ["0", "1000", "1"],
        ["1", "100000", "65536"],
      ]);
      await stop(job);
      await continueAndInterrupt(job);
      await terminal.type("exit 5");
      await terminal.shown(/^ready\$$/m);
      expect(await terminal.run("echo $?")).toEqual(["5"]);
      expect(await terminal.run("stty -g")).toEqual(settings);
      expect(await terminal.run("jobs")).toEqual([]);
    },
  );
});

describe.each(["userns", "userns -f", "unshare -U --map-root-user", "unshare -U --map-root-user -f"])(
  "under %s a program without a shell",
  (starter) => {
    it("is stopped, continued and interrupted by the keys", async () => {
      const settings = await terminal.run("stty -g");
      const command = `${starter} ${job}`;
      await stop(command);
      await continueAndInterrupt(command);
      expect(await terminal.run("stty -g")).toEqual(settings);
    });

    it("ends by the key that interrupts, and its status says so", async () => {
      const command = `${starter} ${job}`;
      await terminal.type(command);
      await terminal.shown(/^up$/m);
      await terminal.press("C-c");
      expect(await terminal.answer(command)).toEqual(["up", "^C"]);
      expect(await terminal.run("echo $?")).toEqual(["130"]);
    });

    it("hears that the window has another size", async () => {
      const script = `trap "stty size" WINCH; echo up; while :; do sleep 1000 & wait $!; kill $!; done`;
      const command = `${starter} bash -c '${script}' 2>/dev/null`;
      await terminal.type(command);
      await terminal.shown(/^up$/m);
      await terminal.resize(90, 40);
      await terminal.shown(/^40 90$/m);
      await terminal.press("C-c");
      await terminal.shown(/ready\$$/);
      expect(await terminal.run("echo $?; stty size")).toEqual(["130", "40 90"]);
    });
  },
);

it("the first process of a pid namespace, which no key stops, leaves the terminal to its user all the same", async () => {
  const command = `userns -p --kill-child ${job}`;
  await stop(command);
  expect(await terminal.run("echo $?")).toEqual(["148"]);
  await terminal.run("kill -KILL %1");
});
