// SPDX-License-Identifier: MIT
//
// driver PLUGIN: calls a plugin as a program of shadow's would, and says what it answered. One command a line:
//
//   list uid|gid OWNER             status, then START+COUNT for each range
//   has uid|gid START COUNT OWNER  status, then yes or no
//   find uid|gid ID                status, then the uids
//   file LENGTH PATH               the LENGTH bytes of the next lines become the file's
//   absent PATH                    removes the file
//   shell COMMAND                  runs it
//   limit COUNT                    how many descriptors there may be
//   state                          what a call must not change: descriptors, signals, directory, ids, children
//   threads COUNT ROUNDS           COUNT threads repeat the lists and questions asked so far, ROUNDS times each, and
//                                  say how many answers differed from the first ones

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum subid_type { SUBID_UID = 1, SUBID_GID = 2 };
struct subid_range {
  unsigned long start, count;
};
typedef int has_range(const char *owner, unsigned long start, unsigned long count, enum subid_type type, bool *result);
typedef int list_owner_ranges(const char *owner, enum subid_type type, struct subid_range **ranges, int *count);
typedef int find_subid_owners(unsigned long id, enum subid_type type, uid_t **uids, int *count);

static has_range *has;
static list_owner_ranges *list;
static find_subid_owners *find;
static void (*release)(void *answer);

#define MOST_QUESTIONS 64
static char *questions[MOST_QUESTIONS], *answers[MOST_QUESTIONS];
static int asked, open_at_start;

static void *function(void *library, const char *name) {
  void *found = dlsym(library, name);

  if (found == NULL) {
    fprintf(stderr, "driver: %s\n", dlerror());
    exit(2);
  }
  return found;
}

static void load(const char *plugin) {
  void *library = dlopen(plugin, RTLD_LAZY);

  if (library == NULL) {
    fprintf(stderr, "driver: %s\n", dlerror());
    exit(2);
  }
  *(void **)&has = function(library, "shadow_subid_has_range");
  *(void **)&list = function(library, "shadow_subid_list_owner_ranges");
  *(void **)&find = function(library, "shadow_subid_find_subid_owners");
  *(void **)&release = function(library, "shadow_subid_free");
}

// The number that a text begins with; goes behind it and the blank that follows.
static unsigned long take_number(const char **text) {
  char *end;
  unsigned long number = strtoul(*text, &end, 10);

  *text = end + (*end == ' ');
  return number;
}

static void put_list(FILE *out, const char *owner, enum subid_type type) {
  struct subid_range *ranges = (void *)1;
  int count = -1, status = list(owner, type, &ranges, &count);

  fprintf(out, "%d", status);
  for (int i = 0; i < count; i++)
    fprintf(out, " %lu+%lu", ranges[i].start, ranges[i].count);
  if (count == 0 && ranges != NULL)
    fputs(" garbage", out);
  release(ranges);
}

static void put_owners(FILE *out, unsigned long id, enum subid_type type) {
  uid_t *uids = (void *)1;
  int count = -1, status = find(id, type, &uids, &count);

  fprintf(out, "%d", status);
  for (int i = 0; i < count; i++)
    fprintf(out, " %u", uids[i]);
  if (count == 0 && uids != NULL)
    fputs(" garbage", out);
  release(uids);
}

// The plugin's answer to a question, for the caller to free; NULL if it is none.
static char *answer(const char *question) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  const char *kind = strchr(question, ' ');

  if (kind == NULL)
    kind = "";
  const char *rest = kind + (*kind != '\0' ? 5 : 0);
  enum subid_type type = strncmp(kind, " uid ", 5) == 0 ? SUBID_UID : strncmp(kind, " gid ", 5) == 0 ? SUBID_GID : 7;

  if (strncmp(question, "list ", 5) == 0) {
    put_list(out, rest, type);
  } else if (strncmp(question, "has ", 4) == 0) {
    unsigned long start = take_number(&rest), count = take_number(&rest);
    bool result = true;
    int status = has(rest, start, count, type, &result);

    fprintf(out, "%d %s", status, result ? "yes" : "no");
  } else if (strncmp(question, "find ", 5) == 0) {
    put_owners(out, take_number(&rest), type);
  } else {
    fclose(out);
    free(text);
    return NULL;
  }
  fclose(out);
  return text;
}

static void write_file(const char *rest) {
  size_t length = take_number(&rest);
  char *bytes = malloc(length + 1);
  FILE *file = fopen(rest, "w");

  if (bytes == NULL || file == NULL || fread(bytes, 1, length, stdin) != length ||
      fwrite(bytes, 1, length, file) != length) {
    fprintf(stderr, "driver: cannot write %s: %s\n", rest, strerror(errno));
    exit(2);
  }
  getchar(); // the newline behind them
  fclose(file);
  free(bytes);
}

static void run_command(const char *command) {
  if (system(command) != 0) {
    fprintf(stderr, "driver: it failed: %s\n", command);
    exit(2);
  }
}

static void limit_descriptors(const char *count) {
  struct rlimit limit;

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = strtoul(count, NULL, 10);
  setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_descriptors(void) {
  DIR *descriptors = opendir("/proc/self/fd");
  int open = 0;

  while (readdir(descriptors) != NULL)
    open++;
  closedir(descriptors);
  return open;
}

static void put_state(void) {
  sigset_t mask;
  struct sigaction child;
  char directory[256];

  sigprocmask(SIG_SETMASK, NULL, &mask);
  sigaction(SIGCHLD, NULL, &child);
  printf("%d new descriptors, SIGCHLD %s %s, in %s, uid %u %u, locale %s, %s\n", open_descriptors() - open_at_start,
         sigismember(&mask, SIGCHLD) ? "blocked" : "open", child.sa_handler == SIG_DFL ? "default" : "caught",
         getcwd(directory, sizeof directory), getuid(), geteuid(), setlocale(LC_ALL, NULL),
         waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? "no child" : "a child");
}

static void *repeat(void *rounds) {
  long differing = 0;

  for (int round = 0; round < *(int *)rounds; round++)
    for (int i = 0; i < asked; i++) {
      char *text = answer(questions[i]);

      differing += strcmp(text, answers[i]) != 0;
      free(text);
    }
  return (void *)differing;
}

static void run_threads(const char *rest) {
  int count = (int)take_number(&rest), rounds = (int)take_number(&rest);
  pthread_t *threads = calloc((size_t)count, sizeof *threads);
  long differing = 0;

  for (int i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, repeat, &rounds) != 0)
      exit(2);
  for (int i = 0; i < count; i++) {
    void *result;

    pthread_join(threads[i], &result);
    differing += (long)result;
  }
  free(threads);
  printf("%d answers, %ld differ\n", count * rounds * asked, differing);
}

static void ask(char *question) {
  char *text = answer(question);

  if (text == NULL) {
    fprintf(stderr, "driver: no question: %s\n", question);
    exit(2);
  }
  puts(text);
  if (asked == MOST_QUESTIONS) {
    free(text);
    return;
  }
  questions[asked] = strdup(question);
  answers[asked++] = text;
}

int main(int argc, char **argv) {
  char *line = NULL;
  size_t size = 0;

  if (argc != 2)
    return 2;
  load(argv[1]);
  open_at_start = open_descriptors();
  for (ssize_t length; (length = getline(&line, &size, stdin)) > 0;) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "file ", 5) == 0)
      write_file(line + 5);
    else if (strncmp(line, "absent ", 7) == 0)
      unlink(line + 7);
    else if (strncmp(line, "shell ", 6) == 0)
      run_command(line + 6);
    else if (strncmp(line, "limit ", 6) == 0)
      limit_descriptors(line + 6);
    else if (strcmp(line, "state") == 0)
      put_state();
    else if (strncmp(line, "threads ", 8) == 0)
      run_threads(line + 8);
    else
      ask(line);
  }
  free(line);
  while (asked > 0) {
    free(questions[--asked]);
    free(answers[asked]);
  }
  return 0;
}
