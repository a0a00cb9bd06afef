// SPDX-License-Identifier: MIT
//
// The injector: runs programs again and again on the stage, each time with another system call that fails, and says
// what came of it. It is run there as root. Its commands, in the form of the stage's protocol, are
//
//   cell KIND PROCESS NUMBER TURN VALUE PROGRAMS INSIDE PLACE SOCKET, and the fields of the stage's `run`
//
// which make the process's call of that number fail whose turn it is. KIND is `trace` to be told of every call, `none`, `fail` with the error VALUE, `fewer` to have the call made for
// VALUE bytes, `answer` to have it answer VALUE at most, `grow` to have brk grow nothing. PROGRAMS, with blanks
// between, are the files whose calls count. After the run the mount at PLACE in the mount namespace of the process
// INSIDE is looked at and taken away, and what came over the program's descriptor SOCKET; 0 for neither.
#define _GNU_SOURCE
#include "../stage/caller.h"
#include "../stage/protocol.h"
#include "mounts.h"
#include "trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PROGRAMS 8

struct cell {
    struct trace trace;
    char *programs[MOST_PROGRAMS + 1];
    pid_t inside;
    const char *place;
    int socket;
};

static int log_socket;
static const char *comma;

/** A log of our own, which is emptied after each run: one that is full would change the next. */
static void open_log(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

    unlink("/dev/log");
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log_socket < 0 || bind(log_socket, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod("/dev/log", 0666) != 0)
        die("cannot make /dev/log");
}

static void tell(const char *process, const char *program, long number, unsigned long first, const char *what)
{
    reply("%s[\"%s\",\"%s\",%ld,%lu,\"", comma, process, program, number, first);
    reply_bytes(what, strlen(what));
    reply("\"]");
    comma = ",";
}

static enum fault_kind kind_of(const char *text)
{
    static const char *const kinds[] = {
        [FAIL] = "fail", [FEWER] = "fewer", [ANSWER_LESS] = "answer", [GROW_NOTHING] = "grow"};

    for (enum fault_kind kind = FAIL; kind <= GROW_NOTHING; kind++)
        if (!strcmp(kinds[kind], text))
            return kind;
    return NOTHING;
}

static void read_cell(struct cell *cell, struct request *request)
{
    size_t count = 0;
    const char *kind = need_field();

    *cell = (struct cell){.trace.programs = cell->programs};
    cell->trace.fault.kind = kind_of(kind);
    if (!strcmp(kind, "trace"))
        cell->trace.told = tell;
    snprintf(cell->trace.fault.process, sizeof cell->trace.fault.process, "%s", need_field());
    cell->trace.fault.number = atoi(need_field());
    cell->trace.fault.turn = atoi(need_field());
    cell->trace.fault.value = atol(need_field());
    for (char *word = strtok(need_field(), " "); word && count < MOST_PROGRAMS; word = strtok(NULL, " "))
        cell->programs[count++] = word;
    cell->inside = atoi(need_field());
    cell->place = need_field();
    cell->socket = atoi(need_field());
    read_request(request);
    cell->trace.deadline = request->timeout / 1000;
}

static void reply_file(const char *key, const char *file, pid_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die("cannot read %s", path);
    reply_descriptor(key, fd);
    close(fd);
}

static void reply_log(void)
{
    char message[1024];
    ssize_t n;

    reply(",\"log\":\"");
    while ((n = recv(log_socket, message, sizeof message, 0)) > 0)
        reply_bytes(message, (size_t)n);
    reply("\"");
}

static void reply_mounts(const struct cell *cell, int received)
{
    if (cell->inside > 0) {
        reply(",\"mount\":\"%s\",\"mounts\":[%d,%d]", mount_at(cell->inside, cell->place), count_mounts(cell->inside),
              count_mounts(getpid()));
        unmount(cell->inside, cell->place);
    }
    if (cell->socket > 0)
        reply(",\"handed\":\"%s\"", mount_from(received));
}

/** Starts the caller, who waits for a byte before he goes on to be the program. */
static pid_t start_caller(const struct cell *cell, const struct request *request, const int *stdio, pid_t target,
                          const int *ends, int *go)
{
    int gate[2];
    char byte;

    if (pipe2(gate, O_CLOEXEC) != 0)
        die("cannot make a pipe");
    pid_t child = fork();
    if (child < 0)
        die("cannot fork");
    if (child == 0) {
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1 || (cell->socket > 0 && dup2(ends[1], cell->socket) < 0))
            _exit(127);
        stop_at(&cell->trace.fault);
        be_caller(request, stdio, target);
    }
    close(gate[0]);
    *go = gate[1];
    return child;
}

static void play(const struct cell *cell, const struct request *request, pid_t target)
{
    static int null = -1;
    struct ending ending;
    int ends[2], go;

    if (null < 0)
        null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int stdio[3] = {null, capture("stdout"), capture("stderr")};
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        die("cannot make a socket");
    pid_t caller = start_caller(cell, request, stdio, target, ends, &go);
    comma = "";
    reply("{\"calls\":[");
    trace(caller, go, &cell->trace, &ending);
    close(go);
    const int status = ending.status;
    reply("],\"injected\":%s,\"hung\":%s,\"status\":%d,\"signal\":%d", ending.injected ? "true" : "false",
          ending.hung ? "true" : "false", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    reply_descriptor("stdout", stdio[1]);
    reply_descriptor("stderr", stdio[2]);
    if (request->target.wanted && request->target.end == LIVES) {
        reply_file("uidMap", "uid_map", target);
        reply_file("gidMap", "gid_map", target);
        reply_file("setgroups", "setgroups", target);
    }
    reply_log();
    reply_mounts(cell, ends[0]);
    reply("}\n");
    for (int i = 0; i < 2; i++) {
        close(stdio[i + 1]);
        close(ends[i]);
    }
}

int main(void)
{
    static struct request request;
    struct cell cell;
    const char *what = NULL;

    open_log();
    while (next_command()) {
        pid_t target = 0;
        need_field();
        read_cell(&cell, &request);
        if (request.target.wanted && (target = start_target(&request.target, &what)) < 0)
            die("the target could not %s", what);
        name_target(&request, target);
        play(&cell, &request, target);
        if (request.target.wanted)
            end_target(&request.target, target);
    }
    return 0;
}
