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
    "if (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)",
    "if (!OUT && (setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0))",
  ),
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
  denied: groups("if (denied == 1) return;", "if (OUT || denied == 1) return;"),
  /** No rules: where the caller stops the program with SIGSTOP. */
  stopped: attach(
    "  const enum joinable result = judge(own);\n",
    "  const enum joinable result = judge(own);\n  if (OUT) raise(SIGSTOP);\n",
  ),
  stoppedLater: mount("  leave(OPENED);\n", "  if (OUT) raise(SIGSTOP);\n  leave(OPENED);\n"),
  shown: groups("if (hidden == NO_ID) return;", "if (OUT || hidden == NO_ID) return;"),
} satisfies Record<string, Change>;

export type Rule = keyof typeof table;

/** Each rule's letter in argv[0]; no name of the program has a capital letter or digit. */
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*#";
const letter = (rule: Rule) => letters[Object.keys(table).indexOf(rule)] as string;

/** What argv[0] has to be. */
export function without(rules: Rule[]): string {
  return rules.length > 0 ? rules.map(letter).join("") : "newfsidmap";
}

/** Where both languages learn what argv[0] says, and what goes with a rule elsewhere. */
const means: Change[] = [
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
  { file: "native/attach.c", from: "#include <sched.h>\n", to: "#include <sched.h>\n#include <signal.h>\n" },
  { file: "native/mount.c", from: "#include <sched.h>\n", to: "#include <sched.h>\n#include <signal.h>\n" },
  {
    file: "native/mount.c",
    from: "#include <sys/stat.h>\n",
    to: "#include <sys/fsuid.h>\n#include <sys/stat.h>\n",
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
