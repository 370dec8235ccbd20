/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal that stdout is, or was before a pager took its place. */
#ifndef HEDATE_TERMINAL_H
#define HEDATE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* The cells of its lines, 0 when stdout is none: lines are as long as they need to be then. What
 * COLUMNS says goes before what the terminal does. The first call's answer stays. */
unsigned int terminal_columns(void);
unsigned int terminal_rows(void); /* the same of how many there are, and of LINES */
/* Ask once more: its window may have another size now. Only where stdout is it. */
void terminal_measure(void);

/* Print text, in lines that fit, each but the first behind indent blanks; where there is nothing to
 * fit, as it stands. Ends the line. The first one goes on from cell indent. */
void terminal_put(FILE *out, const char *text, size_t indent);

#endif
