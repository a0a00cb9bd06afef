/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

/* Keeps what the program's variables begin with. */
void state_keep(void);
/* Gives it back to them, as a start of the program does. */
void state_restore(void);

#endif
