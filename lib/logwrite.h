/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log on disk.
 *
 * A directory of files named as in logname.h, each a sequence of lines (record.h), each line one
 * JSON object that ends in a newline. Only the last file grows, and only at its end. Event
 * sequence numbers go up by one from line to line, over files and restarts.
 *
 * Lines are written in groups that are valid as a whole or not at all:
 *	- the group of an epoch: any number of lines whose event.action is "flow-blocked",
 *	  "flow-observed", "detail-lost" or "records-lost", then its line "ledger"
 *	- any other line is a group of its own
 * So the last line of a group is known by its event.action. Lines that are not followed by the end
 * of their group in the same file are not records: they are what a crash left of an epoch, which
 * the kernel still holds and which will be written again. A group lies in one file.
 *
 * A group is on disk when logwrite_commit() has returned 0 (fdatasync; a large group in pieces
 * while it is being written). When anything fails before, the file is cut back to the end of the
 * last group; if that is not possible or the device failed (EIO: what the kernel then holds of the
 * file is not known, and a second fdatasync would say that all is well), the next group begins
 * another file.
 *
 * Opening the log looks for the end of the last group. What follows it is appended to a file of
 * the same name with ".torn" behind it, and cut off. The last "ledger" or "recorder-start" line,
 * which all carry the totals, is the state from which the recorder goes on.
 *
 * The log also carries the Merkle tree over its lines (merkle.h), so that it can be sealed.
 */
#ifndef HEDATE_LOGWRITE_H
#define HEDATE_LOGWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "checkpoint.h"
#include "logname.h"

struct logwrite;

/* The calls that write, so that tests can let them fail. */
struct logwrite_io {
	ssize_t (*write)(int fd, const void *bytes, size_t length);
	int (*sync)(int fd); /* fdatasync */
};

#define LOGWRITE_TEXT_MAX 64

/* What was found when the log was opened. */
struct logwrite_state {
	uint64_t sequence;			    /* of the last line; 0: the log is empty */
	int64_t time;				    /* its @timestamp */
	char site[LOGWRITE_TEXT_MAX];		    /* observer.name, "" when not known */
	char table[LOGWRITE_TEXT_MAX];		    /* "" when no state was found */
	uint64_t epoch, epoch_recorded, epoch_lost; /* the last one written for that table */
	uint64_t total_recorded, total_lost;	    /* of that table */
	uint64_t torn;				    /* bytes that were cut off */
	char torn_file[LOGNAME_MAX + 8]; /* where they are now, the last one if there are more */
};

/*
 * Open the log in an existing directory, which stays locked. io is borrowed; NULL: the real calls.
 * 0; -EWOULDBLOCK when another process writes this log; other negative errno.
 */
int logwrite_open(const char *directory, const struct logwrite_io *io, struct logwrite **ret_log,
	struct logwrite_state *ret_state);
/* A group that is not committed is dropped. Accepts NULL. */
void logwrite_close(struct logwrite *log);

/*
 * Take up the tree again: it is that of from (borrowed; an empty tree for a log that was never
 * sealed) and of all lines after it. When the log is shorter than that, or files are missing, the
 * tree and the sequence numbers go on behind from all the same: whoever verifies the log sees what
 * is gone. Before the first line. 0, or negative errno.
 */
int logwrite_resume(struct logwrite *log, const char *directory, const struct logpoint *from);
/* Where the last group ends, and where the file that it lies in begins. Borrowed. */
const struct logpoint *logwrite_point(const struct logwrite *log);
const struct logpoint *logwrite_opened(const struct logwrite *log);

/* The next group begins another file when the one that grows has so many bytes; 0: any number. The
 * last ones of a day's names are left for files that cannot be written any more: then it grows. */
void logwrite_set_segment(struct logwrite *log, uint64_t bytes);

/* The sequence number that the next line must carry. */
uint64_t logwrite_sequence(const struct logwrite *log);
/* That of the last line on disk. */
uint64_t logwrite_committed(const struct logwrite *log);

/*
 * Add a line, with its newline, to the group; the first one begins it in the file of the day of
 * now (realtime ns). 0; negative errno: the group can only be rolled back.
 */
int logwrite_line(struct logwrite *log, const char *line, size_t length, int64_t now);
/* End the group: on disk when this returns 0. Negative errno: it was rolled back. */
int logwrite_commit(struct logwrite *log);
/* Forget the group. */
void logwrite_rollback(struct logwrite *log);

#endif
