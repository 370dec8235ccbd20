/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logverify.c (checkpoints) and logverify_lines.c (lines between them) share. */
#ifndef HEDATE_LOGVERIFY_IMPL_H
#define HEDATE_LOGVERIFY_IMPL_H

#include "logverify.h"

/* A segment that is not there. */
struct logverify_gone {
	char file[LOGNAME_MAX];
	uint64_t first, last; /* records */
	int64_t time;	      /* of its last checkpoint */
	int64_t removed;      /* time of the record that says so; 0: there is none */
};

struct logverify {
	const struct logverify_request *request;
	struct logverify_summary *summary;
	struct logscan_names segments, seals;
	struct logscan *scan;
	struct logpoint before;		 /* of the last checkpoint that was accepted */
	struct logscan_position reached; /* where that is in the files */
	struct logverify_gone *gone;	 /* owned; in the order of their names */
	size_t gone_count;
	char damaged[LOGNAME_MAX]; /* the segment that was said to be */
	/* The last removal that a record tells of: of lines that are being looked at, of those that
	 * were sealed. */
	char removal[LOGNAME_MAX], removed[LOGNAME_MAX];
	/* The same: does a record of a removal name the first checkpoint that is there? */
	bool cut, cut_sealed;
	uint64_t told; /* bytes, at the last report of progress */
};

void logverify_tell(struct logverify *verify, enum logverify_code code, const char *file,
	uint64_t first, uint64_t last);

/* Hold the lines since the last checkpoint against this one. gap: checkpoints before it are
 * missing. 0, or negative errno. */
int logverify_interval(struct logverify *verify, const struct checkpoint *one, bool gap);
/* The lines behind the last checkpoint. */
int logverify_tail(struct logverify *verify, int64_t sealed_time);

/* logverify_gone.c: segments that are not there */

/* It is not there, and these records were in it; so are those up to another last one, if it is
 * known to be gone. 0, or -ENOMEM. */
int logverify_note_gone(struct logverify *verify, const char *file, uint64_t first, uint64_t last);
/* Is it known not to be there? Then this checkpoint is one more of its own. */
bool logverify_is_gone(struct logverify *verify, const struct checkpoint *one);
/* Does the line tell of a removal? To be asked before its interval is known to be well; when it
 * is, logverify_settle_removals(). */
void logverify_look_for_removal(struct logverify *verify, const char *line, size_t length);
void logverify_settle_removals(struct logverify *verify, bool sealed);
/* At the end: which of them are missing, and which were removed. */
void logverify_tell_gone(struct logverify *verify);

/* The number of a segment, or of the first one after it. */
size_t logverify_segment(const struct logverify *verify, const char *file, bool *ret_exists);

#endif
