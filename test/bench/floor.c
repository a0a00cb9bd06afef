/* SPDX-License-Identifier: MIT
 *
 * The floor of the benchmark: what writing a map costs when nothing is asked, checked or explained. It is
 * linked as the programs are, has the same file capability, and is called with the same arguments.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char map[4096];
static char *end = map;

static void append(const char *text) {
  const size_t length = strlen(text);
  if (length >= (size_t)(map + sizeof map - end)) _exit(1);
  memcpy(end, text, length);
  end += length;
}

int main(int argc, char **argv) {
  if (argc < 2) return 1;
  append("/proc/");
  append(argv[1]);
  append(MAP_FILE);
  *end = 0;
  const int fd = open(map, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return 1;
  end = map;
  for (int i = 2; i < argc; i++) {
    append(argv[i]);
    append(i % 3 == 1 ? "\n" : " ");
  }
  return write(fd, map, (size_t)(end - map)) == end - map ? 0 : 1;
}
