/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index of the log, so that a question about ten million records is answered at once.
 *
 * It is a cache in a directory of its own, one file a segment, made of the log alone and made again
 * at will. Whether the log is what was sealed is never asked of it (logverify.h). What it does not
 * cover yet, and what is wrong with it, is read from the log instead: the answer is the same. It
 * stands for whole groups of lines only, and for a segment only as long as that begins and ends, at
 * the point that was reached, with the same bytes, and has done nothing since but grow or become
 * compressed.
 *
 * The lines of a segment are taken in parts of up to LOGINDEX_ROWS. Of each part, a column holds
 * one field of all its lines, as numbers of one width: so a question reads only the columns that it
 * is about, at the speed of memory. What has few values together (action, reason, zones, segments,
 * interfaces, protocol, revision) is one column, "kind", with a table of the kinds; addresses are
 * numbers in sorted tables, so that a prefix is an interval, and where an address does not occur,
 * no column is read. A line with something that has no place in this (no valid record; a packet
 * count over 32 bits) is of the kind "to be read": whoever asks looks at the line itself.
 *
 * Errors: -ENOENT: there is no index of the segment; -ESTALE: it is of something else than what
 * the segment is now; -EBADMSG: it is damaged; other negative errno.
 */
#ifndef HEDATE_LOGINDEX_H
#define HEDATE_LOGINDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logcount.h"
#include "logname.h"
#include "logrecord.h"

#define LOGINDEX_ROWS 65535 /* lines of a part, at most */

struct logindex;

/* A reader for the indexes in a directory. 0, or negative errno of opening it. */
int logindex_new(const char *directory, struct logindex **ret_index);
void logindex_free(struct logindex *index); /* accepts NULL */

/* Turn to the index of a segment of the log (log: its directory, a descriptor). 0, or an error as
 * above; there are no parts then. */
int logindex_enter(struct logindex *index, int log, const char *segment);

/* Bytes of the segment: where a part's lines are. The parts follow one another without a gap. */
struct logindex_range {
	int64_t begin, end;
};
size_t logindex_parts(const struct logindex *index);
struct logindex_range logindex_part(const struct logindex *index, size_t part);
/* All that the index covers: from 0 on. */
int64_t logindex_end(const struct logindex *index);

/* Lines that may match, in their order: each without its newline. Borrowed, valid until the next
 * call. */
struct logindex_lines {
	const struct logindex_line {
		int64_t offset;
		size_t length;
	} * lines;
	size_t count;
};

/*
 * The lines of a part that the filter lets through, and those that are to be read. 0, or an error
 * as above, with no lines.
 */
int logindex_find(struct logindex *index, size_t part, const struct log_filter *filter,
	struct logindex_lines *ret_lines);

/* The same, but they are counted; only those that are to be read are in *ret_lines. 0, -ENOMEM (the
 * count is of no use any more), or an error as above (nothing was counted). */
int logindex_count(struct logindex *index, size_t part, const struct log_filter *filter,
	struct logcount *count, struct logindex_lines *ret_lines);

/* Does the part mention this place (a zone, "<zone>.<segment>") within the filter's times? */
bool logindex_mentions(
	struct logindex *index, size_t part, const struct log_filter *filter, const char *place);

/* Making it. --------------------------------------------------------------------------------- */

enum logindex_made {
	LOGINDEX_KEPT,	   /* it covered all that there is */
	LOGINDEX_EXTENDED, /* it was of this segment, which has grown */
	LOGINDEX_MADE,	   /* there was none, or not of this, or it was asked for anew */
};

struct logindex_work {
	enum logindex_made made;
	int64_t bytes; /* of the segment that were read */
	uint64_t rows; /* lines that the index now has */
};

/*
 * Bring the index of a segment up to date, in place of what there is, as a whole or not at all.
 * anew: whatever there is. log: the directory's name. progress may be NULL; it is told the bytes
 * read so far, now and then. 0, or negative errno.
 */
int logindex_update(const char *directory, const char *log, const char *segment, bool anew,
	void (*progress)(int64_t bytes, void *data), void *data, struct logindex_work *ret_work);

/* Remove the indexes of segments that the log does not have any more, and what was left of
 * unfinished work. 0, or negative errno. */
int logindex_prune(const char *directory, const char *log, size_t *ret_removed);

#endif
