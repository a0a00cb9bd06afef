// SPDX-License-Identifier: MIT
//
// To stop at every call takes two turns of the scheduler each, which is most of the time that a run takes. So that is
// done only to be told of them; else a filter stops the processes at calls of the one number.
#define _GNU_SOURCE
#include "trace.h"
#include "../stage/protocol.h"
#include "names.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "The registers of x86-64 alone are known here"
#endif

#define MOST_PROCESSES 64
#define OPTIONS                                                                                                        \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |     \
     PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)

struct process {
    pid_t pid;
    char name[32];
    // The file that it executes.
    const char *program;
    // How many calls of the number it has made.
    int turns;
    int children;
    // Its calls count; its first stop was seen; its parent has told of it; the call that it is in answers too much.
    bool counts, stopped, named, answers_less;
};

static struct process processes[MOST_PROCESSES];
static size_t living;
static const struct trace *how;
static struct ending *ending;
static volatile sig_atomic_t time_is_over;

static void on_alarm(int number)
{
    (void)number;
    time_is_over = 1;
}

static struct process *find(pid_t pid)
{
    for (size_t i = 0; i < living; i++)
        if (processes[i].pid == pid)
            return &processes[i];
    return NULL;
}

static struct process *add(pid_t pid)
{
    struct process *process = &processes[living++];

    if (living > MOST_PROCESSES)
        die("too many processes");
    *process = (struct process){.pid = pid};
    return process;
}

static void leave(struct process *process) { *process = processes[--living]; }

// ESRCH: it was killed meanwhile, which waitpid tells next.
static void go_on(const struct process *process, int signal)
{
    const bool each = process->answers_less || (how->told && process->counts);

    if (ptrace(each ? PTRACE_SYSCALL : PTRACE_CONT, process->pid, NULL, (long)signal) != 0 && errno != ESRCH)
        die("cannot continue a process");
}

static struct user_regs_struct registers_of(const struct process *process)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, process->pid, NULL, &registers) != 0)
        die("cannot read the registers");
    return registers;
}

static void set_registers(const struct process *process, struct user_regs_struct registers)
{
    if (ptrace(PTRACE_SETREGS, process->pid, NULL, &registers) != 0)
        die("cannot write the registers");
}

static void answer(struct user_regs_struct *registers, long value)
{
    registers->orig_rax = ~0ULL;
    registers->rax = (unsigned long long)value;
}

static void inject(struct process *process, struct user_regs_struct registers)
{
    const struct fault *fault = &how->fault;

    ending->injected = true;
    process->answers_less = fault->kind == ANSWER_LESS;
    if (fault->kind == FAIL)
        answer(&registers, -fault->value);
    if (fault->kind == FEWER)
        registers.rdx = (unsigned long long)fault->value;
    // To brk an end that is impossible is a question for the present one, which is its answer to a failure too.
    if (fault->kind == GROW_NOTHING)
        registers.rdi = 0;
    set_registers(process, registers);
}

// The filter let it stop.
static void at_number(struct process *process)
{
    const struct fault *fault = &how->fault;
    struct user_regs_struct registers = registers_of(process);

    if (!process->counts)
        return;
    if ((int)registers.orig_rax == fault->number && !strcmp(process->name, fault->process) &&
        ++process->turns == fault->turn) {
        inject(process, registers);
    } else if (registers.orig_rax == SYS_nanosleep) {
        // The pause after a message to the log: time is not what is tried here.
        answer(&registers, 0);
        set_registers(process, registers);
    }
}

static void at_call(struct process *process)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) < 0)
        die("cannot ask about a call");
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && how->told && process->counts)
        how->told(process->name, process->program, (long)info.entry.nr, info.entry.args[0], what_it_is_about(process->pid, &info));
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->answers_less) {
        struct user_regs_struct registers = registers_of(process);
        process->answers_less = false;
        if ((long long)registers.rax > how->fault.value)
            registers.rax = (unsigned long long)how->fault.value;
        set_registers(process, registers);
    }
}

static const char *one_of(char **names, const char *name)
{
    for (; *names; names++)
        if (!strcmp(*names, name))
            return *names;
    return NULL;
}

// What another program does does not count.
static void at_exec(struct process *process)
{
    char link[64], file[4096];

    snprintf(link, sizeof link, "/proc/%d/exe", (int)process->pid);
    ssize_t length = readlink(link, file, sizeof file - 1);
    file[length > 0 ? length : 0] = '\0';
    const char *name = strrchr(file, '/');
    process->program = name ? one_of(how->programs, name + 1) : NULL;
    process->counts = process->program != NULL;
    go_on(process, 0);
}

static void at_fork(struct process *parent)
{
    unsigned long pid;

    if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) != 0)
        die("cannot ask about a child");
    struct process *child = find((pid_t)pid);
    if (!child)
        child = add((pid_t)pid);
    child->named = true;
    child->program = parent->program;
    child->counts = parent->counts;
    if (snprintf(child->name, sizeof child->name, "%s.%d", parent->name, ++parent->children) >=
        (int)sizeof child->name)
        die("too many generations");
    go_on(parent, 0);
    if (child->stopped)
        go_on(child, 0);
}

// A child may stop before its parent tells of it: it waits for its name.
static void at_first_stop(struct process *process)
{
    process->stopped = true;
    if (process->named)
        go_on(process, 0);
}

static void at_stop(struct process *process, int status)
{
    const int event = status >> 16, signal = WSTOPSIG(status);

    if (!process->stopped)
        at_first_stop(process);
    else if (event == PTRACE_EVENT_EXEC)
        at_exec(process);
    else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        at_fork(process);
    else {
        if (event == PTRACE_EVENT_SECCOMP)
            at_number(process);
        else if (signal == (SIGTRAP | 0x80))
            at_call(process);
        go_on(process, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
    }
}

// Of linux/filter.h and linux/seccomp.h, which some C libraries do not come with.
struct instruction {
    unsigned short code;
    unsigned char yes, no;
    unsigned value;
};
#define LOAD_NUMBER {0x20, 0, 0, 0}
#define IF_EQUAL(value, yes, no) {0x15, yes, no, value}
#define ANSWER(value) {0x06, 0, 0, value}
#define MODE_FILTER 2
#define RET_TRACE 0x7ff00000U
#define RET_ALLOW 0x7fff0000U

void stop_at(const struct fault *fault)
{
    struct instruction filter[] = {
        LOAD_NUMBER, IF_EQUAL(SYS_nanosleep, 1, 0), IF_EQUAL((unsigned)fault->number, 0, 1), ANSWER(RET_TRACE),
        ANSWER(RET_ALLOW),
    };
    const struct {
        unsigned short length;
        struct instruction *filter;
    } program = {sizeof filter / sizeof *filter, filter};

    if (prctl(PR_SET_SECCOMP, MODE_FILTER, &program, 0, 0) != 0)
        _exit(127);
}

static void end_all(pid_t first)
{
    ending->hung = true;
    for (size_t i = 0; i < living; i++)
        kill(processes[i].pid, SIGKILL);
    kill(first, SIGKILL);
}

static void attach(pid_t first, int go)
{
    struct process *process = add(first);

    snprintf(process->name, sizeof process->name, "0");
    process->named = process->stopped = true;
    if (ptrace(PTRACE_SEIZE, first, NULL, OPTIONS) != 0)
        die("cannot trace the program");
    if (ptrace(PTRACE_INTERRUPT, first, NULL, NULL) != 0 || write(go, "", 1) != 1)
        die("cannot start the program");
}

void trace(pid_t first, int go, const struct trace *with, struct ending *end)
{
    const struct sigaction alarmed = {.sa_handler = on_alarm};
    bool ended = false;
    int status;

    how = with;
    ending = end;
    *ending = (struct ending){0};
    living = 0;
    time_is_over = 0;
    sigaction(SIGALRM, &alarmed, NULL);
    attach(first, go);
    alarm((unsigned)how->deadline);
    while (!ended || living > 0) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno != EINTR)
            die("cannot wait for the program");
        if (time_is_over)
            end_all(first);
        if (pid < 0)
            continue;
        struct process *process = find(pid);
        if (WIFSTOPPED(status)) {
            at_stop(process ? process : add(pid), status);
            continue;
        }
        if (process)
            leave(process);
        if (pid == first) {
            ending->status = status;
            ended = true;
        }
    }
    alarm(0);
}
