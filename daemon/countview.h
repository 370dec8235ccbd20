/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counted records (logcount.h), as a table or as JSON. */
#ifndef HEDATE_COUNTVIEW_H
#define HEDATE_COUNTVIEW_H

#include "../lib/logcount.h"
#include "cmd.h"

#define COUNTVIEW_ROWS 10 /* when no number was asked for */

/* "src", "dst", "port", "pair" or "reason". 0, or -EINVAL. */
int countview_parse(const char *text, enum logcount_by *ret_by);

/* Print the totals, or the first rows. An exit code. */
int countview_print(const struct cli *cli, struct logcount *count, size_t rows);

#endif
