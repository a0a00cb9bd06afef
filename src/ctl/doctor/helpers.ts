// SPDX-License-Identifier: MIT
//
// Whether newuidmap and newgidmap are there and have their privilege.
import { plain } from "../output.js";
import { type Check, type Finding, ok, problem, warning } from "./finding.js";
import type { Machine } from "./machine.js";

const SETUID = 0o4000;
const capabilities = { newuidmap: ["cap_setuid", 7], newgidmap: ["cap_setgid", 6] } as const;
type Helper = keyof typeof capabilities;

/** The two programs. */
export const checkHelpers: Check = (machine) =>
  (Object.keys(capabilities) as Helper[]).flatMap((name) => checkHelper(machine, name));

function checkHelper(machine: Machine, name: Helper): Finding[] {
  const { usable, others: barred } = machine.programs(name);
  const [first, ...others] = usable;
  if (first === undefined) return [lacking(machine, name, barred)];
  const { uid = 0, mode = 0 } = machine.stat(first) ?? {};
  const [capability] = capabilities[name];
  const privilege = privilegeOf(machine, first, name);
  const shadowed = others.filter((path) => !isSame(machine, first, path));
  const hides = shadowed.length > 0 ? `, and hides ${shadowed.join(", ")}` : "";
  if (privilege === undefined)
    return [
      problem(
        name,
        `${first} has neither ${capability} as a file capability nor setuid root: copies and images lose it${hides}`,
        `as root: setcap ${capability}=ep ${first}${hides ? `, or take ${first} away` : ""}`,
      ),
    ];
  if (uid !== 0 || (mode & 0o022) !== 0)
    return [
      problem(
        name,
        `others than root can write ${first}`,
        `as root: chown root ${first}; chmod go-w ${first}`,
      ),
    ];
  if (machine.mountOf(first)?.options.includes("nosuid"))
    return [
      problem(
        name,
        `${first} lies on a file system that is mounted with nosuid, where its privilege does not count`,
        `as root: mount -o remount,suid ${machine.mountOf(first)?.point}, or install it elsewhere`,
      ),
    ];
  if (hides)
    return [warning(name, `${first}: ${privilege}${hides}`, "see that it is the one you mean: PATH decides")];
  return [ok(name, `${first}: ${privilege}`)];
}

function lacking({ path, account }: Machine, name: Helper, [barred]: string[]): Finding {
  if (barred === undefined)
    return problem(name, `there is none in PATH (${path.join(":")})`, "install it: see the README");
  const who = plain(account.name ?? `uid ${account.uid}`);
  return problem(
    name,
    `${who} may not execute ${barred}`,
    `as root: chmod a+x ${barred}, and the directories that it lies in`,
  );
}

/** What gives a program its privilege; undefined if nothing does. */
function privilegeOf(machine: Machine, path: string, name: Helper): string | undefined {
  const { uid, mode = 0 } = machine.stat(path) ?? {};
  const [capability, number] = capabilities[name];
  if (hasCapability(machine.attribute(path, "security.capability"), number)) return capability;
  return uid === 0 && (mode & SETUID) !== 0 ? "setuid root" : undefined;
}

/** Whether an attribute security.capability makes the capability permitted and effective: capabilities(7). */
export function hasCapability(attribute: Buffer | undefined, number: number): boolean {
  if (!attribute || attribute.length < 8) return false;
  const effective = (attribute.readUInt32LE(0) & 1) !== 0;
  return effective && (attribute.readUInt32LE(4) & (1 << number)) !== 0;
}

/** A directory may stand in PATH under two names, as /bin and /usr/bin do. */
function isSame(machine: Machine, one: string, other: string): boolean {
  const [a, b] = [machine.stat(one), machine.stat(other)];
  return a?.ino === b?.ino && a?.dev === b?.dev;
}

/** Whether the caller's own processes may have privilege at all. */
export const checkCaller: Check = (machine) => {
  const status = machine.text("/proc/self/status");
  const value = (name: string) => new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(status)?.[1];
  const bounding = value("CapBnd");
  const findings: Finding[] = [];
  if (value("NoNewPrivs") === "1")
    findings.push(
      problem(
        "no_new_privs",
        "it is set here: no program has more privilege than its caller",
        "start it elsewhere: NoNewPrivileges= of a systemd unit, a container's security options and sandboxes set it",
      ),
    );
  else if (value("NoNewPrivs") === "0") findings.push(ok("no_new_privs", "it is not set here"));
  const lost = Object.values(capabilities).filter(
    ([, number]) => bounding !== undefined && ((BigInt(`0x${bounding}`) >> BigInt(number)) & 1n) === 0n,
  );
  if (lost.length > 0)
    findings.push(
      problem(
        "bounding set",
        `${lost.map(([capability]) => capability).join(" and ")} can be had by no program here`,
        "start it elsewhere: CapabilityBoundingSet= of a systemd unit or a container's options take it away",
      ),
    );
  else if (bounding !== undefined) findings.push(ok("bounding set", "holds cap_setuid and cap_setgid"));
  return findings;
};
