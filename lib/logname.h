/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the log's files, one a UTC day: "hedate-20261120.jsonl", and "hedate-20261120_01.jsonl"
 * to "..._99.jsonl" for what had to begin another file on that day. Their order as strings is the
 * order in which they were written.
 */
#ifndef HEDATE_LOGNAME_H
#define HEDATE_LOGNAME_H

#include <stdbool.h>
#include <stddef.h>

#define LOGNAME_MAX	  32 /* with NUL */
#define LOGNAME_DAY_MAX	  9  /* "20261120" with NUL */
#define LOGNAME_PARTS_MAX 99

struct logname {
	char day[LOGNAME_DAY_MAX];
	unsigned int part; /* 0: the day's first file */
};

/* 0, or -EINVAL for any other name. */
int logname_parse(const char *text, struct logname *ret_name);
void logname_format(const struct logname *name, char text[LOGNAME_MAX]);

#endif
