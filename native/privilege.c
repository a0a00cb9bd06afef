/* SPDX-License-Identifier: MIT
 *
 * Rules 1, 2 and 5: what the program starts with, what it keeps, and when it is effective.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "shim.h"

typedef uint64_t capabilities;

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static capabilities permitted;

static capabilities get_permitted(void) {
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) fail("cannot read the capabilities");
  return data[0].permitted | (capabilities)data[1].permitted << 32;
}

/* The inheritable set, and with it the ambient one, ends up empty. */
static void set_capabilities(capabilities permit, capabilities effective) {
  struct __user_cap_data_struct data[2] = {
      {(uint32_t)effective, (uint32_t)permit, 0},
      {(uint32_t)(effective >> 32), (uint32_t)(permit >> 32), 0},
  };
  if (syscall(SYS_capset, &header, data) != 0) start.written ? _exit(0) : fail("cannot set the capabilities");
}

void privilege_set_dumpable(bool dumpable) {
  if (prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0) != 0) fail("cannot set whether it is dumpable");
}

/* A caller who starts us with 2 closed would have our errors written into the first file we open. */
static void have_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    if (open("/dev/null", O_RDWR) != fd) fail("cannot open /dev/null for a closed standard descriptor");
  }
}

static bool all_ids_are_the_callers(void) {
  uid_t u[3];
  gid_t g[3];
  if (getresuid(&u[0], &u[1], &u[2]) != 0 || getresgid(&g[0], &g[1], &g[2]) != 0) fail("cannot read the ids");
  return u[1] == u[0] && u[2] == u[0] && g[1] == g[0] && g[2] == g[0] && u[0] == start.uid && g[0] == start.gid;
}

/* The ids become the caller's, real, effective and saved, so that every later check of the kernel is made
 * for him. KEEP_CAPS carries the permitted set of a setuid-root start over; it is cut right after. */
static void take_callers_ids(void) {
  start.uid = getuid();
  start.gid = getgid();
  if (all_ids_are_the_callers()) return;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) fail("cannot keep the capabilities");
  if (setresgid(start.gid, start.gid, start.gid) != 0 || setresuid(start.uid, start.uid, start.uid) != 0)
    fail("cannot take on the caller's ids");
  privilege_set_dumpable(false);
  if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) fail("cannot reset the keeping of capabilities");
  if (!all_ids_are_the_callers()) fail("the caller's ids were not taken on");
}

void privilege_start(void) {
  privilege_set_dumpable(false);
  have_standard_descriptors();
  start.no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  take_callers_ids();
  const capabilities given = get_permitted();
  permitted = given & program.capabilities;
  start.held = (permitted & program.capabilities) == program.capabilities;
  if (!start.held) permitted = 0;
  /* Root maps outside id 0 (unshare --map-auto); nobody else ever may, so nobody else keeps it. */
  if (program.maps_root && start.uid == 0) permitted |= given & ONLY(CAP_SETFCAP);
  start.maps_root = (permitted & ONLY(CAP_SETFCAP)) != 0;
  set_capabilities(permitted, 0);
  if (!program.becomes_another) privilege_forbid_new();
}

void privilege_forbid_new(void) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("cannot set no_new_privs");
}

/* Safe for a hostile caller: only target.c and helper.c call this, around one open of a procfs file that was pinned
 * before, one write of a justified map, and the helper's change of its file-system id. What the caller lacks the
 * program does without: the kernel then decides. */
void privilege_raise(bool maps_root) {
  const capabilities wanted = program.capabilities | (maps_root ? ONLY(CAP_SETFCAP) : 0);
  set_capabilities(permitted, permitted & wanted);
}

void privilege_lower(void) { set_capabilities(permitted, 0); }

void privilege_drop(void) {
  permitted = 0;
  set_capabilities(0, 0);
}

/* Serves an explanation only. /proc/self/exe may be anything in a caller's chroot. */
int privilege_facts(void) {
  int facts = (start.held ? HELD : 0) | (start.no_new_privs ? NO_NEW_PRIVS : 0) | (start.maps_root ? MAPS_ROOT : 0) |
              (start.rootless ? ROOTLESS : 0);
  struct statvfs mount;
  struct stat file;
  privilege_drop();
  if (statvfs("/proc/self/exe", &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0) facts |= NOSUID;
  if (stat("/proc/self/exe", &file) != 0) return facts;
  if ((file.st_mode & S_ISUID) != 0) return file.st_uid == 0 ? facts : facts | FOREIGN;
  if (getxattr("/proc/self/exe", "security.capability", NULL, 0) < 0 && errno == ENODATA) facts |= BARE;
  return facts;
}
