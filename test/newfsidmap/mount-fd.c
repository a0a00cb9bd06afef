/* SPDX-License-Identifier: MIT
 *
 * The two ends of newfsidmap --fd.
 *
 * give ADDRESS PROGRAM ARGUMENT...   runs the program with descriptor 3 connected to the other end
 * take ADDRESS TARGET                waits for the mount, prints a line, reads one, and attaches it at TARGET
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Of linux/mount.h, which musl does not come with. */
enum { MOVE_MOUNT_F_EMPTY_PATH = 4 };

static int checked(long result, const char *what) {
  if (result >= 0) return (int)result;
  fprintf(stderr, "mount-fd: %s: %s\n", what, strerror(errno));
  exit(1);
}

static struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) exit(2);
  strcpy(address.sun_path, path);
  return address;
}

static void give(const char *path, char **command) {
  const struct sockaddr_un address = address_of(path);
  const int fd = checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  checked(connect(fd, (const struct sockaddr *)&address, sizeof address), "connect");
  if (fd != 3) checked(dup2(fd, 3), "dup2");
  execv(command[0], command);
  checked(-1, command[0]);
}

/* The descriptor that comes with one byte, and nothing else. */
static int receive(int connection) {
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
  char bytes[2];
  struct iovec part = {.iov_base = bytes, .iov_len = sizeof bytes};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int fd;
  const int length = checked(recvmsg(connection, &message, 0), "recvmsg");
  const struct cmsghdr *const header = CMSG_FIRSTHDR(&message);
  if (length != 1 || !header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof fd)) {
    fprintf(stderr, "mount-fd: %d bytes and no descriptor\n", length);
    exit(1);
  }
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static void take(const char *path, const char *target) {
  const struct sockaddr_un address = address_of(path);
  const int listener = checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  checked(bind(listener, (const struct sockaddr *)&address, sizeof address), "bind");
  checked(listen(listener, 1), "listen");
  puts("ready");
  fflush(stdout);
  const int tree = receive(checked(accept(listener, NULL, NULL), "accept"));
  puts("received");
  fflush(stdout);
  getchar();
  checked(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
  puts("attached");
}

int main(int argc, char **argv) {
  if (argc > 3 && strcmp(argv[1], "give") == 0) give(argv[2], argv + 3);
  if (argc == 4 && strcmp(argv[1], "take") == 0) {
    take(argv[2], argv[3]);
    return 0;
  }
  return 2;
}
