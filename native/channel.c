/* SPDX-License-Identifier: MIT
 *
 * A process of our own beside the program's: userns has a helper, newfsidmap a process for each namespace that it
 * enters and has to be out of again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "shim.h"

#define MOST_DESCRIPTORS 4

union control {
  struct cmsghdr header;
  char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
};

/* Without an exit signal, so that the program of the caller's finds no SIGCHLD that it did not earn. A filter of his may
 * have a call seem to succeed: who takes himself for the child, or keeps both ends, would answer or wait for himself.
 * The child alone is given its number; by getpid() both may be the first of a pid namespace. */
pid_t channel_fork(int *end) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 || ends[1] < 0) fail("cannot make a channel");
  pid_t own = 0;
  const pid_t child = (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID, 0, 0, &own, &own);
  if (child < 0 || (child == 0 && own == 0)) fail("cannot start a process: a limit of processes is reached");
  close(ends[child == 0 ? 0 : 1]);
  const bool kept = fcntl(ends[child == 0 ? 0 : 1], F_GETFD) != -1;
  if (kept && child == 0) _exit(1);
  if (kept) fail("cannot close an end of a channel");
  *end = ends[child == 0 ? 1 : 0];
  return child;
}

void channel_close(int end) {
  shutdown(end, SHUT_RDWR);
  close(end);
}

int channel_wait(pid_t child) {
  int status;
  pid_t ended;
  do ended = waitpid(child, &status, __WALL);
  while (ended < 0 && errno == EINTR);
  if (ended != child) start.written ? _exit(0) : fail("a process of the program's own cannot be waited for");
  return status;
}

int channel_send(int socket, const void *data, size_t length, const int *descriptors, int count) {
  union control control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  const size_t size = (size_t)count * sizeof(int);
  struct iovec word = {(void *)data, length};
  struct msghdr message = {.msg_iov = &word, .msg_iovlen = 1};
  if (count > 0) {
    control.header.cmsg_len = (unsigned)CMSG_LEN(size);
    memcpy(CMSG_DATA(&control.header), descriptors, size);
    message.msg_control = &control;
    message.msg_controllen = (unsigned)CMSG_SPACE(size);
  }
  /* Our own ends never fill; one of the caller's that is full is an error and not a reason to wait for him. */
  const ssize_t put = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return put == (ssize_t)length ? 0 : put < 0 ? -errno : -EIO;
}

ssize_t channel_receive(int socket, void *into, size_t room, int *descriptors, int count) {
  union control control;
  /* cppcheck-suppress ctuuninitvar ; it is filled, not read */
  struct iovec word = {into, room};
  struct msghdr message = {.msg_iov = &word, .msg_iovlen = 1, .msg_control = &control};
  ssize_t got;
  message.msg_controllen = count > 0 ? (unsigned)CMSG_SPACE((size_t)count * sizeof(int)) : 0;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  for (int i = 0; i < count; i++) descriptors[i] = -1;
  if (got < 0) return -errno;
  const struct cmsghdr *const first = CMSG_FIRSTHDR(&message);
  if (first != NULL && first->cmsg_type == SCM_RIGHTS) {
    const size_t size = first->cmsg_len - CMSG_LEN(0), most = (size_t)count * sizeof(int);
    memcpy(descriptors, CMSG_DATA(first), size < most ? size : most);
  }
  return got;
}
