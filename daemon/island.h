/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * on_log_failure = "island": without a log nothing is forwarded. The recorder tells whether it can
 * write; when it cannot, or when for ISLAND_ABSENT_MS none was there or none got anything on record
 * that it was given, the gateway becomes an island, in one transaction of the kernel. It is none
 * any more when the recorder can write again and all that was blocked until then is on record. Both
 * are events of the log, which come there as soon as it can be written.
 *
 * The kernel keeps it: a hedated that is started again finds an island where it left one.
 */
#ifndef HEDATE_ISLAND_H
#define HEDATE_ISLAND_H

#include <stdbool.h>
#include <stdint.h>

#define ISLAND_ABSENT_MS 30000
#define ISLAND_RETRY_MS	 5000 /* after a transaction that failed */

struct enforcer;
struct island;

enum island_why {
	ISLAND_NOT,	   /* it is none */
	ISLAND_STARTING,   /* no recorder has told yet that the log can be written */
	ISLAND_LOG_FAILED, /* it told that it cannot be written */
	ISLAND_NO_RECORDER,
	ISLAND_CATCHING_UP, /* it can be written again; what was blocked meanwhile is being recorded
			     */
};

/* enforcer is borrowed; it has a loop, a lifecycle with a policy, reclink and flowset. absent_ms: 0
 * for ISLAND_ABSENT_MS. 0, or negative errno. */
int island_new(struct enforcer *enforcer, uint64_t absent_ms, struct island **ret_island);
void island_free(struct island *island); /* the kernel stays as it is; accepts NULL */

/* A recorder has connected, or its connection has ended. */
void island_connected(struct island *island);
/* It told: 0, or why the log cannot be written, negative errno. */
void island_log_state(struct island *island, int error);
/* Another policy is in place. */
void island_policy_changed(struct island *island);

enum island_why island_why(const struct island *island);
/* Why the log cannot be written, as it was told last; 0: it can, or nobody told. */
int island_log_error(const struct island *island);
/* "no", "starting", "log-failed", ... */
const char *island_why_name(enum island_why why);

#endif
