/* SPDX-License-Identifier: MIT
 *
 * The name-service program: it asks the C library and its modules what the files do not know, so
 * that no privileged process ever loads one.
 *
 *   nss user UID                       NAME:UID:GID       who has this uid
 *   nss name NAME                      NAME:UID:GID       who has this name
 *   nss member UID NAME GROUP          in or out          whether this user is in this group
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
 *    "out" lifts a restriction, so it takes every source's own word; either answer takes a process that has room.
 * 4. A module may print, fork or leave a thread behind. The answer goes through a descriptor of its
 *    own that no program started by a module inherits, and nothing of a module runs after it.
 * 5. The answer is complete if and only if the exit status is 0.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ANSWERED = 0, UNKNOWN = 1, FAILED = 2, NO_PLUGIN = 3, MISUSED = 4 };

enum { MAX_PLUGIN = 64, MAX_NAME = 256, MAX_PASSWD_ENTRY = 65536, MAX_GROUP_ENTRY = 16 << 20 };

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

// The interface of the C library's name-service modules.
enum module_status { MODULE_TRYAGAIN = -2, MODULE_UNAVAILABLE = -1, MODULE_NOTFOUND = 0, MODULE_SUCCESS = 1 };
typedef enum module_status get_group(const char *name, struct group *group, char *strings, size_t size,
                                     int *error);
typedef enum module_status list_groups(const char *user, gid_t primary, long *count, long *size, gid_t **groups,
                                       long limit, int *error);

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

static int answer_found(int error, const struct passwd *found, FILE *answer) {
  if (error != 0)
    return FAILED;
  if (found == NULL)
    return UNKNOWN;
  if (!valid_name(found->pw_name))
    return FAILED;
  fprintf(answer, "%s:%u:%u\n", found->pw_name, found->pw_uid, found->pw_gid);
  return ANSWERED;
}

static int find_uid(uid_t uid, struct passwd *user, struct passwd **found) {
  static char strings[MAX_PASSWD_ENTRY];
  int error = getpwuid_r(uid, user, strings, sizeof strings, found);

  return error == 0 && *found != NULL && user->pw_uid != uid ? EINVAL : error;
}

static int answer_user(uid_t uid, FILE *answer) {
  struct passwd entry, *found = NULL;
  int error = find_uid(uid, &entry, &found);

  return answer_found(error, found, answer);
}

static int answer_name(const char *name, FILE *answer) {
  static char strings[MAX_PASSWD_ENTRY];
  struct passwd entry, *found = NULL;

  if (!valid_name(name))
    return FAILED;
  int error = getpwnam_r(name, &entry, strings, sizeof strings, &found);
  return answer_found(error, found, answer);
}

// All sources of the system's configuration, in the form that one of them has.
static enum module_status any_source(const char *name, struct group *group, char *strings, size_t size,
                                     int *error) {
  struct group *found = NULL;

  *error = getgrnam_r(name, group, strings, size, &found);
  return *error != 0 ? MODULE_TRYAGAIN : found == NULL ? MODULE_NOTFOUND : MODULE_SUCCESS;
}

// The group of exactly this name. Its strings are never freed: the process ends soon.
static int find_group(get_group *get, const char *name, struct group *group) {
  for (size_t size = 4096; size <= MAX_GROUP_ENTRY; size *= 2) {
    int error = 0;
    char *strings = malloc(size);

    if (strings == NULL)
      return FAILED;
    enum module_status status = get(name, group, strings, size, &error);
    if (status == MODULE_NOTFOUND)
      return UNKNOWN;
    if (status == MODULE_SUCCESS)
      return strcmp(group->gr_name, name) == 0 ? ANSWERED : FAILED;
    free(strings);
    if (error != ERANGE)
      return FAILED;
  }
  return FAILED;
}

static bool lists(const struct group *group, const char *user) {
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (strcmp(*member, user) == 0)
      return true;
  return false;
}

static bool contains(const gid_t *groups, long count, gid_t gid) {
  for (long i = 0; i < count; i++)
    if (groups[i] == gid)
      return true;
  return false;
}

// Whether the database has the user in the group. What it does not have proves nothing.
static bool is_member(const struct passwd *user, const char *name, const struct group *group) {
  static gid_t groups[NGROUPS_MAX];
  int count = NGROUPS_MAX;

  if (user->pw_gid == group->gr_gid || lists(group, name))
    return true;
  return getgrouplist(name, user->pw_gid, groups, &count) >= 0 && contains(groups, count, group->gr_gid);
}

// Whether the process has the group, from a login before the database changed or from a source that is away.
static bool holds(gid_t gid) {
  static gid_t groups[NGROUPS_MAX];
  int count = getgroups(NGROUPS_MAX, groups);

  return count < 0 || getgid() == gid || getegid() == gid || contains(groups, count, gid);
}

static bool is_below(int resource, rlim_t least) {
  struct rlimit limit;

  return getrlimit(resource, &limit) != 0 || limit.rlim_cur < least;
}

// A source that runs out of what its caller limited may say "not found" for it.
static bool is_short_of_room(void) {
  return is_below(RLIMIT_NOFILE, 64) || is_below(RLIMIT_AS, RLIM_INFINITY) || is_below(RLIMIT_DATA, RLIM_INFINITY);
}

// A module's function, or the one that the C library has for a source of its own.
static void *function_of(const char *source, const char *what) {
  char file[sizeof "libnss_.so.2" + MAX_PLUGIN], symbol[sizeof "_nss__initgroups_dyn" + MAX_PLUGIN];

  snprintf(file, sizeof file, "libnss_%s.so.2", source);
  snprintf(symbol, sizeof symbol, "_nss_%s_%s", source, what);
  return dlsym(dlopen(file, RTLD_NOW), symbol);
}

// Whether a source's list of the user's groups is one, and does not have this group.
static bool list_denies(list_groups *list, const char *name, gid_t own, gid_t group) {
  long count = 1, size = 1;
  gid_t *groups = malloc(sizeof *groups);
  int error = 0;

  if (groups == NULL)
    return false;
  groups[0] = own;
  enum module_status status = list(name, own, &count, &size, &groups, -1, &error);
  bool denies = status == MODULE_NOTFOUND || (status == MODULE_SUCCESS && !contains(groups, count, group));
  free(groups);
  return denies;
}

// Whether one source answers, and does not have the user in the group.
static bool source_denies(const char *source, const struct passwd *user, const char *name,
                          const struct group *group) {
  struct group own;
  get_group *get = NULL;
  list_groups *list = NULL;

  if (!valid_plugin(source))
    return false;
  *(void **)&get = function_of(source, "getgrnam_r");
  *(void **)&list = function_of(source, "initgroups_dyn");
  if (get == NULL && list == NULL)
    return false;
  int found = get == NULL ? UNKNOWN : find_group(get, group->gr_name, &own);
  if (found == FAILED || (found == ANSWERED && (own.gr_gid != group->gr_gid || lists(&own, name))))
    return false;
  return list == NULL || list_denies(list, name, user->pw_gid, group->gr_gid);
}

// The sources that a line of nsswitch.conf names for a database; NULL if it is another's line. The actions
// between brackets, which say when a source is not asked, are blanked.
static char *sources_of(char *line, const char *database) {
  line[strcspn(line, "#\n")] = '\0';
  line += strspn(line, " \t");
  size_t length = strcspn(line, " \t:");
  if (length != strlen(database) || memcmp(line, database, length) != 0)
    return NULL;
  line += length;
  for (char *action = strchr(line, '['); action != NULL; action = strchr(action, '['))
    memset(action, ' ', strcspn(action, "]") + (strchr(action, ']') != NULL));
  return line;
}

static bool all_deny(char *sources, const struct passwd *user, const char *name, const struct group *group) {
  char *rest = NULL;

  for (char *source = strtok_r(sources, " \t:", &rest); source != NULL; source = strtok_r(NULL, " \t:", &rest))
    if (!source_denies(source, user, name, group))
      return false;
  return true;
}

// A lookup goes on where a source fails, and does not tell: so each that the system uses is asked by itself.
static bool every_source_denies(const struct passwd *user, const char *name, const struct group *group) {
  FILE *settings = fopen("/etc/nsswitch.conf", "re");
  char *line = NULL, preset[] = "files", *sources;
  size_t size = 0;
  bool deny = true, named = false;

  if (settings == NULL)
    return errno == ENOENT && all_deny(preset, user, name, group);
  while (deny && getline(&line, &size, settings) >= 0) {
    if ((sources = sources_of(line, "group")) != NULL)
      named = true;
    else if ((sources = sources_of(line, "initgroups")) == NULL)
      continue;
    deny = all_deny(sources, user, name, group);
  }
  return deny && feof(settings) && (named || all_deny(preset, user, name, group));
}

static int answer_member(uid_t uid, const char *name, const char *group_name, FILE *answer) {
  struct passwd user, *found = NULL;
  struct group group;

  if (!valid_name(name) || !valid_name(group_name) || find_uid(uid, &user, &found) != 0 || found == NULL)
    return FAILED;
  int status = find_group(any_source, group_name, &group);
  if (status != ANSWERED)
    return status;
  bool member = is_member(&user, name, &group);
  if (!member && (holds(group.gr_gid) || !every_source_denies(&user, name, &group)))
    return FAILED;
  // A source that the caller's limits take away may have been the one that knows another group of that name.
  if (is_short_of_room())
    return FAILED;
  fputs(member ? "in\n" : "out\n", answer);
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
  if (argc == 3 && strcmp(argv[1], "name") == 0)
    return answer_name(argv[2], answer);
  if (argc == 5 && strcmp(argv[1], "member") == 0 && parse_uid(argv[2], &uid))
    return answer_member(uid, argv[3], argv[4], answer);
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
