// SPDX-License-Identifier: MIT
//
// What a user can do with his namespaces and with a mount that newfsidmap made there:
//
//   inside cover FILE LINK      mounts FILE over the symbolic link LINK itself
//   inside idmap PID DIRECTORY  mounts DIRECTORY over itself with the ids of PID's user namespace
//   inside clear DIRECTORY      takes off each flag of the mount, and of a clone of it
//   inside remap PID DIRECTORY  gives the mount, and clones of it, the ids of PID's user namespace
//   inside handle WANTED DIRECTORY  opens the directory WANTED by a handle, through the mount of DIRECTORY
//   inside rename FROM TO
//   inside send DIRECTORY       sends a clone of the mount over descriptor 3
//
//   inside socket KIND PROGRAM ARG...  runs a program with a socket as descriptor 3: connected to nobody, listening,
//                               to a port, or to a receiver that has closed its end
//
// Of the attempts each is a line: what was tried, and the error, or "ok".

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

static int checked(long result, const char *what) {
  if (result >= 0) return (int)result;
  fprintf(stderr, "inside: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long say(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "ok");
  fflush(stdout);
  return result;
}

static int clone_of(const char *path) {
  return checked(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), path);
}

static long set(int tree, struct mount_attr attr) {
  return syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr);
}

static void attach(int tree, int over) {
  checked(syscall(SYS_move_mount, tree, "", over, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), "move_mount");
}

static int namespace_of(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/ns/user", pid);
  return checked(open(path, O_RDONLY | O_CLOEXEC), path);
}

static struct mount_attr ids_of(const char *pid) {
  return (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (__u64)namespace_of(pid)};
}

static void cover(const char *file, const char *link) {
  const int tree = clone_of(file);
  attach(tree, checked(open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC), link));
}

static void idmap(const char *pid, const char *path) {
  const int tree = clone_of(path);
  checked(set(tree, ids_of(pid)), "mount_setattr");
  attach(tree, checked(open(path, O_PATH | O_CLOEXEC), path));
}

static void clear(const char *path) {
  static const struct {
    const char *name;
    __u64 flag;
  } flags[] = {
      {"ro", MOUNT_ATTR_RDONLY}, {"nosuid", MOUNT_ATTR_NOSUID}, {"nodev", MOUNT_ATTR_NODEV},
      {"noexec", MOUNT_ATTR_NOEXEC}, {"atime", MOUNT_ATTR__ATIME},
  };
  const int mount = checked(open(path, O_PATH | O_CLOEXEC), path), clone = clone_of(path);

  for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
    const struct mount_attr attr = {
        .attr_clr = flags[i].flag, .attr_set = flags[i].flag == MOUNT_ATTR__ATIME ? MOUNT_ATTR_NOATIME : 0};
    say(flags[i].name, set(clone, attr));
    say(flags[i].name, set(mount, attr));
  }
}

static void remap(const char *pid, const char *path) {
  struct mount_attr attr = ids_of(pid);

  say("the mount", set(checked(open(path, O_PATH | O_CLOEXEC), path), attr));
  say("a clone", set(clone_of(path), attr));
  say("while it is cloned", syscall(SYS_open_tree_attr, AT_FDCWD, path, OPEN_TREE_CLONE, &attr, sizeof attr));
  attr = (struct mount_attr){.attr_clr = MOUNT_ATTR_IDMAP};
  say("none", set(clone_of(path), attr));
}

// Whoever may mount may open directories by handle.
static void handle(const char *wanted, const char *directory) {
  _Alignas(struct file_handle) char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  struct file_handle *const found = (struct file_handle *)room;
  int mount;

  found->handle_bytes = MAX_HANDLE_SZ;
  checked(name_to_handle_at(AT_FDCWD, wanted, found, &mount, 0), wanted);
  const int below = checked(open(directory, O_RDONLY | O_CLOEXEC), directory);
  say("by handle", open_by_handle_at(below, found, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void send_clone(const char *path) {
  const int tree = clone_of(path);
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof tree)];
  struct iovec part = {.iov_base = control, .iov_len = 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *const header = CMSG_FIRSTHDR(&message);

  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof tree), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(header), &tree, sizeof tree);
  checked(sendmsg(3, &message, 0), "sendmsg");
}

static int socket_of(const char *kind) {
  const struct sockaddr_in port = {.sin_family = AF_INET, .sin_port = 1, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int ends[2] = {-1, -1};

  if (strcmp(kind, "port") == 0) {
    ends[0] = checked(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    checked(connect(ends[0], (const struct sockaddr *)&port, sizeof port), "connect");
  } else if (strcmp(kind, "closed") == 0) {
    checked(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    close(ends[1]);
  } else {
    ends[0] = checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    if (strcmp(kind, "listening") == 0) {
      const struct sockaddr_un any = {.sun_family = AF_UNIX};
      checked(bind(ends[0], (const struct sockaddr *)&any, sizeof any.sun_family), "bind");
      checked(listen(ends[0], 1), "listen");
    }
  }
  return ends[0];
}

static void run_with_socket(const char *kind, char **program) {
  checked(dup2(socket_of(kind), 3), "dup2");
  execv(program[0], program);
  checked(-1, program[0]);
}

int main(int argc, char **argv) {
  const char *const what = argc > 2 ? argv[1] : "";

  if (argc == 4 && strcmp(what, "cover") == 0)
    cover(argv[2], argv[3]);
  else if (argc == 4 && strcmp(what, "idmap") == 0)
    idmap(argv[2], argv[3]);
  else if (argc == 3 && strcmp(what, "clear") == 0)
    clear(argv[2]);
  else if (argc == 4 && strcmp(what, "remap") == 0)
    remap(argv[2], argv[3]);
  else if (argc == 4 && strcmp(what, "handle") == 0)
    handle(argv[2], argv[3]);
  else if (argc > 3 && strcmp(what, "socket") == 0)
    run_with_socket(argv[2], argv + 3);
  else if (argc == 4 && strcmp(what, "rename") == 0)
    say("rename", rename(argv[2], argv[3]));
  else if (argc == 3 && strcmp(what, "send") == 0)
    send_clone(argv[2]);
  else
    return 2;
  return 0;
}
