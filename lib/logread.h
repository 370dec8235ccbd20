/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log's lines, in the order they were written. The log is a directory of files named as in
 * logname.h, each a sequence of lines that end in a newline; only the last file grows. What follows
 * the last newline of a file is not a line: either it is being written, or a crash tore it.
 *
 * Reading forward can go on where it ended once more was written, over the change of files at
 * midnight. Reading backward gives the last lines first, for "the last n".
 */
#ifndef HEDATE_LOGREAD_H
#define HEDATE_LOGREAD_H

#include <stddef.h>
#include <stdint.h>

#include "logname.h"

#define LOGREAD_LINE_MAX (1u << 20) /* bytes; longer ones are no records and are skipped */

struct logread;

/* A point between two lines. */
struct logread_position {
	char file[LOGNAME_MAX]; /* "": before the first file */
	int64_t offset;
};

/* A part of a compressed file that cannot be read. */
struct logread_damage {
	const char *file;   /* its name without ".zst" */
	int64_t begin, end; /* offsets in what was compressed; end -1: the whole file */
};

/* What was met beside lines. */
struct logread_findings {
	uint64_t torn;	   /* lines that a crash left unfinished, or in an unfinished group */
	uint64_t too_long; /* lines over LOGREAD_LINE_MAX */
};

/* Open a directory. 0, or negative errno of opening it; one without files is valid. */
int logread_open(const char *directory, struct logread **ret_log);
void logread_close(struct logread *log);

/*
 * Give only lines of whole groups (logwrite.h): those of an epoch appear when the epoch is whole,
 * and those that a crash left without their end never do. Without this, all lines are given. To be
 * called before anything is read. 0, or -ENOMEM.
 */
int logread_whole_groups(struct logread *log);

/*
 * Go on behind what is damaged in a compressed file, and say so to this function each time that it
 * is met (more than once, when the same is read again). Lines whose group has its end in a damaged
 * part are given. Without this, the damaged part is an error, -EBADMSG.
 */
void logread_skip_damaged(struct logread *log,
	void (*damaged)(const struct logread_damage *damage, void *data), void *data);

/*
 * Stop at the end of each file: logread_next() gives 0 there, as if it were the last one, until
 * logread_next_file() goes before the first line of the next one (of the first one, before anything
 * is read): 1, or 0 when there is none that is known to be complete. Negative errno.
 */
void logread_file_by_file(struct logread *log);
int logread_next_file(struct logread *log);

/* Go before the first line of the first file of this UTC day ("20261120") or later. */
void logread_seek_day(struct logread *log, const char *day);
/* Go to a position that logread_tell() gave, or behind the last complete line. 0, or negative
 * errno. */
void logread_seek(struct logread *log, const struct logread_position *position);
int logread_seek_end(struct logread *log);
void logread_tell(const struct logread *log, struct logread_position *ret_position);

/*
 * The next complete line, without its newline, NUL-terminated and writable; valid until the next
 * call. 1; 0 when there is none now (a later call may find more); negative errno.
 */
int logread_next(struct logread *log, char **ret_line, size_t *ret_length);

/* The line before, likewise. 0: this was the first one. */
int logread_previous(struct logread *log, char **ret_line, size_t *ret_length);

struct logread_findings logread_findings(const struct logread *log);

#endif
