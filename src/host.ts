// SPDX-License-Identifier: MIT
//
// The boundary. Every call that the C shim offers a program is declared here and implemented in
// native/host.c; a program imports only those that it uses. The shim checks each one from its own
// data: what stands here can ask for nothing that native/ would not justify on its own.
//
// Results: 0 or a positive number is an answer, a negative one is -errno or one of the codes of
// `Refusal`. A buffer is passed as the StaticArray itself; the shim reads its length from the
// array's header.

/** The files a program may read. The shim holds the paths (rule 4 of native/shim.h). */
export enum Table {
  Passwd = 0,
  Nsswitch = 1,
  LoginDefs = 2,
  Subuid = 3,
  Subgid = 4,
  Usernamespaces = 5,
}

/** What openTable answers besides -errno. */
export enum Opened {
  Open = 0,
  /** There is no directory entry of that name: an empty table. */
  Absent = 1,
}

/** Why the shim itself refused, where the kernel has no errno for it. */
export enum Refusal {
  /** A table is no regular file. */
  NotRegular = -1001,
  /** A table belongs to somebody other than root. */
  NotRoots = -1002,
  /** A table can be written by others than its owner. */
  Writable = -1003,
  /** A table's name is a symbolic link to nothing. */
  Dangling = -1004,
  /** A table became shorter while it was read. */
  Truncated = -1005,
  /** The descriptor of `fd:N` is no directory of this procfs. */
  NotProc = -1006,
  /** `fd:N` needs openat2 (Linux 5.6). */
  NoOpenat2 = -1007,
  /** The target changed its owner between two looks at it. */
  Changed = -1008,
  /** The name-service program is missing, or not installed as it has to be. */
  NssMissing = -1009,
  /** The name-service program did not answer in time. */
  NssTimeout = -1010,
  /** The name-service program failed, was killed, or answered too much. */
  NssFailed = -1011,
  /** The name service knows no such user. */
  NssUnknown = -1012,
  /** The plugin that nsswitch.conf names cannot be loaded. */
  NssPlugin = -1013,
  /** fs.suid_dumpable is 1: the name-service program could be traced, so it is not asked. */
  NssTraceable = -1014,
}

/** How the target's user namespace stands to the caller's. */
export enum Relation {
  Unknown = -1,
  /** It is the caller's own. */
  Own = 0,
  /** It is a child of the caller's: the only kind that can be mapped. */
  Child = 1,
  /** It is neither. */
  Other = 2,
}

/** Bits of `privilege`: how the program was started. */
export enum Privilege {
  /** The capability that the map needs was permitted at the start. */
  Held = 1,
  /** The caller had set no_new_privs. */
  NoNewPrivs = 2,
  /** The program's file lies on a mount with nosuid. */
  Nosuid = 4,
  /** The program's file is installed with neither the setuid bit nor file capabilities. */
  Bare = 8,
  /** The program's file is setuid, but its owner is not root of this user namespace. */
  Foreign = 16,
  /** CAP_SETFCAP, which a uid map of outside id 0 takes, was permitted at the start. */
  MapsRoot = 32,
  /** userns has given its capabilities up, because there is no uid 0 in this user namespace. */
  Rootless = 64,
}

/** Settings of the kernel's that keep a caller from namespaces. */
export enum Setting {
  /** kernel.unprivileged_userns_clone of Debian's kernels. */
  UnprivilegedClone = 0,
  /** kernel.apparmor_restrict_unprivileged_userns of Ubuntu's. */
  AppArmor = 1,
  /** user.max_user_namespaces */
  MostUserNamespaces = 2,
}

/** How many arguments there are, argv[0] included. */
export declare function argumentCount(): u32;
/** Copies argument `index` into `into`; its length in bytes, or -1 if it is longer than `into`. */
export declare function argument(index: u32, into: StaticArray<u8>): i32;
/** The caller's real uid. */
export declare function callerUid(): u32;
/** The caller's real gid. */
export declare function callerGid(): u32;

/** Opens a table from its beginning, closing the one before: Opened, -errno or Refusal. */
export declare function openTable(table: i32): i32;
/** Reads up to `count` bytes on into `into` from byte `at`: their number, 0 at the end, -errno or Truncated. */
export declare function readTable(into: StaticArray<u8>, at: u32, count: u32): i32;

/** Pins the target, a pid or (`byDescriptor`) a descriptor of its /proc directory: 0, -errno, NotProc, NoOpenat2. Once. */
export declare function openTarget(byDescriptor: bool, number: u32): i32;
/** Looks up who owns the pinned target: 0 or -errno. */
export declare function statTarget(): i32;
/** The uid that owned the target when statTarget looked. */
export declare function targetUid(): u32;
/** The gid that owned the target when statTarget looked. */
export declare function targetGid(): u32;

/** Whether setgroups is denied in the target: 1 denied, 0 allowed, or -errno. */
export declare function setgroupsDenied(): i32;
/** Writes "deny" to the target's setgroups: 0 or -errno. */
export declare function denySetgroups(): i32;
/** Opens the target's map for writing: 0, -errno or Changed. Once. */
export declare function openMap(): i32;
/** Writes `length` bytes of `text` as the map, in one write: 0 or -errno. Once; all privilege is gone after it. */
export declare function writeMap(text: StaticArray<u8>, length: u32): i32;

/** How the program was started: bits of Privilege. */
export declare function privilege(): i32;
/** How the target's user namespace stands to the caller's. Privilege is gone after it. */
export declare function targetRelation(): i32;
/** The uid that owns the target's user namespace, or -errno. */
export declare function targetNamespaceOwner(): i64;
/** Whether the target's map is already written: 1 or 0, or -errno. Privilege is gone after it. */
export declare function mapWritten(): i32;

/**
 * Asks the name-service program. `request` holds its arguments, each ended by a NUL byte: "user\0UID\0",
 * "name\0NAME\0", "member\0UID\0NAME\0GROUP\0" or "ranges\0PLUGIN\0NAME\0uid|gid\0". The length of the answer in
 * `into`, or a Refusal.
 */
export declare function askNss(request: StaticArray<u8>, length: u32, into: StaticArray<u8>): i32;

/**
 * Forks the helper of userns: true in the helper, which keeps the capabilities; in the process that was started
 * false, and it has none any more. Once, before anything else.
 */
export declare function startHelper(): bool;
/** [helper] Waits for the request of the main process; its length in bytes. */
export declare function awaitRequest(into: StaticArray<u8>): i32;
/**
 * Records an extent that the verdict grants, at most 340 for each kind: in the helper of userns before a map is
 * written; in newfsidmap, with the disk ids in the place of `inside`, before the mapping is made.
 */
export declare function recordExtent(gids: bool, inside: u32, outside: u32, count: u32): void;
/**
 * [helper] Writes what was recorded as a map of the main process's namespace: 0 or -errno.
 * `outer`: each outside id as itself, and the own id besides.
 */
export declare function writeOwnMap(gids: bool, outer: bool): i32;
/** [helper] Tells the main process that the outer namespace is mapped, and follows it there: 0 or -errno. All privilege is gone after it. */
export declare function joinOuter(): i32;
/** [main] Asks the helper for the maps and waits: 0; 1 if it has refused and said so; -N if signal N ended it. */
export declare function askHelper(request: StaticArray<u8>, length: u32): i32;
/** [main] Keeps its present user namespace to hand it to the helper: 0 or -errno. */
export declare function holdNamespace(): i32;
/** [main] Hands it over and waits for the inner maps: as askHelper. */
export declare function handOver(): i32;

/**
 * Copies argument `index` from byte `offset` on into `into`, as much as fits: how many bytes. For the calls that
 * take both, an index of 0 stands for no operand: here the empty text.
 */
export declare function argumentPart(index: u32, offset: u32, into: StaticArray<u8>): i32;
/** Opens the file that an argument names: 0 or -errno. One at a time. */
export declare function openFile(index: u32, offset: u32): i32;
/** Opens the uid or gid map of the process's own namespace, likewise. */
export declare function openOwnMap(gids: bool): i32;
/** Reads on in that file: how many bytes, 0 at its end, where it is closed, or -errno. */
export declare function readFile(into: StaticArray<u8>): i32;

/** Leaves for new namespaces, CLONE_NEW... in `flags`: 0 or -errno. */
export declare function unshare(flags: u32): i32;
/** Allows one user namespace below the process's own: 0 or -errno. */
export declare function limitUserNamespaces(): i32;
/** Sets how all mounts of the namespace propagate: `Propagation`; 0 or -errno. */
export declare function setPropagation(type: i32): i32;
/** Goes on in a child, the `first` process of a pid namespace or not: 0 there, or -errno. The parent waits and ends as the child does. */
export declare function fork(first: bool): i32;
/** Changes the root directory: 0 or -errno. */
export declare function changeRoot(index: u32, offset: u32): i32;
/** Changes the working directory, without an operand to /: 0 or -errno. */
export declare function changeDirectory(index: u32, offset: u32): i32;
/** Mounts a proc file system, without an operand on /proc: 0 or -errno. */
export declare function mountProc(index: u32, offset: u32): i32;
/** Keeps the process and its children from making or joining user namespaces: 0 or -errno. */
export declare function filterUserNamespaces(): i32;
/** Whether setgroups is denied in the process's own namespace: 1 or 0, or -errno. */
export declare function groupsDenied(): i32;
/** Gives up the supplementary groups: 0 or -errno. */
export declare function dropGroups(): i32;
/** Makes the next change of ids leave the capabilities: 0 or -errno. */
export declare function keepCapabilities(): i32;
/** Takes on a gid of the namespace's: 0 or -errno. */
export declare function takeGid(gid: u32): i32;
/** Takes on a uid of the namespace's: 0 or -errno. */
export declare function takeUid(uid: u32): i32;
/** Passes the capabilities that are left on to the program: 0 or -errno. */
export declare function passCapabilities(): i32;
/** After `fork`: has the kernel send a signal when the parent ends: 0 or -errno. */
export declare function dieWithParent(signal: u32): i32;
/** Sets no_new_privs: 0 or -errno. */
export declare function setNoNewPrivileges(): i32;
/** Closes all descriptors from `first` on: 0 or -errno. */
export declare function closeFrom(first: u32): i32;
/** Becomes the program that argument `index` names, with the arguments from there on: -errno. */
export declare function runProgram(index: u32): i32;
/** Copies $SHELL into `into`, as much as fits: how many bytes, 0 if it is not set. */
export declare function shell(into: StaticArray<u8>): i32;
/** Becomes the shell, $SHELL if `own`, else /bin/sh: -errno. */
export declare function runShell(own: bool): i32;
/** Starts what runs newfsidmap outside of the namespaces that will be made. Once. */
export declare function startBinder(): void;
/** Keeps the process's present user and mount namespace, for newfsidmap to attach mounts there: 0 or -errno. */
export declare function keepNamespaces(): i32;
/** Has a process that its user may look into join what was kept, once no helper lives any more: 0 or -errno. */
export declare function joinNamespaces(): i32;
/**
 * Runs newfsidmap, found by PATH. `words` holds its name and arguments, each ended by a NUL byte; one without
 * characters stands for that process. Its exit status, 256 and the number of the signal that ended it, or -errno.
 */
export declare function runNewfsidmap(words: StaticArray<u8>, length: u32): i32;
/** Ends what startBinder started, and waits for it. */
export declare function endBinder(): void;
/** The value of a setting of the kernel's, or -errno. Serves explanations. */
export declare function setting(which: Setting): i64;

/** Prints `length` bytes of `text` on descriptor `stream`, 1 or 2: 0, or -errno. */
export declare function print(stream: i32, text: StaticArray<u8>, length: u32): i32;
/** Sends `length` bytes of `text` to syslog; that it cannot be sent is no error. */
export declare function log(text: StaticArray<u8>, length: u32): void;
/** Ends the program: with 0, or with 126 or 127 (userns); 1 stands for the program's own status of failure. Does not return. */
export declare function exit(status: i32): void;

/** How the target's namespaces stand to the caller: what pinNamespaces answers besides -errno. */
export enum Joinable {
  Yes = 0,
  /** Its user namespace is the caller's own. */
  Own = 1,
  /** Its user namespace is no child of the caller's. */
  NoChild = 2,
  /** Its user namespace belongs to another user. */
  Others = 3,
  /** Its mount namespace does not belong to its user namespace: mounts would appear outside. */
  MountsOutside = 4,
}

/** Where attachMount failed: its answer is one of these times 4096 plus the errno. */
export enum Attaching {
  /** The target's namespaces could not be joined. */
  Join = 1,
  /** TARGET could not be opened there. */
  Find = 2,
  /** The mount could not be attached to it. */
  Attach = 3,
}

/** Opens the target's user and mount namespace, of which later calls speak, setgroupsDenied too: Joinable or -errno. Once. */
export declare function pinNamespaces(): i32;
/** The uid or gid map, as text, of the namespace that was opened: its length, -errno, or -E2BIG if it is longer than `into`. */
export declare function readTargetMap(gids: bool, into: StaticArray<u8>): i32;
/** The caller's supplementary groups: how many, or -errno. */
export declare function callerGroups(into: StaticArray<u32>): i32;
/** Makes a user namespace that maps disk ids to kernel ids as recorded: 0 or -errno. Once. */
export declare function makeMapping(): i32;
/** Opens the directory that an argument names, as the caller and through no magic link: 0 or -errno. Once. */
export declare function openSource(index: u32): i32;
/** The uid that owns the source. */
export declare function sourceUid(): u32;
/** The number of the source's type of file system, statfs(2). */
export declare function sourceType(): i64;
/** Clones the source as a detached mount: 0 or -errno. */
export declare function cloneSource(): i32;
/** Maps the clone's ids, with nosuid and nodev and as the caller wishes: 0 or -errno. */
export declare function mapClone(readOnly: bool, noExec: bool): i32;
/** Locks the clone's flags: 0 or -errno, -ENOTEMPTY if there are mounts below the source. */
export declare function lockClone(): i32;
/** Attaches the clone in the target's mount namespace at the directory that an argument names: 0 or Attaching * 4096 + errno. */
export declare function attachMount(index: u32): i32;
/** Sends the clone over the caller's unix socket: 0 or -errno. */
export declare function sendMount(socket: u32): i32;
/** Whether the kernel has /proc/PID/fsuid_map: 1 or 0, or -errno. */
export declare function hasFsidMaps(): i32;
/** Writes what was recorded as the target's fsuid_map or fsgid_map, once each: 0 or -errno. */
export declare function writeFsidMap(gids: bool): i32;
