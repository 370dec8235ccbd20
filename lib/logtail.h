/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the log, read back: where its last group ends, and the state that it carries. */
#ifndef HEDATE_LOGTAIL_H
#define HEDATE_LOGTAIL_H

#include <stdint.h>

#include "logwrite.h"

struct logtail {
	char file[LOGNAME_MAX]; /* that the last group lies in; "": there is none */
	int64_t end;		/* of the last group, in that file */
};

/* Read the log backward. torn and torn_file of the state are left alone. 0, or negative errno. */
int logtail_read(const char *directory, struct logtail *ret_tail, struct logwrite_state *ret_state);

/*
 * Is there an event behind this sequence number with this action and this value of
 * "hedate.writeahead"? 1, 0, or negative errno.
 */
int logtail_find(const char *directory, uint64_t sequence, const char *action, const char *value);

#endif
