// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// One byte each way: "done" from the target, "go on" from the stage; errno instead of 0 says what failed.
static bool say(int fd, int code)
{
    char byte = (char)code;

    return write(fd, &byte, 1) == 1;
}

static bool hear(int fd)
{
    unsigned char byte = EPIPE;

    if (read(fd, &byte, 1) != 1)
        byte = EPIPE;
    errno = byte;
    return byte == 0;
}

__attribute__((noreturn)) static void be_target(const struct target *target, int fd)
{
    bool good = setgroups(target->group_count, target->groups) == 0 &&
                setresgid(target->gid, target->gid, target->gid) == 0 &&
                setresuid(target->uid, target->uid, target->uid) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;

    for (int i = 0; good && i < target->namespaces; i++) {
        if (i > 0)
            good = say(fd, 0) && hear(fd);
        good = good && unshare(CLONE_NEWUSER) == 0;
    }
    if (good && target->undumpable)
        good = prctl(PR_SET_DUMPABLE, 0) == 0;
    say(fd, good ? 0 : errno);
    if (good && target->end == LIVES)
        for (;;)
            pause();
    _exit(0);
}

static bool write_file(pid_t pid, const char *name, const char *text)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = write(fd, text, strlen(text));
    int cause = errno;
    close(fd);
    errno = cause;
    return n == (ssize_t)strlen(text);
}

// The kernel lets a process nest a namespace only if its ids are mapped in the one it is in.
static bool map_own_ids(pid_t pid, const struct target *target)
{
    char uids[32], gids[32];

    snprintf(uids, sizeof uids, "0 %u 1", target->uid);
    snprintf(gids, sizeof gids, "0 %u 1", target->gid);
    return write_file(pid, "uid_map", uids) && write_file(pid, "gid_map", gids);
}

static const char *prepare(const struct target *target, pid_t pid, int fd)
{
    for (int i = 1; i < target->namespaces; i++)
        if (!hear(fd) || !map_own_ids(pid, target) || !say(fd, 0))
            return "nest its namespace";
    if (!hear(fd))
        return "set itself up";
    if (target->deny_setgroups && !write_file(pid, "setgroups", "deny"))
        return "deny setgroups";
    if (target->uid_map && !write_file(pid, "uid_map", target->uid_map))
        return "get its uid_map";
    if (target->gid_map && !write_file(pid, "gid_map", target->gid_map))
        return "get its gid_map";
    return NULL;
}

pid_t start_target(const struct target *target, const char **what)
{
    int ends[2];

    *what = "start";
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_target(target, ends[1]);
    }
    close(ends[1]);
    if (pid > 0)
        *what = prepare(target, pid, ends[0]);
    int cause = errno;
    close(ends[0]);
    if (pid > 0 && *what) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    if (pid > 0 && target->end != LIVES) {
        siginfo_t info;
        waitid(P_PID, (id_t)pid, &info, WEXITED | (target->end == ZOMBIE ? WNOWAIT : 0));
    }
    errno = cause;
    return pid;
}

void end_target(const struct target *target, pid_t pid)
{
    if (target->end == GONE)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
