/* SPDX-License-Identifier: MIT
 *
 * The shim: the only code that holds a privilege. It
 *
 *  1. trusts nothing of the caller's: environment, working directory, descriptors, signal mask, limits,
 *     dumpable state, argv[0];
 *  2. starts by making descriptors 0-2 exist, taking on the caller's ids in full (setuid root too), cutting
 *     the permitted capabilities to the program's own, emptying the effective set, becoming undumpable
 *     and setting no_new_privs, but in the process of userns that becomes the caller's program;
 *  3. pins the target once, by a descriptor of its /proc directory; every file below is opened with openat2,
 *     RESOLVE_BENEATH, RESOLVE_NO_XDEV and RESOLVE_NO_SYMLINKS, so that nothing mounted over
 *     /proc/PID/setgroups is ever believed (CVE-2018-7169 by another door);
 *  4. opens for reading only the tables listed in table.c: regular files of root's that nobody else can
 *     write and that the caller could read himself;
 *  5. raises a capability around the open and the write that need it and drops it for good after the last;
 *  6. writes a map only if each of its lines stands in argv, or in userns and newfsidmap was recorded as granted
 *     before the first write, the target belongs to the caller, and no outside uid is 0 unless the caller's is;
 *  7. ends with a message and status 1, nothing written, on a trap, an impossible value or a failed drop;
 *  8. never becomes dumpable, nor does any process that it starts while it has a privilege (binder.c has none).
 *
 * Calls arrive from WebAssembly through host*.c alone.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* What tells one program from another; each has a file of its own that holds one. */
struct program {
  const char *name;
  const char *map;         /* the file below /proc/PID that it writes */
  uint64_t capabilities;   /* a bit for each that it may keep: none for a program without privilege */
  bool denies_setgroups;   /* may write "deny" to the target's setgroups */
  bool maps_root;          /* a uid map of outside id 0 takes CAP_SETFCAP besides (Linux 5.12) */
  bool becomes_another;    /* one of its processes becomes the caller's program */
  int failure;             /* the exit status of a failure */
};
extern const struct program program;
#define ONLY(capability) ((uint64_t)1 << (capability))

/* Mirrors `Refusal` of src/host.ts. */
enum refusal {
  NOT_REGULAR = -1001, NOT_ROOTS = -1002, WRITABLE = -1003, DANGLING = -1004, TRUNCATED = -1005,
  NOT_PROC = -1006, NO_OPENAT2 = -1007, CHANGED = -1008,
  NSS_MISSING = -1009, NSS_TIMEOUT = -1010, NSS_FAILED = -1011, NSS_UNKNOWN = -1012, NSS_PLUGIN = -1013,
  NSS_TRACEABLE = -1014,
};

/* Bits of `Privilege` of src/host.ts. */
enum privilege_fact { HELD = 1, NO_NEW_PRIVS = 2, NOSUID = 4, BARE = 8, FOREIGN = 16, MAPS_ROOT = 32, ROOTLESS = 64 };

/* What the program was started with. */
struct start {
  int argc;
  char **argv;
  uid_t uid;
  gid_t gid;
  bool held;       /* the program's capabilities were permitted */
  bool maps_root;  /* CAP_SETFCAP was, to a caller who may use it */
  bool no_new_privs;
  bool rootless;   /* userns gave up: there is no uid 0 here */
  bool written;    /* the map is, or the mount made: what fails then ends the program, but not the request */
};
extern struct start start;

/* output.c */
_Noreturn void fail(const char *message);
/* Writes `value` in decimal so that it ends before `end`; returns where it begins. */
char *output_number(char *end, uint32_t value);
int output_print(int stream, const char *text, size_t length);
void output_log(const char *text, size_t length);

/* runtime.c: pointers into the module's memory, or the program ends. */
void *memory_array(uint32_t at, uint64_t length);
uint32_t memory_array_size(uint32_t at);

/* privilege.c */
void privilege_start(void);
void privilege_raise(bool maps_root);
void privilege_lower(void);
void privilege_drop(void);
void privilege_forbid_new(void);
void privilege_set_dumpable(bool dumpable);
int privilege_facts(void);

/* table.c */
struct table { int file; off_t remaining; }; /* -1 for none; of what it held when it was opened */
bool is_roots(const struct stat *st);
int table_open(struct table *table, uint32_t which);
int table_read(struct table *table, void *into, size_t room);
void table_close(struct table *table);

/* target.c */
int procfs_open(int directory, bool by_number, const char *name, int flags);
void target_open_by(int (*opener)(const char *name, int flags));
void target_pin(int directory);
int target_open(bool by_descriptor, uint32_t number);
int target_stat(void);
uid_t target_uid(void);
gid_t target_gid(void);
int target_setgroups_denied(void);
int target_deny_setgroups(void);
int target_open_file(const char *name, int flags);
int target_open_owned(const char *name, bool maps_root);
int target_open_map(void);
int target_write_map(const char *text, size_t length);
int target_map_written(void);
int target_relation(void);
int64_t target_namespace_owner(void);

/* names.c */
bool names_could_be_traced(void);
int names_ask(const char *request, size_t length, char *into, size_t room);

#endif
