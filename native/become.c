/* SPDX-License-Identifier: MIT
 *
 * The steps from a mapped namespace to the user's program; see become.h. Nothing here holds a capability but
 * those that the kernel gives in a namespace of the caller's own.
 */
#define _GNU_SOURCE
#include "become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

/* Of linux/sched.h, which some C libraries' sched.h lacks. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#define NAMESPACES                                                                                          \
  ((uint32_t)(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID |     \
              CLONE_NEWCGROUP | CLONE_NEWTIME))

static int result(long answer) { return answer < 0 ? -errno : 0; }

const char *become_operand(uint32_t index, uint32_t offset, const char *otherwise) {
  if (index == 0) return otherwise;
  if (index >= (uint32_t)start.argc || offset > strlen(start.argv[index])) fail("internal error: no such argument");
  return start.argv[index] + offset;
}

static int file = -1;

static bool is_procfs(int fd) {
  struct statfs fs;
  return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* The file that a map is read from, opened as the caller: a pipe such as /dev/fd/63 is as good as a file. Those of
 * /proc are not read: a message that quotes one would show the memory layout of an undumpable process. */
int become_open(const char *path) {
  if (file >= 0) fail("internal error: a second file");
  file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0 || !is_procfs(file)) return result(file);
  close(file);
  file = -1;
  return -EOPNOTSUPP;
}

int become_open_own_map(bool gids) {
  if (file >= 0) fail("internal error: a second file");
  file = open(gids ? "/proc/self/gid_map" : "/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
  return result(file);
}

/* Closes the file at its end. */
int become_read(void *into, size_t room) {
  ssize_t got;
  if (file < 0 || room > INT32_MAX) fail("internal error: no file is open");
  do got = read(file, into, room);
  while (got < 0 && errno == EINTR);
  if (got > 0) return (int)got;
  const int end = result(got);
  close(file);
  file = -1;
  return end;
}

/* The kernel makes a process dumpable again, or what fs.suid_dumpable says, when its ids change. Without
 * privilege it may have been dumpable all along. */
static int stay_undumpable(bool undumpable, int answer) {
  if (undumpable && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail("cannot become undumpable");
  return answer;
}

static bool is_undumpable(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1; }

int become_unshare(uint32_t flags) {
  const bool undumpable = is_undumpable();
  if ((flags & ~NAMESPACES) != 0) fail("internal error: no kind of namespace");
  return stay_undumpable(undumpable, result(unshare((int)flags)));
}

/* The kernel counts what is made below this namespace, by whomever. */
int become_limit_namespaces(void) {
  const int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int written = is_procfs(fd) ? result(write(fd, "1\n", 2)) : -ENOENT;
  close(fd);
  return written;
}

/* `type` as in `Propagation` of src/userns/options.ts. */
int become_propagate(uint32_t type) {
  static const unsigned long flags[] = {MS_PRIVATE, MS_SHARED, MS_SLAVE};
  if (type >= sizeof flags / sizeof *flags) fail("internal error: no kind of propagation");
  return result(mount("none", "/", NULL, MS_REC | flags[type], NULL));
}

/* How the program ended becomes how we end. */
static _Noreturn void end_like(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  signal(number, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &one, NULL);
  kill(getpid(), number);
  _exit(128 + number);
}

/* A stopped program stops us, or the shell that started us would never know; whoever continues us meant it. */
static _Noreturn void wait_for(pid_t child) {
  int status;
  for (;;) {
    const pid_t changed = waitpid(child, &status, WUNTRACED);
    if (changed < 0 && errno == EINTR) continue;
    if (changed != child) fail("cannot wait for the program");
    if (!WIFSTOPPED(status)) end_like(status);
    kill(getpid(), SIGSTOP);
    kill(child, SIGCONT);
  }
}

/* In the child: the reading end of a pipe whose only other end the parent holds. */
static int parent_alive = -1;

/* Answers 0 in the child; the parent waits and ends. While it waits the keys of a terminal are the program's
 * affair: SIGTSTP too is blocked, so that the parent stops once, when the program has, and not a second time when
 * it is continued. The first process of a pid namespace the kernel does not stop, so there ctrl-z stops us. */
int become_fork(bool first) {
  const struct sigaction usual = {.sa_handler = SIG_DFL};
  struct sigaction on_child;
  sigset_t blocked, before;
  int alive[2];
  if (pipe2(alive, O_CLOEXEC) != 0) return -errno;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGTERM);
  if (!first) sigaddset(&blocked, SIGTSTP);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  /* Where it is ignored the kernel keeps no exit status. */
  sigaction(SIGCHLD, &usual, &on_child);
  const pid_t child = fork();
  const int reason = errno;
  if (child > 0) {
    close(alive[0]);
    wait_for(child);
  }
  sigaction(SIGCHLD, &on_child, NULL);
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(alive[1]);
  parent_alive = alive[0];
  return child < 0 ? -reason : 0;
}

int become_change_root(const char *path) { return result(chroot(path)); }

int become_change_directory(const char *path) { return result(chdir(path)); }

/* What is mounted there already must not pass the new mount on; EINVAL: nothing is. */
int become_mount_proc(const char *path) {
  if (mount("none", path, NULL, MS_PRIVATE | MS_REC, NULL) != 0 && errno != EINVAL) return -errno;
  return result(mount("proc", path, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

/* The filter of --disable-userns. One block for each ABI that the kernel runs: the numbers are those of its
 * arch/.../syscall*.tbl. clone3 keeps its flags where no filter can look: programs then fall back to clone. A
 * namespace that setns joins is looked at only if its type is named. */
#if defined(__x86_64__)
#define ABIS ABI(AUDIT_ARCH_X86_64, 0xbfffffff /* x32's bit */, 56, 272, 308), ABI(AUDIT_ARCH_I386, ~0u, 120, 310, 346)
#elif defined(__i386__)
#define ABIS ABI(AUDIT_ARCH_I386, ~0u, 120, 310, 346)
#elif defined(__aarch64__)
#define ABIS ABI(AUDIT_ARCH_AARCH64, ~0u, 220, 97, 268), ABI(AUDIT_ARCH_ARM, ~0u, 120, 337, 375)
#elif defined(__arm__)
#define ABIS ABI(AUDIT_ARCH_ARM, ~0u, 120, 337, 375)
#endif

#ifdef ABIS
#define CLONE3 435
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define EQUAL(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), then, otherwise)
#define HAS(bit, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bit), then, otherwise)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (uint32_t)(value))
/* An argument's lower half: memory is little-endian wherever this compiles (wasm-rt.h). */
#define ABI(machine, mask, clone, unshare, setns)                                                           \
  LOAD(arch), EQUAL(machine, 0, 14),                                                                        \
      LOAD(nr), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (uint32_t)(mask)),                                      \
      EQUAL(CLONE3, 9, 0), EQUAL(setns, 4, 0), EQUAL(clone, 1, 0), EQUAL(unshare, 0, 7),                    \
      LOAD(args[0]), HAS(CLONE_NEWUSER, 3, 5),                                                              \
      LOAD(args[1]), EQUAL(0, 1, 0), HAS(CLONE_NEWUSER, 0, 2),                                              \
      ANSWER(SECCOMP_RET_ERRNO | EPERM), ANSWER(SECCOMP_RET_ERRNO | ENOSYS), ANSWER(SECCOMP_RET_ALLOW)

int become_filter_namespaces(void) {
  struct sock_filter filter[] = {ABIS, ANSWER(SECCOMP_RET_KILL_PROCESS)};
  const struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  return result(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}
#else
int become_filter_namespaces(void) { return -EOPNOTSUPP; }
#endif

/* Whether setgroups is denied in the namespace: 1, 0, or -errno. */
int become_groups_denied(void) {
  char text[8] = "";
  const int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int got = result(read(fd, text, sizeof text - 1));
  close(fd);
  return got < 0 ? got : strcmp(text, "deny\n") == 0;
}

int become_drop_groups(void) { return result(setgroups(0, NULL)); }

int become_keep_capabilities(void) { return result(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)); }

int become_take_gid(uint32_t gid) {
  const bool undumpable = is_undumpable();
  return stay_undumpable(undumpable, result(setresgid(gid, gid, gid)));
}

int become_take_uid(uint32_t uid) {
  const bool undumpable = is_undumpable();
  return stay_undumpable(undumpable, result(setresuid(uid, uid, uid)));
}

/* Whatever is permitted becomes what a program without capabilities of its own inherits. */
int become_pass_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return -errno;
  for (int i = 0; i < 2; i++) data[i].effective = data[i].inheritable = data[i].permitted;
  if (syscall(SYS_capset, &header, data) != 0) return -errno;
  for (unsigned long capability = 0; capability < 64; capability++) {
    if ((data[capability / 32].permitted >> capability % 32 & 1) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return -errno;
  }
  return result(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
}

/* A parent that ends closes its descriptors before the kernel looks for children to signal. So if the pipe is
 * still open after the signal was set, the signal will come; if it is not, it may have been too late. (Our
 * parent's id says nothing: in a new pid namespace it is 0 from the beginning.) */
int become_die_with_parent(uint32_t number) {
  struct pollfd parent = {.fd = parent_alive};
  if (parent_alive < 0) fail("internal error: no parent");
  if (prctl(PR_SET_PDEATHSIG, (unsigned long)number, 0, 0, 0) != 0) return -errno;
  if (poll(&parent, 1, 0) < 0) return -errno;
  if ((parent.revents & POLLHUP) != 0) _exit(1);
  return 0;
}

int become_no_new_privileges(void) { return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

/* Since Linux 5.9. */
int become_close_from(uint32_t first) { return result(syscall(SYS_close_range, first, ~0u, 0)); }

int become_program(uint32_t index) {
  if (index == 0 || index >= (uint32_t)start.argc) fail("internal error: no such argument");
  execvp(start.argv[index], start.argv + index);
  return -errno;
}

const char *become_shell(void) { return getenv("SHELL"); }

int become_run_shell(const char *path) {
  char name[PATH_MAX];
  if (path == NULL) fail("internal error: no shell");
  if (strlen(path) >= sizeof name) return -ENAMETOOLONG;
  char *const argv[] = {strcpy(name, path), NULL};
  execv(path, argv);
  return -errno;
}

/* A number that explains a failure; `which` as in `Setting` of src/host.ts. */
int64_t become_setting(uint32_t which) {
  static const char *const paths[] = {
      "/proc/sys/kernel/unprivileged_userns_clone",
      "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
      "/proc/sys/user/max_user_namespaces",
  };
  char text[16] = "";
  if (which >= sizeof paths / sizeof *paths) fail("internal error: no such setting");
  const int fd = open(paths[which], O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int got = result(read(fd, text, sizeof text - 1));
  close(fd);
  return got < 0 ? got : strtoll(text, NULL, 10);
}
