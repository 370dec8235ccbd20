/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening to what becomes of the kernel's rules, ours and others'. What our own socket does is
 * told apart by its netlink port, which the kernel puts into each message. What the kernel could
 * not tell, for want of room, counts as a change of everything.
 */
#ifndef HEDATE_TABLEWATCH_H
#define HEDATE_TABLEWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "culprit.h"
#include "loop.h"

struct tablewatch;

/* What was heard since the last call. */
struct tablewatch_news {
	bool ours;		/* somebody else changed our table, */
	bool gone;		/* or took it away; */
	bool others;		/* or another table */
	bool lost;		/* it cannot be known what was changed */
	uint64_t commits;	/* transactions of others */
	uint32_t generation;	/* of the last transaction, whoever's; 0: there was none */
	int64_t seen;		/* when the first change was heard of; monotonic ns */
	struct culprit culprit; /* who changed our table last, or another one if that was not */
};
typedef void (*tablewatch_function)(const struct tablewatch_news *news, void *data);
/* The first word of a change of our table, or that something was not heard, which came at seen;
 * all that was heard follows. */
typedef void (*tablewatch_alarm)(int64_t seen, void *data);

/* port: of the socket that our own changes come from. The closed table (nftclosed.h) is ours as
 * well. 0, or negative errno. The loop is borrowed, both functions are called from it. */
int tablewatch_new(struct loop *loop, uint32_t port, tablewatch_alarm alarm,
	tablewatch_function function, void *data, struct tablewatch **ret_watch);
void tablewatch_free(struct tablewatch *watch); /* accepts NULL */

/* Hear what there is now, without waiting for the loop. */
void tablewatch_hear(struct tablewatch *watch);

#endif
