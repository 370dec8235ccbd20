/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of hostwatch.h share. */
#ifndef HEDATE_HOSTWATCH_IMPL_H
#define HEDATE_HOSTWATCH_IMPL_H

#include "causer.h"
#include "hostwatch.h"
#include "limiter.h"

/* The kinds of what is read anew. */
enum part {
	PART_LINKS = 1,
	PART_ROUTES = 2,
	PART_RULES = 4,
	PART_ALL = 7,
};

struct hostwatch {
	struct reclink *reclink;
	const struct policy *policy;
	void (*tell)(void *data);
	void *data;
	int fd; /* for events */
	struct loop_source *source, *timer, *period;
	struct nlsock *socket; /* for questions */
	struct host host;
	struct host_findings findings;
	struct causer causer; /* of what was told since the last look */
	unsigned int dirty;   /* enum part */
	bool armed;
	unsigned int pause_ms;	 /* from one look to the next */
	int64_t looked, started; /* monotonic ns; the last look */
	int64_t refilled;	 /* when quick was added to */
	unsigned int quick;	 /* looks that may still follow quickly */
	unsigned int cost_ms;	 /* of the last look */
	struct limiter moves, switches;
	unsigned int switched[ADDR_FAMILIES]; /* how often forwarding of all was, since then */
	struct {
		char name[IFNAMSIZ];
		int index;
		bool had_rp_filter;
	} seen[POLICY_SEGMENTS_MAX]; /* interfaces of zones, the last time that they were there */
	size_t seen_count;
	/* While a look is compared with the one before. */
	unsigned int shown;
	size_t began, ended;
	char *summary;
	size_t summary_length;
};

/* hostwatch_read.c: read anew what is dirty, which it is then no longer. 0, or negative errno. */
int hostwatch_read(struct hostwatch *watch);

/* hostwatch_record.c: events. What differs between two looks; an interface of a zone that is
 * another one, or that has gone to another namespace; switches that were switched back. */
void hostwatch_record_differences(struct hostwatch *watch, const struct host_findings *before);
void hostwatch_record_anew(struct hostwatch *watch, const char *interface);
void hostwatch_record_move(struct hostwatch *watch, const char *interface);
void hostwatch_record_switched(struct hostwatch *watch);

#endif
