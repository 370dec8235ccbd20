/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What housekeep.c (when), housekeep_files.c (files), housekeep_ask.c (people) and
 * housekeep_event.c (what they put on record) share. */
#ifndef HEDATE_HOUSEKEEP_IMPL_H
#define HEDATE_HOUSEKEEP_IMPL_H

#include "../lib/logfile_pack.h"
#include "../lib/retention.h"
#include "housekeep.h"

#define HOUSEKEEP_ALERTS_MAX 60 /* runs of alerts on record in a minute; more are counted */

struct housekeep_told {
	int64_t minute; /* when the one began in which said were written; monotonic */
	unsigned int said;
	uint64_t unsaid;
};

struct housekeep {
	struct loop *loop;
	struct journal *journal;
	struct sealer *sealer;
	void (*changed)(void *data);
	void *data;
	const char *path;
	int directory; /* its descriptor, owned */
	struct loop_source *look, *step;
	bool configured;
	struct policy_log settings;
	struct logkeep keep;
	int keep_error; /* why keep could not be read, 0: it could */
	struct housekeep_state state;
	char current[LOGNAME_MAX]; /* the file that grows, "" before the first checkpoint */
	struct logfile_pack *pack; /* at work; owned */
	char packing[LOGNAME_MAX];
	char removing[LOGNAME_MAX]; /* whose removal is on record */
	struct housekeep_told alerts;
	int pack_error, remove_error; /* of the last attempt; on record once */
};

/* The log's files on disk, the oldest first. */
struct housekeep_files {
	struct retention_file *items; /* owned */
	bool *compressed;	      /* of each; owned */
	size_t count;
	uint64_t bytes; /* of everything in the directory */
};
int housekeep_list(const struct housekeep *housekeep, struct housekeep_files *ret_files);
void housekeep_files_clear(struct housekeep_files *files);

/* An event of the log. */
struct record_extra;
void housekeep_record(struct housekeep *housekeep, const char *action, bool success,
	const char *message, const struct record_extra *extras, size_t count);

/* Look at the files in a moment. */
void housekeep_soon(struct housekeep *housekeep);

/* What is asked for and not kept: housekeep_ask() for it. */
int housekeep_ask_event(
	struct housekeep *housekeep, const struct rec_request *request, uint64_t *ret_number);

/* Compress the oldest that is not, but for the last. 1: at work; 0: there is none. */
int housekeep_pack(struct housekeep *housekeep, const struct housekeep_files *files);
/* A step of it. 1: there is more; 0: done; negative errno: it is left as it was. */
int housekeep_pack_step(struct housekeep *housekeep);
/* Remove the oldest file. 0 when it is gone, negative errno: not now. */
int housekeep_remove(struct housekeep *housekeep, const struct housekeep_files *files);

#endif
