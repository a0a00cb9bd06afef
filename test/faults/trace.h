// SPDX-License-Identifier: MIT
//
// Runs a program with all its processes under ptrace and lets one of their system calls fail. As root's the tracer
// costs the program nothing of its privilege.
#ifndef FAULTS_TRACE_H
#define FAULTS_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * What happens to a call: nothing; it fails and is not made; it is made for fewer bytes; it is made and answers less,
 * which can be an error; it does not grow the heap.
 */
enum fault_kind { NOTHING, FAIL, FEWER, ANSWER_LESS, GROW_NOTHING };

/** One call of one process. The first process is "0", its second child "0.2". */
struct fault {
    enum fault_kind kind;
    char process[32];
    // The system call, and which of the process's calls of that number it is, from 1.
    int number, turn;
    // The error number, how many bytes, or the most that it answers.
    long value;
};

struct trace {
    // The programs whose calls count, by the names of their files.
    char **programs;
    struct fault fault;
    // Told of each call that is made, if it is not NULL; `what` is the file that it is about, or empty.
    void (*told)(const char *process, const char *program, long number, unsigned long first, const char *what);
    // In seconds.
    int deadline;
};

struct ending {
    // As waitpid tells it.
    int status;
    // The call was reached and made to fail.
    bool injected;
    // Processes of it were left when its time was over.
    bool hung;
};

/** Has the kernel stop this process and those that it starts, when they are traced, at the call that is to fail. */
void stop_at(const struct fault *fault);

/** Traces a child that has not executed the program yet, from the outside; `go` tells it that it may. */
void trace(pid_t child, int go, const struct trace *how, struct ending *ending);

#endif
