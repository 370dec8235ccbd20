/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The enforcer's parts put together: what one part reports is told to the others, and is made an
 * event of the log.
 */
#ifndef HEDATE_ENFORCER_H
#define HEDATE_ENFORCER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/nftclosed.h"
#include "changes.h"
#include "clockwatch.h"
#include "dropwatch.h"
#include "exceptions.h"
#include "flowset.h"
#include "foreignwatch.h"
#include "hapeer.h"
#include "hostwatch.h"
#include "island.h"
#include "isolationwatch.h"
#include "lifecycle.h"
#include "limiter.h"
#include "links.h"
#include "loop.h"
#include "observed.h"
#include "prover.h"
#include "reckeep.h"
#include "reclink.h"
#include "repair.h"
#include "revoke.h"
#include "timetable.h"
#include "watchdog.h"
#include "wholeproof.h"

struct opengate;
struct proposals;
/* What the guard left: see guardend.h. */
struct guardend {
	bool done; /* nothing of it is there any more */
	bool told; /* that it cannot be ended */
	char why[CLOSED_COMMENT_MAX];
};

struct enforcer {
	struct loop *loop;
	struct nlsock *socket;
	struct lifecycle *lifecycle;
	struct changes *changes;
	struct reclink *reclink;
	struct reckeep *reckeep;
	struct flowset *flowset;
	struct links *links;
	struct clockwatch *clock;
	struct dropwatch *drops;
	struct timetable *timetable;
	struct exceptions *exceptions;
	struct island *island;
	struct proposals *proposals;
	struct opengate *opengate;
	struct revoke *revoke;
	struct watchdog *watchdog;
	struct foreignwatch *foreign;
	struct repair *repair;
	struct isolationwatch *isolation;
	struct hostwatch *hostwatch;
	struct prover *prover;
	struct wholeproof *whole;
	struct guardend guard;
	struct loop_source *tidy; /* the timer of enforcer_tidy() */
	uint64_t started;	  /* seconds, CLOCK_MONOTONIC */
	struct limiter refusals;
	struct hapeer ha;	  /* the other gateway of a pair */
	struct observed observed; /* in the policy in place; observed_clear() at the end */
};

/* Who asks for a change. */
struct enforcer_caller {
	uid_t uid;
	pid_t pid;
	const char *how; /* "start", "signal", "request" */
};

/* What the parts report goes to these; data is the enforcer. */
extern const struct reclink_functions enforcer_recorder;
void enforcer_link_event(
	enum links_event event, const char *interface, const char *segment, void *data);
void enforcer_clock_event(enum clockwatch_event event, const struct clockwatch_reading *reading,
	int64_t step, void *data);

/*
 * changes_apply(), and what follows from it: the log has an event "apply" or "apply-refused", and
 * enforcer_changed(). Parts that are not there yet (NULL) are left out.
 */
enum exit_code enforcer_apply(struct enforcer *enforcer, const struct change_request *request,
	struct diag_list *diags, struct change_result *ret_result);
/* Another policy is in place: the recorder learns it, the period and the interfaces are the new
 * ones, and the log has "observe-begin" and "observe-end" of pairs of zones that are only
 * observed. */
void enforcer_changed(struct enforcer *enforcer, const struct lifecycle_change *change);

/* A moment after each apply, when the caller has had the answer, the memory that reading it took
 * goes back to the system. 0, or negative errno. The loop frees the timer. */
int enforcer_tidy(struct enforcer *enforcer);

/* lifecycle_renew(), and what follows from it but the event, which is that of whatever asked for
 * it. Connections that it cuts are on record as cut because of that. */
enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *diags);

/* What follows from a table that was made anew where one was gone: the event, and a new count. */
void enforcer_table_renewed(struct enforcer *enforcer, const struct lifecycle_change *change);
/* The event alone, with what was lost by that. */
void enforcer_record_renewed(
	const struct enforcer *enforcer, const struct lifecycle_change *change);

/* The event of a caller who may not do what was asked. Anybody can cause it, so not each of very
 * many is an event of its own. */
void enforcer_record_refusal(
	struct enforcer *enforcer, const struct enforcer_caller *caller, const char *request);

uint64_t enforcer_uptime(const struct enforcer *enforcer); /* seconds */

/* The event of an apply; for the first one, which happens before there is a recorder's link. */
void enforcer_record_apply(struct enforcer *enforcer, enum exit_code result,
	const struct change_request *request, const char *file, const struct change_result *change);

/* For the watchdog: is the kernel's table there, ours, and does it count what we think? */
int enforcer_check(void *data);

#endif
