/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logverify.c (checkpoints) and logverify_lines.c (lines between them) share. */
#ifndef HEDATE_LOGVERIFY_IMPL_H
#define HEDATE_LOGVERIFY_IMPL_H

#include "logverify.h"

struct logverify {
	const struct logverify_request *request;
	struct logverify_summary *summary;
	struct logscan_names segments, seals;
	struct logscan *scan;
	struct logpoint before;		 /* of the last checkpoint that was accepted */
	struct logscan_position reached; /* where that is in the files */
	char missing[LOGNAME_MAX];	 /* the segment that was said to be missing */
	uint64_t told;			 /* bytes, at the last report of progress */
};

void logverify_tell(struct logverify *verify, enum logverify_code code, const char *file,
	uint64_t first, uint64_t last);

/* Hold the lines since the last checkpoint against this one. gap: checkpoints before it are
 * missing. 0, or negative errno. */
int logverify_interval(struct logverify *verify, const struct logpoint *at, bool gap);
/* The lines behind the last checkpoint. */
int logverify_tail(struct logverify *verify, int64_t sealed_time);

/* The number of a segment, or of the first one after it. */
size_t logverify_segment(const struct logverify *verify, const char *file, bool *ret_exists);

#endif
