/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log's bytes, for those who verify it: every file, every line, whatever it holds; nothing is
 * skipped as logread.h does with what cannot be a record.
 */
#ifndef HEDATE_LOGSCAN_H
#define HEDATE_LOGSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logname.h"

/* Names of files, in the order in which they were written. */
struct logscan_names {
	char (*names)[LOGNAME_MAX]; /* owned */
	size_t count;
};

enum logscan_kind {
	LOGSCAN_SEGMENTS, /* logname.h */
	LOGSCAN_SEALS,	  /* seal.h */
};

/* 0, or negative errno. */
int logscan_list(const char *directory, enum logscan_kind kind, struct logscan_names *ret_names);
void logscan_free_names(struct logscan_names *names);

/* Between two lines; segment may be the number of segments, with offset 0: the end. */
struct logscan_position {
	size_t segment;
	uint64_t offset;
};

struct logscan_line {
	const char *text; /* without its newline; valid until the next call */
	size_t length;
	bool whole; /* it has a newline */
	struct logscan_position begin, end;
};

struct logscan;

/* names is borrowed. 0, or negative errno. */
int logscan_open(
	const char *directory, const struct logscan_names *names, struct logscan **ret_scan);
void logscan_close(struct logscan *scan); /* accepts NULL */
void logscan_seek(struct logscan *scan, struct logscan_position position);
struct logscan_position logscan_tell(const struct logscan *scan);
/* 1 with the next line; 0: there is none; negative errno. A compressed segment ends where it is
 * damaged. */
int logscan_next(struct logscan *scan, struct logscan_line *ret_line);
/* Was the segment found to be damaged, as far as it was read? */
bool logscan_is_damaged(const struct logscan *scan, size_t segment);

/* The whole of a file, owned by the caller, with a NUL behind it. 0, or negative errno. */
int logscan_read(const char *directory, const char *name, char **ret_text, size_t *ret_length);

#endif
