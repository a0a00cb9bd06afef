/* SPDX-License-Identifier: MIT
 *
 * The name-service program: it asks the C library and its modules what the files do not know, so
 * that no privileged process ever loads one.
 *
 *   nss user UID                       NAME:UID:GID       who has this uid
 *   nss ranges PLUGIN NAME uid|gid     START COUNT ...    what libsubid_PLUGIN.so grants to NAME
 *
 * What it may assume, and what not:
 * 1. It runs as the calling user and holds no privilege. Started by a helper it has an empty
 *    environment, / as its working directory and only descriptors 0 to 2. It refuses any other
 *    environment: that would reach the modules, whose answer would then be the caller's.
 * 2. It is installed root's, mode 0711: what the caller cannot read, the kernel makes undumpable
 *    when it starts, so that he can neither trace it nor write its memory. PR_SET_DUMPABLE comes
 *    too late to replace that (the loader ran before); it is there for a copy with another mode.
 * 3. The caller can still kill it, stop it and lower its limits, at any moment. None of that forges
 *    an answer, but each can take a source away: the next one answers in its place, or none does.
 *    So "no such user" and "none granted" are no proof: they may refuse, they must never allow.
 * 4. A module may print, fork or leave a thread behind. The answer goes through a descriptor of its
 *    own that no program started by a module inherits, and nothing of a module runs after it.
 * 5. The answer is complete if and only if the exit status is 0.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { ANSWERED = 0, UNKNOWN = 1, FAILED = 2, NO_PLUGIN = 3, MISUSED = 4 };

enum { MAX_PLUGIN = 64, MAX_NAME = 256, MAX_PASSWD_ENTRY = 65536 };

#define MAX_ID ((uint64_t)1 << 32)

// The interface of shadow's plugins.
enum subid_type { SUBID_UID = 1, SUBID_GID = 2 };
enum subid_status { SUBID_SUCCESS = 0, SUBID_UNKNOWN_USER = 1 };
struct subid_range {
  unsigned long start;
  unsigned long count;
};
typedef enum subid_status list_owner_ranges(const char *owner, enum subid_type type,
                                            struct subid_range **ranges, int *count);

// A name that can stand in one field of one line.
static bool valid_name(const char *name) {
  size_t length = strnlen(name, MAX_NAME + 1);

  if (length == 0 || length > MAX_NAME)
    return false;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)name[i];

    if (c < ' ' || c == 0x7f || c == ':')
      return false;
  }
  return true;
}

static bool valid_plugin(const char *plugin) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  size_t length = strspn(plugin, letters);

  return length > 0 && length <= MAX_PLUGIN && plugin[length] == '\0';
}

// Plain decimal, as the helpers write it; 2^32-1 is nobody's uid.
static bool parse_uid(const char *text, uid_t *uid) {
  size_t length = strspn(text, "0123456789");
  unsigned long long value = strtoull(text, NULL, 10);

  if (length == 0 || length > 10 || text[length] != '\0' || (text[0] == '0' && length > 1))
    return false;
  *uid = (uid_t)value;
  return value < UINT32_MAX;
}

static int answer_user(uid_t uid, FILE *answer) {
  static char strings[MAX_PASSWD_ENTRY];
  struct passwd entry;
  struct passwd *found = NULL;
  int error = getpwuid_r(uid, &entry, strings, sizeof strings, &found);

  if (error != 0)
    return FAILED;
  if (found == NULL)
    return UNKNOWN;
  if (found->pw_uid != uid || !valid_name(found->pw_name))
    return FAILED;
  fprintf(answer, "%s:%u:%u\n", found->pw_name, found->pw_uid, found->pw_gid);
  return ANSWERED;
}

static int answer_ranges(const char *plugin, const char *name, enum subid_type type, FILE *answer) {
  char file[sizeof "libsubid_.so" + MAX_PLUGIN];
  list_owner_ranges *list = NULL;
  struct subid_range *ranges = NULL;
  int count = 0;

  if (!valid_name(name))
    return FAILED;
  // A file name without a slash: the loader searches the system's own directories and no other.
  snprintf(file, sizeof file, "libsubid_%s.so", plugin);
  void *library = dlopen(file, RTLD_NOW);
  if (library != NULL)
    *(void **)&list = dlsym(library, "shadow_subid_list_owner_ranges");
  if (list == NULL)
    return NO_PLUGIN;

  enum subid_status status = list(name, type, &ranges, &count);
  if (status == SUBID_UNKNOWN_USER)
    return UNKNOWN;
  if (status != SUBID_SUCCESS || count < 0 || (count > 0 && ranges == NULL))
    return FAILED;
  for (int i = 0; i < count; i++) {
    if (ranges[i].start > MAX_ID || ranges[i].count > MAX_ID)
      return FAILED;
    fprintf(answer, "%lu %lu\n", ranges[i].start, ranges[i].count);
  }
  // Nothing is freed: the process ends here, and older plugins have no shadow_subid_free (it is of
  // 2024; SSSD 2.8 lacks it).
  return ANSWERED;
}

static int answer_request(int argc, char **argv, FILE *answer) {
  uid_t uid;

  if (argc == 3 && strcmp(argv[1], "user") == 0 && parse_uid(argv[2], &uid))
    return answer_user(uid, answer);
  if (argc == 5 && strcmp(argv[1], "ranges") == 0 && valid_plugin(argv[2])) {
    if (strcmp(argv[4], "uid") == 0)
      return answer_ranges(argv[2], argv[3], SUBID_UID, answer);
    if (strcmp(argv[4], "gid") == 0)
      return answer_ranges(argv[2], argv[3], SUBID_GID, answer);
  }
  return MISUSED;
}

// Takes stdout for the answer alone, and gives the modules stderr in its place.
static FILE *take_stdout(void) {
  int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

  if (copy < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return NULL;
  return fdopen(copy, "w");
}

int main(int argc, char **argv) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    _exit(FAILED);
  if (environ[0] != NULL)
    _exit(MISUSED);

  FILE *answer = take_stdout();
  if (answer == NULL)
    _exit(FAILED);
  int status = answer_request(argc, argv, answer);
  if (status == ANSWERED && (fflush(answer) != 0 || ferror(answer)))
    status = FAILED;
  _exit(status); // runs no module's destructors and flushes nothing that one printed
}
