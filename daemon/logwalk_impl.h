/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logwalk.c (all of the log) and logwalk_index.c (what an index knows of it) share. */
#ifndef HEDATE_LOGWALK_IMPL_H
#define HEDATE_LOGWALK_IMPL_H

#include "../lib/logcount.h"
#include "../lib/logfile.h"
#include "../lib/logindex.h"
#include "../lib/logread.h"
#include "logdamage.h"
#include "logpath.h"
#include "logplaces.h"
#include "logprogress.h"
#include "logwalk.h"

/* What was asked for in reverse order, for --last. */
struct lines {
	char **lines; /* owned, each owned */
	size_t count, room;
};

struct walk {
	const struct log_query *query;
	struct log_path path;	     /* that it asks for; owned */
	struct log_query with_path;  /* the query, once that is known */
	const struct log_sink *sink; /* NULL: they are counted */
	struct logcount *count;
	struct logread *log;
	int directory;		   /* the log's */
	struct logindex *index;	   /* NULL: there is none, or it is not wanted */
	char entered[LOGNAME_MAX]; /* segment whose index was entered, "": none */
	struct logfile *file;	   /* that segment, for reading single lines; NULL: not open yet */
	char *line;		   /* owned, read from it */
	size_t line_room;
	char *copy; /* owned: parsing changes a line, so it is done here */
	size_t copy_room;
	bool met;		 /* something that the places of the filter let through */
	uint64_t invalid;	 /* lines that are no records */
	struct logdamage damage; /* what was skipped */
	struct log_places places;
	struct logprogress progress;
};

int walk_out_of_memory(void);
int walk_read_failed(const struct walk *walk, int error);
/* A part that cannot be read: said, and gone over. data: the walk. */
void walk_skip_damage(const struct logread_damage *part, void *data);

/* Consider the line, and give it if it matches. An exit code. */
int walk_offer(struct walk *walk, const char *line, size_t length);
/* Consider the line, and keep it if it matches. An exit code. */
int walk_keep(struct walk *walk, struct lines *lines, const char *line, size_t length);

/* Turn to the index of this segment. False: there is none that could be used. */
bool walk_index_enter(struct walk *walk, const char *segment);
/* Give what it covers, forward; then the log stands behind it. An exit code. */
int walk_index_forward(struct walk *walk);
/* Keep the last ones of what it covers, until there are enough; then the log stands at the
 * segment's begin. An exit code. */
int walk_index_backward(struct walk *walk, struct lines *lines);
void walk_index_close(struct walk *walk);

#endif
