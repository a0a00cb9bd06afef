// SPDX-License-Identifier: MIT

import { Message } from "../text/message";

/** Types of file systems by their number, linux/magic.h; those among them that can be idmapped are not asked for. */
const TYPES: StaticArray<i64> = [
  0x9fa0, 0x62656572, 0x794c7630, 0x858458f6, 0x1cd1, 0x63677270, 0x27e0eb, 0x65735546, 0x6969, 0xff534d42,
  0xfe534d42, 0x01021997, 0x2fc12fc1, 0x4d44, 0x2011bab0, 0x5346544e, 0x15013346, 0x9660, 0x64626720,
  0x19800202, 0x6e736673, 0xcafe4a11, 0x73636673, 0x74726163, 0x137d, 0xde5e81e4, 0x00c36400,
];
const NAMES: StaticArray<string> = [
  "proc",
  "sysfs",
  "overlay",
  "ramfs",
  "devpts",
  "cgroup2",
  "cgroup",
  "fuse",
  "nfs",
  "cifs",
  "smb2",
  "9p",
  "zfs",
  "vfat",
  "exfat",
  "ntfs",
  "udf",
  "iso9660",
  "debugfs",
  "mqueue",
  "nsfs",
  "bpf",
  "securityfs",
  "tracefs",
  "ext",
  "efivarfs",
  "ceph",
];

/** Appends the name of a type of file system, or its number. */
export function putType(into: Message, type: i64): Message {
  for (let i = 0; i < TYPES.length; i++) if (TYPES[i] == type) return into.text(NAMES[i]);
  return into.text("type ").number(type as u64);
}
