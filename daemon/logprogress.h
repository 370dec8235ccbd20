/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far one has come in the log's files: on a terminal, and only when it takes over a second. */
#ifndef HEDATE_LOGPROGRESS_H
#define HEDATE_LOGPROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/logscan.h"

struct logprogress {
	const char *directory;
	const char *what; /* translated: "searching" */
	bool terminal;	  /* stderr is one, and the output is for a person */
	bool drawn, backward;
	int64_t next; /* when to draw again, monotonic */
	unsigned int calls;
	struct logscan_names names; /* once it was needed */
	uint64_t *before;	    /* bytes before each of them, and in all; owned */
};

/* directory and what are borrowed. */
void logprogress_begin(
	struct logprogress *progress, const char *directory, const char *what, bool wanted);
void logprogress_end(struct logprogress *progress);

/* We are at this byte of this segment. Cheap: it may be called for every line. */
void logprogress_at(struct logprogress *progress, const char *segment, int64_t offset);
/* The same, for who calls seldom: the clock is looked at each time. */
void logprogress_look(struct logprogress *progress, const char *segment, int64_t offset);
/* Something else is to be printed. */
void logprogress_clear(struct logprogress *progress);

#endif
