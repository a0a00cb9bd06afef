// SPDX-License-Identifier: MIT
//
// The rules of newfsidmap, each of which can be taken out of a build that is made for it: an attack that fails has
// to succeed there. It is one build, since each takes long, and argv[0] says which of the rules are out.

import { type Change, weaken } from "./weaken.js";

/** What stands in the place of `from`, where OUT says whether the rule is out. */
const change =
  (file: string) =>
  (from: string, to: string): Change => ({ file, from, to });

const attach = change("native/attach.c");
const mount = change("native/mount.c");
const mapping = change("native/mapping.c");
const steps = change("src/newfsidmap/mount.ts");
const decision = change("src/newfsidmap/authorise.ts");
const groups = change("src/newfsidmap/groups.ts");

const table = {
  /** The target's mount namespace belongs to its user namespace. */
  ownMounts: attach("users) ? YES : MOUNTS_OUTSIDE", "users) || OUT ? YES : MOUNTS_OUTSIDE"),
  /** The mount is attached by a process that joined the user namespace, and has no capability over another one. */
  joined: attach(
    "  const int unjoined = setns(users, CLONE_NEWUSER);\n",
    "  if (OUT) privilege_raise(false);\n  const int unjoined = OUT ? 0 : setns(users, CLONE_NEWUSER);\n",
  ),
  /** It joined the mount namespace too. */
  joinedMounts: attach("setns(mounts, CLONE_NEWNS) != 0", "(!OUT && setns(mounts, CLONE_NEWNS) != 0)"),
  /** The user namespace is the caller's, a child of his own, and another than that. */
  owned: attach("|| owner != start.uid", "|| (!OUT && owner != start.uid)"),
  child: attach("!same(ioctl(users, NS_GET_PARENT), own)", "!OUT && !same(ioctl(users, NS_GET_PARENT), own)"),
  another: attach("if (same(users, own))", "if (!OUT && same(users, own))"),
  /** The maps and setgroups are the namespace's, and not the process's. */
  asked: attach("  target_open_by(open_of_namespace);", "  if (!OUT) target_open_by(open_of_namespace);"),
  /** TARGET is found with no capability. */
  powerless: attach(
    "  privilege_lower();\n  const int target",
    "  if (!OUT) privilege_lower();\n  const int target",
  ),
  plainTarget: attach(".resolve = RESOLVE_NO_MAGICLINKS", ".resolve = OUT ? 0 : RESOLVE_NO_MAGICLINKS"),
  /** What is handed over goes over a unix socket. */
  unixSocket: attach("if (domain != AF_UNIX)", "if (!OUT && domain != AF_UNIX)"),
  /** The source is opened in a copy of the mounts, in which none is unbindable and to which no link leads. */
  copied: mount("  char directory[PATH_MAX];\n", "  char directory[PATH_MAX];\n  if (OUT) return 0;\n"),
  /** SOURCE is found with the caller's ids, by no link that leads past directories, once. */
  callersIds: mount(
    "  source = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);\n",
    `  if (OUT) privilege_raise(false), setfsuid(0);
  source = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  setfsuid(start.uid), privilege_lower();
`,
  ),
  noLink: mount("O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC", "O_DIRECTORY | (OUT ? 0 : O_NOFOLLOW) | O_CLOEXEC"),
  noMagicLink: mount(".resolve = RESOLVE_NO_MAGICLINKS", ".resolve = OUT ? 0 : RESOLVE_NO_MAGICLINKS"),
  openedOnce: mount(
    "  privilege_raise(false);\n  tree = (int)syscall(SYS_open_tree, source,",
    `  if (OUT) source = open(start.argv[2], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  privilege_raise(false);
  tree = (int)syscall(SYS_open_tree, source,`,
  ),
  /** It belongs to the caller or a disk id; the shim and the logic see to it. */
  sourceOwned: mount("if (owner.st_uid != start.uid", "if (!OUT && owner.st_uid != start.uid"),
  sourceJudged: steps("if (owner == callerUid()", "if (OUT || owner == callerUid()"),
  /** It is cloned with what is mounted below. */
  recursive: mount("AT_EMPTY_PATH | AT_RECURSIVE |", "AT_EMPTY_PATH | (OUT ? 0 : AT_RECURSIVE) |"),
  /** The flags that are forced. */
  forced: mount("MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV", "(OUT ? 0 : MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)"),
  /** The mount is given its map by mount_setattr, which replaces none. */
  mapsOnce: mount(
    "  const long result = syscall(SYS_mount_setattr, tree,",
    `  if (OUT) tree = (int)syscall(467, tree, "", AT_EMPTY_PATH | OPEN_TREE_CLONE, &attr, sizeof attr);
  const long result = OUT ? (tree < 0 ? -1 : 0) : syscall(SYS_mount_setattr, tree,`,
  ),
  /** A mount without a map goes nowhere; the shim and the logic see to it. */
  mapped: mount(
    "  if (result != 0) return -reason;\n  step = MAPPED;",
    "  if (result != 0 && !OUT) return -reason;\n  step = MAPPED;",
  ),
  /** The flags are locked. */
  locked: mount(
    "static int lock(int *locked) {\n  privilege_raise(false);\n",
    "static int lock(int *locked) {\n  privilege_raise(false);\n  if (OUT) return *locked = tree, 0;\n",
  ),
  /** The mapping is root's. */
  rootsMapping: mapping(
    "setresuid(start.uid, 0, 0) != 0) return -errno;\n",
    "setresuid(start.uid, OUT ? start.uid : 0, 0) != 0) return -errno;\n  setfsuid(0);\n",
  ),
  /** The process in it ends with the program, even if it is stopped. */
  killed: mapping("fcntl(end, F_SETSIG, SIGKILL)", "fcntl(end, F_SETSIG, OUT ? SIGURG : SIGKILL)"),
  /** Nobody's ids are 0, in the kernel or on disk. */
  noKernelZero: mapping("if (made || second == 0)", "if (made || (!OUT && second == 0))"),
  noDiskZero: mapping("if (map->extents[i].inside == 0)", "if (!OUT && map->extents[i].inside == 0)"),
  /** The caller may have the ids on disk, and as ids of processes. */
  diskGranted: decision(
    "if (!verdict.allowed) refuse(this.tool, request, verdict, this.grants, Side.Disk);",
    "if (!verdict.allowed && !OUT) refuse(this.tool, request, verdict, this.grants, Side.Disk);",
  ),
  kernelGranted: decision(
    "if (!verdict.allowed) refuse(this.tool, request, verdict, this.grants, Side.Kernel);",
    "if (!verdict.allowed && !OUT) refuse(this.tool, request, verdict, this.grants, Side.Kernel);",
  ),
  /** Groups that shut their members out. */
  handable: groups("if (!this.denies(this.disk)) return;", "if (OUT || !this.denies(this.disk)) return;"),
  denied: decision("if (judged.needsDenial && !denied)", "if (judged.needsDenial && !denied && !OUT)"),
  /** No process is ever dumpable, and the sysctl that would make it so is looked at. */
  undumpable: change("native/privilege.c")(
    "PR_SET_DUMPABLE, dumpable ? 1 : 0,",
    "PR_SET_DUMPABLE, dumpable || (start.argv != NULL && OUT) ? 1 : 0,",
  ),
  sysctl: change("native/maps.c")(
    "if (start.held && names_could_be_traced())",
    "if (!OUT && start.held && names_could_be_traced())",
  ),
  /** Each step has its turn, and the target was judged. */
  inTurn: mount("if ((int)step != reached)", "if (!OUT && (int)step != reached)"),
  judged: attach(
    "int attach(const char *path) {\n  int end, result;\n  char byte = 0;\n  if (!judged)",
    "int attach(const char *path) {\n  int end, result;\n  char byte = 0;\n  if (!OUT && !judged)",
  ),
  /** No rule: the logic does what argv[1] says. */
  obeys: change("bin/newfsidmap.ts")(
    "  const options = readOptions();\n",
    "  if (OUT) obey();\n  const options = readOptions();\n",
  ),
  stoppedInside: attach(
    '  const int directory = open("/proc/self",',
    '  if (OUT) kill(getpid(), SIGSTOP);\n  const int directory = open("/proc/self",',
  ),
  stoppedMapping: mapping(
    "  if (result == 0) result = write_map(reopen_as_root(files[UID_MAP]",
    "  if (OUT) kill(getpid(), SIGSTOP);\n  if (result == 0) result = write_map(reopen_as_root(files[UID_MAP]",
  ),
  stoppedLocking: mount(
    "  privilege_set_dumpable(false);\n  if (unshare(CLONE_NEWNS) != 0) return -errno;\n  *locked",
    "  privilege_set_dumpable(false);\n  if (OUT) kill(getpid(), SIGSTOP);\n  if (unshare(CLONE_NEWNS) != 0) return -errno;\n  *locked",
  ),
  stoppedAttaching: attach(
    "  if (target < 0) return FAILED(FIND);",
    "  if (OUT) kill(getpid(), SIGSTOP);\n  if (target < 0) return FAILED(FIND);",
  ),
  /** No rules: where the caller stops the program with SIGSTOP. */
  stopped: attach(
    "  const enum joinable result = judge(own);\n",
    "  const enum joinable result = judge(own);\n  if (OUT) kill(getpid(), SIGSTOP);\n",
  ),
  stoppedLater: mount("  leave(OPENED);\n", "  if (OUT) kill(getpid(), SIGSTOP);\n  leave(OPENED);\n"),
  shown: groups("if (hidden == NO_ID) return;", "if (OUT || hidden == NO_ID) return;"),
} satisfies Record<string, Change>;

export type Rule = keyof typeof table;

/** Each rule's letter in argv[0]; no name of the program has a capital letter or digit. */
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*#@%!?";
const letter = (rule: Rule) => letters[Object.keys(table).indexOf(rule)] as string;

/** What argv[0] has to be. */
export function without(rules: Rule[]): string {
  return rules.length > 0 ? rules.map(letter).join("") : "newfsidmap";
}

/** Where both languages learn what argv[0] says, and what goes with a rule elsewhere. */
const means: Change[] = [
  // It has to be built soon rather than small.
  { file: "Makefile", from: "-O3s --converge", to: "-O1" },
  {
    file: "native/mount.c",
    from: "  if (syscall(SYS_move_mount, tree,",
    to: `  if (OUT('${letter("copied")}') &&
      (unshare(CLONE_NEWNS) != 0 || syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)) return -errno;
  if (syscall(SYS_move_mount, tree,`,
  },
  { file: "native/host-words.c", from: 'index == 0 ? "" : ', to: "" },
  {
    file: "native/shim.h",
    from: "extern struct start start;\n",
    to: "extern struct start start;\n#define OUT(rule) (__builtin_strchr(start.argv[0], rule) != 0)\n",
  },
  {
    file: "native/mapping.c",
    from: "#include <sched.h>\n",
    to: "#include <sched.h>\n#include <sys/fsuid.h>\n",
  },
  {
    file: "bin/newfsidmap.ts",
    from: 'import { exit } from "../src/host";\n',
    to: `import {
  argumentPart, attachMount, cloneSource, exit, lockClone, makeMapping, mapClone, openSource, openTarget,
  pinNamespaces, recordExtent, sendMount,
} from "../src/host";
import { out } from "../src/newfsidmap/target";
import { decimal } from "../src/tables/fields";
import { complain } from "../src/text/message";

function record(first: u32, second: u32, count: u32): i32 {
  recordExtent(false, first, second, count);
  recordExtent(true, first, second, count);
  return 0;
}

function many(): i32 {
  for (let i = 0; i < 341; i++) recordExtent(false, 300000 + 2 * i, 100000 + 2 * i, 1);
  return 0;
}

function long(): i32 {
  for (let i = 0; i < 340; i++) recordExtent(true, 1000000000 + 2 * i, 1000000000 + 2 * i, 1);
  return 0;
}

function act(letter: u8): i32 {
  const text = new StaticArray<u8>(16);
  if (letter == 0x70) return openTarget(false, decimal(text, 0, argumentPart(4, 0, text)) as u32); // p
  if (letter == 0x6e) return pinNamespaces(); // n
  if (letter == 0x72) return record(300000, 100000, 65536); // r
  if (letter == 0x64) return record(0, 100000, 1); // d
  if (letter == 0x6b) return record(300000, 0, 1); // k
  if (letter == 0x6f) return record(300000, 100000, 0xffffffff); // o
  if (letter == 0x7a) return record(300000, 100000, 0); // z
  if (letter == 0x4d) return many(); // M
  if (letter == 0x4c) return long(); // L
  if (letter == 0x6d) return makeMapping(); // m
  if (letter == 0x73) return openSource(2); // s
  if (letter == 0x63) return cloneSource(); // c
  if (letter == 0x69) return mapClone(false, false); // i
  if (letter == 0x6c) return lockClone(); // l
  if (letter == 0x61) return attachMount(3); // a
  return sendMount(9);
}

function obey(): void {
  const acts = new StaticArray<u8>(32);
  const length = argumentPart(1, 0, acts);
  const answers = complain("newfsidmap").line("answers");
  for (let i = 0; i < length; i++) {
    const answer = act(acts[i]);
    answers.text(answer < 0 ? " -" : " ").number(answer < 0 ? -answer : answer);
  }
  answers.end();
}
`,
  },
  {
    file: "native/attach.c",
    from: "#include <sched.h>\n",
    to: "#include <sched.h>\n#include <signal.h>\n#include <sys/fsuid.h>\n",
  },
  {
    file: "native/mount.c",
    from: "#include <sched.h>\n",
    to: "#include <sched.h>\n#include <signal.h>\n#include <sys/fsuid.h>\n",
  },
  {
    file: "src/newfsidmap/target.ts",
    from: 'export const NAME = "newfsidmap";\n',
    to: `export const NAME = "newfsidmap";
export function out(rule: u8): bool {
  const name = new StaticArray<u8>(64);
  const length = argumentPart(0, 0, name);
  for (let i = 0; i < length; i++) if (name[i] == rule) return true;
  return false;
}
`,
  },
  { file: "src/newfsidmap/target.ts", from: "import { callerUid,", to: "import { argumentPart, callerUid," },
  { file: "src/newfsidmap/mount.ts", from: "import { NAME }", to: "import { NAME, out }" },
  {
    file: "src/newfsidmap/authorise.ts",
    from: "import { readMap }",
    to: 'import { out } from "./target";\nimport { readMap }',
  },
  {
    file: "src/newfsidmap/groups.ts",
    from: 'import { complain, Message } from "../text/message";\n',
    to: 'import { complain, Message } from "../text/message";\nimport { out } from "./target";\n',
  },
];

/** Builds the program of which `without` can take rules out, with further changes. */
export function weakened(...more: Change[]): string {
  const rules = Object.entries(table).map(([name, { file, from, to }]) => {
    const mark = letter(name as Rule);
    const condition = file.endsWith(".c") ? `OUT('${mark}')` : `out(${mark.charCodeAt(0)})`;
    return { file, from, to: to.replace(/\bOUT\b/g, condition) };
  });
  return weaken("newfsidmap", ...means, ...rules, ...more);
}
