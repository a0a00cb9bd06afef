// SPDX-License-Identifier: MIT
//
// Settings of the kernel.
import { type Check, ok, problem, warning } from "./finding.js";
import type { Machine } from "./machine.js";

/** The number in a file of /proc/sys; undefined if the kernel has none. */
function setting(machine: Machine, path: string): number | undefined {
  const text = machine.text(`/proc/sys/${path}`).trim();
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** Fewer do not last long for containers that nest. */
const FEW_NAMESPACES = 64;

/** How many user namespaces a user may make. */
export const checkMost: Check = (machine) => {
  const name = "user.max_user_namespaces";
  const most = setting(machine, "user/max_user_namespaces");
  const advice = `as root: sysctl -w ${name}=15000, and the same in /etc/sysctl.d`;
  if (most === undefined)
    return [
      problem(name, "the kernel has no user namespaces", "take a kernel that is built with CONFIG_USER_NS"),
    ];
  if (most === 0) return [problem(name, "0: nobody may make a user namespace", advice)];
  if (most < FEW_NAMESPACES) return [warning(name, `${most}: few user namespaces for each user`, advice)];
  return [ok(name, String(most))];
};

/** Debian's switch. */
export const checkClone: Check = (machine) => {
  const name = "kernel.unprivileged_userns_clone";
  const value = setting(machine, "kernel/unprivileged_userns_clone");
  if (value === undefined) return [];
  if (value !== 0) return [ok(name, String(value))];
  const advice = `as root: sysctl -w ${name}=1, and the same in /etc/sysctl.d`;
  return [problem(name, "0: only root may make a user namespace", advice)];
};

/** Ubuntu's. */
export const checkAppArmor: Check = (machine) => {
  const name = "kernel.apparmor_restrict_unprivileged_userns";
  const value = setting(machine, "kernel/apparmor_restrict_unprivileged_userns");
  if (value === undefined) return [];
  if (value === 0) return [ok(name, "0")];
  return [
    warning(
      name,
      `${value}: a program without a profile of AppArmor has no capabilities in the user namespace that it makes`,
      "give the program that makes it a profile with `userns,` in /etc/apparmor.d; packages of podman and others bring one",
    ),
  ];
};

/** Whether programs that had privilege can be traced and leave cores. */
export const checkDumpable: Check = (machine) => {
  const name = "fs.suid_dumpable";
  const value = setting(machine, "fs/suid_dumpable");
  if (value === undefined) return [];
  if (value !== 1) return [ok(name, String(value))];
  return [
    problem(
      name,
      "1: programs with privilege can be traced by their callers, so that the helpers do not ask the name service",
      `as root: sysctl -w ${name}=2, and the same in /etc/sysctl.d`,
    ),
  ];
};

/** Whether the helpers' callers see processes in /proc. */
export const checkHidepid: Check = (machine) => {
  const mount = machine.mountOf("/proc");
  if (mount?.type !== "proc") return [];
  const option = mount.options.find((each) => each.startsWith("hidepid="));
  if (option === undefined || /=(0|off)$/.test(option)) return [ok("/proc", "shows all processes")];
  return [
    warning(
      "/proc",
      `it is mounted with ${option}: processes that users cannot trace are hidden from them and their containers' tools`,
      "as root: mount -o remount,hidepid=0 /proc",
    ),
  ];
};
