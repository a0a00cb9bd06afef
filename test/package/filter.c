// SPDX-License-Identifier: MIT
//
// Prints the filter of userns --disable-userns, in place of setting it: the number of each instruction's fields.
#include <linux/filter.h>
#include <stdarg.h>
#include <stdio.h>

#include "become.h"

int __wrap_prctl(int option, ...);
int __wrap_prctl(int option, ...)
{
    va_list arguments;

    (void)option;
    va_start(arguments, option);
    va_arg(arguments, int);
    const struct sock_fprog *program = va_arg(arguments, const struct sock_fprog *);
    va_end(arguments);
    for (unsigned i = 0; i < program->len; i++) {
        const struct sock_filter *each = &program->filter[i];
        printf("%u %u %u %u\n", each->code, each->jt, each->jf, each->k);
    }
    return 0;
}

int main(void) { return become_filter_namespaces(); }
