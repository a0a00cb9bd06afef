// SPDX-License-Identifier: MIT
//
// The system calls of the helpers and the errors with which each is made to fail: those of its manual page that these
// programs can meet, and EPERM or ENOSYS where the seccomp filter of a container may answer so.
import { constants } from "node:os";
import type { Call, Fault } from "./injector.js";

/** Node.js does not name EUSERS. */
const errnos: Record<string, number | undefined> = { ...constants.errno, EUSERS: 87 };

function errno(name: string): number {
  const value = errnos[name];
  if (value === undefined) throw new Error(`no error ${name}`);
  return value;
}

const opens = "ENOENT EACCES ELOOP ENOTDIR EINTR EMFILE ENFILE ENOMEM EIO EPERM";
const stats = "ENOENT EACCES ELOOP ENOTDIR ENOMEM EIO";
const forks = "EAGAIN ENOMEM EPERM ENOSYS";
/** EPIPE and ECONNRESET say that there is no other end, where there is one. */
const sends = "EAGAIN EINTR ENOBUFS EPERM EPIPE ECONNRESET";
const receives = "EAGAIN EINTR ENOMEM EPERM ECONNRESET";
const sockets = "EMFILE ENFILE ENOMEM EACCES EAFNOSUPPORT";
const executes = "ENOENT EACCES ENOMEM E2BIG ETXTBSY EPERM";
const ids = "EPERM EAGAIN EINVAL ENOMEM";

/** The number on x86-64, and the errors. */
const rows: Record<string, [number, string]> = {
  read: [0, "EIO EINTR EAGAIN EISDIR ENOMEM"],
  write: [1, "EIO EINTR EAGAIN ENOSPC EPIPE EPERM EINVAL"],
  open: [2, opens],
  close: [3, "EIO EINTR"],
  stat: [4, stats],
  fstat: [5, "ENOMEM EIO EBADF"],
  lstat: [6, stats],
  poll: [7, "EINTR ENOMEM EINVAL"],
  lseek: [8, "ESPIPE EINVAL"],
  mmap: [9, "ENOMEM EACCES EAGAIN"],
  mprotect: [10, "ENOMEM EACCES"],
  munmap: [11, "EINVAL ENOMEM"],
  rt_sigaction: [13, "EINVAL"],
  rt_sigprocmask: [14, "EINVAL"],
  ioctl: [16, "ENOTTY EINVAL EPERM"],
  pread64: [17, "EIO EINTR"],
  access: [21, "ENOENT EACCES"],
  dup2: [33, "EMFILE EBADF EINTR"],
  nanosleep: [35, "EINTR"],
  socket: [41, sockets],
  connect: [42, "ECONNREFUSED ENOENT EACCES EAGAIN EINTR"],
  sendto: [44, sends],
  recvfrom: [45, receives],
  sendmsg: [46, sends],
  recvmsg: [47, receives],
  shutdown: [48, "ENOTCONN EBADF"],
  socketpair: [53, sockets],
  getsockopt: [55, "ENOTSOCK EBADF ENOPROTOOPT"],
  clone: [56, forks],
  fork: [57, forks],
  vfork: [58, forks],
  execve: [59, executes],
  wait4: [61, "EINTR ECHILD"],
  kill: [62, "ESRCH EPERM"],
  fcntl: [72, "EBADF EMFILE EINVAL"],
  getcwd: [79, "ENOENT EACCES ERANGE ENOMEM"],
  chdir: [80, stats],
  getgroups: [115, "EINVAL EPERM"],
  setgroups: [116, "EPERM ENOMEM EINVAL"],
  setresuid: [117, ids],
  getresuid: [118, "EFAULT EPERM"],
  setresgid: [119, ids],
  getresgid: [120, "EFAULT EPERM"],
  capget: [125, "EINVAL EPERM ENOSYS"],
  capset: [126, "EINVAL EPERM ENOMEM ENOSYS"],
  statfs: [137, stats],
  fstatfs: [138, "EIO EINTR ENOMEM ENOSYS"],
  prctl: [157, "EINVAL EPERM ENOMEM ENOSYS"],
  arch_prctl: [158, "EPERM EINVAL"],
  chroot: [161, "EPERM ENOENT EACCES"],
  mount: [165, "EPERM EINVAL ENOMEM EBUSY"],
  getxattr: [191, "ENODATA ENOTSUP EACCES ERANGE"],
  openat: [257, opens],
  newfstatat: [262, stats],
  unshare: [272, "EPERM ENOSPC EUSERS ENOMEM EINVAL ENOSYS"],
  set_robust_list: [273, "EINVAL ENOSYS"],
  dup3: [292, "EMFILE EBADF EINTR"],
  pipe2: [293, "EMFILE ENFILE ENOMEM"],
  prlimit64: [302, "EINVAL EPERM"],
  setns: [308, "EPERM EINVAL ENOMEM EUSERS"],
  getrandom: [318, "EAGAIN EINTR ENOSYS"],
  execveat: [322, executes],
  rseq: [334, "EINVAL ENOSYS"],
  open_tree: [428, "EPERM EINVAL ENOMEM EMFILE ENOSYS"],
  move_mount: [429, "EPERM EINVAL ELOOP EBUSY ENOMEM ENOSYS"],
  pidfd_open: [434, "EMFILE ENFILE ENODEV ENOSYS EPERM"],
  close_range: [436, "EMFILE ENOMEM EINVAL ENOSYS"],
  openat2: [437, `${opens} EAGAIN EXDEV ENOSYS`],
  mount_setattr: [442, "EPERM EINVAL EBUSY ENOMEM ENOSYS"],
};

/** What cannot tell of a failure: it is not made, and answers 0. */
const silent: Record<string, number> = { setfsuid: 122, setfsgid: 123 };

/** What always succeeds or does not return, so that there is nothing to try. */
const unfailing: Record<string, number> = {
  getpid: 39,
  exit: 60,
  getuid: 102,
  getgid: 104,
  geteuid: 107,
  getegid: 108,
  gettid: 186,
  set_tid_address: 218,
  exit_group: 231,
};

/** It answers the end of the heap as it is where there is no more memory. */
const BRK = 12;

const names = new Map<number, string>([
  ...Object.entries(rows).map(([name, [number]]) => [number, name] as const),
  ...Object.entries({ ...silent, ...unfailing, brk: BRK }).map(([name, number]) => [number, name] as const),
]);

/** The name of a call by its number; the number itself where no table has it. */
export function nameOf(number: number): string {
  return names.get(number) ?? `${number}`;
}

/** The files that the kernel takes at one write or not at all. */
const whole = /^write \/proc\//;

/** What is tried with a call: each of its errors, and fewer bytes than it asked for. Undefined if no table has it. */
export function faultsOf(call: Call): Fault[] | undefined {
  if (call.name in unfailing) return [];
  if (call.name in silent) return [{ call, kind: "fail", value: 0, text: "not made" }];
  if (call.name === "brk") return [{ call, kind: "grow", value: 0, text: "no memory" }];
  const row = rows[call.name];
  if (!row) return undefined;
  const faults = row[1].split(" ").map((text): Fault => {
    const value = errno(text);
    // The kernel closes a descriptor also where it answers with an error.
    return call.name === "close"
      ? { call, kind: "answer", value: -value, text }
      : { call, kind: "fail", value, text };
  });
  if (whole.test(call.label)) faults.push({ call, kind: "answer", value: 1, text: "1 byte" });
  else if (["read", "write", "pread64"].includes(call.name))
    faults.push({ call, kind: "fewer", value: 1, text: "1 byte" });
  return faults;
}
