// SPDX-License-Identifier: MIT
//
// One case: a target is made, the caller runs the program on it, the stage says what came of it.
#define _GNU_SOURCE
#include "case.h"
#include "caller.h"
#include "protocol.h"
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void reply_target(const char *key, const char *file, pid_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        reply_descriptor(key, fd);
        close(fd);
    }
}

static void reply_log(void)
{
    char message[8192];
    const char *comma = "";
    size_t n;

    reply(",\"log\":[");
    for (; (n = next_log(message, sizeof message)); comma = ",") {
        reply("%s\"", comma);
        reply_bytes(message, n);
        reply("\"");
    }
    reply("]");
}

// Waits for the program, and kills it at the end of its time.
static bool wait_for(pid_t pid, int timeout, int *status, struct rusage *usage)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd event = {.fd = pidfd, .events = POLLIN};
    bool in_time = poll(&event, 1, timeout) != 0;

    if (pidfd < 0)
        die("cannot watch the program");
    if (!in_time)
        kill(-pid, SIGKILL);
    while (wait4(pid, status, 0, usage) < 0)
        if (errno != EINTR)
            die("cannot wait for the program");
    close(pidfd);
    return in_time;
}

static void play(const struct request *request, pid_t target, const int *stdio)
{
    struct rusage usage;
    int status;

    failure.what = NULL;
    long long start = now();
    pid_t pid = vfork();
    if (pid < 0)
        die("cannot fork");
    if (pid == 0)
        be_caller(request, stdio, target);
    bool in_time = wait_for(pid, request->timeout, &status, &usage);
    long long wall = now() - start;
    if (failure.what) {
        errno = failure.cause;
        reply_failure("the caller could not %s", failure.what);
        return;
    }
    reply("{\"status\":%d,\"signal\":%d,\"timedOut\":%s,\"maxrssKiB\":%ld,\"wallNs\":%lld,\"pid\":%d",
          WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          in_time ? "false" : "true", usage.ru_maxrss, wall, (int)target);
    reply_descriptor("stdout", stdio[1]);
    reply_descriptor("stderr", stdio[2]);
    if (target > 0) {
        reply_target("uidMap", "uid_map", target);
        reply_target("gidMap", "gid_map", target);
        reply_target("setgroups", "setgroups", target);
    }
    reply_log();
    reply("}\n");
}

void command_run(void)
{
    static struct request request;
    static int null = -1;
    const char *what = NULL;
    pid_t target = 0;

    if (null < 0 && (null = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        die("cannot open /dev/null");
    read_request(&request);
    if (request.target.wanted && (target = start_target(&request.target, &what)) < 0) {
        reply_failure("the target could not %s", what);
        return;
    }
    name_target(&request, target);
    const int stdio[3] = {null, capture("stdout"), capture("stderr")};
    play(&request, target, stdio);
    close(stdio[1]);
    close(stdio[2]);
    if (target > 0)
        end_target(&request.target, target);
    // The stage is pid 1 of its namespace: what the program left behind comes to it.
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}
