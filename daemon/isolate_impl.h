/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolating, between its parts. Internal to isolate. */
#ifndef HEDATE_ISOLATE_IMPL_H
#define HEDATE_ISOLATE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/diag.h"
#include "../lib/isolation.h"
#include "../lib/nlsock.h"
#include "isolate.h"

/* One run: what is on disk, what is in the kernel. */
struct isolate_work {
	const char *config_file;
	int directory;	/* -1: it cannot be had */
	bool locked;	/* nobody else changes either meanwhile */
	bool sound;	/* the list could be read, or there is none yet */
	int unreadable; /* else why, negative errno */
	unsigned int line;
	struct nlsock *socket;
	struct isolation isolation;
	uint64_t in_kernel; /* the highest number that the kernel has */
	size_t unknown;	    /* of those that it has and the list does not */
	size_t missing;	    /* of the list that the kernel has not */
	struct diag_list *diags;
};

/* An error, with what to do about it (NULL: nothing). */
__attribute__((format(printf, 3, 4))) void isolate_complain(
	struct isolate_work *work, const char *fix, const char *format, ...);

/* What each has counted, and what the list does not know of. 0, or negative errno. */
int isolate_read_counters(struct isolate_work *work);
/* Open the socket, and read the counters. 0, or negative errno, which was complained of. */
int isolate_open_kernel(struct isolate_work *work);
/* The whole table is what the list says. 0, or negative errno, which was complained of; so are
 * those of the next two. */
int isolate_put_all(struct isolate_work *work, struct nlsock *socket);
/* Only those past a number, to what is there: what the list does not know of stays. */
int isolate_add_since(struct isolate_work *work, struct nlsock *socket, uint64_t before);
/* What is left, once those past a number were released. With nothing isolated there is no table. */
int isolate_put_rest(struct isolate_work *work, uint64_t before);
/* Is exactly the list there? Of table "inet" alone, or at the interfaces as well. */
bool isolate_table_matches(const struct isolation *isolation, struct nlsock *socket);
bool isolate_matches(const struct isolation *isolation, struct nlsock *socket);

/* The targets that a name stands for. */
struct isolate_names {
	struct isolation_target *targets;
	size_t count;
	const char *zone; /* "" when it is none */
};

/* A zone's name, else a target. What is wrong was complained of. The targets are the caller's to
 * free, in any case. */
enum exit_code isolate_resolve(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_names *names);

/* Of what is isolated: a zone's name stands for what was isolated as that zone, whatever it has
 * now. Otherwise the same. */
enum exit_code isolate_find(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_names *names);

#endif
