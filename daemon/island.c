/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "island.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "clock.h"
#include "enforcer.h"

#define CHECKS 3 /* in the time after which a recorder is missed */
#define MS     INT64_C(1000000)

struct island {
	struct enforcer *enforcer;
	struct loop_source *check, *retry;
	uint64_t absent_ms;
	struct flowset_waiter waiter; /* for all that was blocked to be on record */
	bool waiting;
	bool told;   /* the recorder that is connected told that the log can be written */
	bool proven; /* and all that was blocked until then is on record */
	bool failed; /* the last transaction */
	int error;   /* of the log, as it was told last */
	enum island_why why;
	int64_t since; /* monotonic ns */
	int64_t proof; /* when something last showed that the recorder works; monotonic ns */
};

static const struct {
	const char *name, *text;
} whys[] = {
	[ISLAND_NOT] = { "no", "" },
	[ISLAND_STARTING] = { "starting",
		"nothing is forwarded: no recorder has told yet that the log can be written" },
	[ISLAND_LOG_FAILED] = { "log-failed",
		"nothing is forwarded any more: the log cannot be written" },
	[ISLAND_NO_RECORDER] = { "recorder-absent",
		"nothing is forwarded any more: no recorder is there to write the log" },
	[ISLAND_CATCHING_UP] = { "catching-up", "" },
};

const char *island_why_name(enum island_why why)
{
	return whys[why].name;
}

int island_log_error(const struct island *island)
{
	return island->error;
}

enum island_why island_why(const struct island *island)
{
	bool recovering = island->waiting && island->told && island->error == 0;

	return island->why && recovering ? ISLAND_CATCHING_UP : island->why;
}

static bool asked_for(const struct island *island)
{
	return lifecycle_policy(island->enforcer->lifecycle)->log.island;
}

/* Events -------------------------------------------------------------------------------------- */

static void record_begin(const struct island *island)
{
	const char *error = island->error ? errtext_english(island->error) : NULL;

	reclink_event(island->enforcer->reclink, "island-begin", true, whys[island->why].text,
		(const char *const[]){
			"island", whys[island->why].name, error ? "error" : NULL, error, NULL });
}

static void record_end(const struct island *island, const char *why)
{
	char seconds[24];

	snprintf(seconds, sizeof(seconds), "%" PRId64,
		(clock_monotonic() - island->since) / CLOCK_SECOND);
	reclink_event(island->enforcer->reclink, "island-end", true, why,
		(const char *const[]){ "seconds", seconds, NULL });
}

static void record_failure(const struct island *island, bool begin)
{
	reclink_event(island->enforcer->reclink, "island-failed", false,
		begin ? "forwarding could not be shut: it goes on WITHOUT a log; it is tried again"
		      : "forwarding could not be opened again; it is tried again",
		NULL);
}

/* The kernel ---------------------------------------------------------------------------------- */

static bool put(struct island *island, bool on)
{
	struct lifecycle *lifecycle = island->enforcer->lifecycle;
	struct diag_list *diags;
	bool was = lifecycle_is_island(lifecycle);

	if (was != on && diag_list_new(&diags) < 0)
		return false;
	lifecycle_ask_island(lifecycle, on);
	if (was == on)
		return true;
	(void)enforcer_renew(island->enforcer, diags);
	diag_list_free(diags);
	bool done = lifecycle_is_island(lifecycle) == on;

	if (!done)
		lifecycle_ask_island(lifecycle, was);
	return done;
}

static void become(struct island *island, enum island_why why, const char *end_text)
{
	bool begin = why != ISLAND_NOT;

	if (!put(island, begin)) {
		if (!island->failed)
			record_failure(island, begin);
		island->failed = true;
		(void)loop_set_timer(island->retry, ISLAND_RETRY_MS, 0);
		return;
	}
	island->failed = false;
	if (begin)
		island->since = clock_monotonic();
	island->why = why;
	if (begin)
		record_begin(island);
	else
		record_end(island, end_text);
}

/* What should be ------------------------------------------------------------------------------ */

static enum island_why wanted(const struct island *island)
{
	if (!asked_for(island))
		return ISLAND_NOT;
	if (island->error)
		return ISLAND_LOG_FAILED;
	if (island->proven)
		return ISLAND_NOT;
	return island->why; /* until the timer, or the recorder, says more */
}

static void settle(struct island *island)
{
	enum island_why why = wanted(island);

	if (why == island->why)
		return;
	if (why && island->why) {
		island->why = why; /* an island it is already */
		record_begin(island);
	} else {
		become(island, why,
			asked_for(island) ? "forwarding is open again: the log can be written, and "
					    "all that was blocked until now is on record"
					  : "forwarding is open again: the policy does not ask for "
					    "the island any more");
	}
}

static void ask_for_proof(struct island *island)
{
	if (island->waiting)
		return;
	island->waiting = true;
	flowset_flush(island->enforcer->flowset, &island->waiter);
}

/* A recorder that is there and does not get anything done is as none. */
static void on_check(struct loop *loop, void *data)
{
	struct island *island = data;
	int64_t now = clock_monotonic();
	bool late = now - island->proof >= (int64_t)island->absent_ms * MS;

	(void)loop;
	if (!asked_for(island) || island->why)
		return;
	if (island->told && !island->waiting) {
		island->proof = now;
		ask_for_proof(island);
	} else if (late) {
		island->told = island->proven = false;
		become(island, ISLAND_NO_RECORDER, NULL);
	}
}

static void on_retry(struct loop *loop, void *data)
{
	struct island *island = data;

	(void)loop;
	settle(island);
}

/* All that was blocked until the recorder could write is on record: the log works. */
static void on_recorded(struct flowset_waiter *waiter, void *data)
{
	struct island *island = data;

	island->waiting = false;
	if (waiter->missing || island->error)
		return;
	island->told = island->proven = true;
	island->proof = clock_monotonic();
	/* Not from within the flow sets' own work. */
	(void)loop_set_timer(island->retry, 0, 0);
}

static void stop_waiting(struct island *island)
{
	if (island->waiting)
		flowset_cancel(island->enforcer->flowset, &island->waiter);
	island->waiting = false;
}

void island_log_state(struct island *island, int error)
{
	island->error = error;
	island->told = error == 0;
	if (error) {
		island->proven = false;
		stop_waiting(island);
		settle(island);
		return;
	}
	ask_for_proof(island);
}

void island_connected(struct island *island)
{
	/* It may have been told why the last one could not write: that stays true until this one
	 * tells more. */
	island->told = island->proven = false;
	stop_waiting(island);
}

void island_policy_changed(struct island *island)
{
	settle(island);
}

int island_new(struct enforcer *enforcer, uint64_t absent_ms, struct island **ret_island)
{
	struct island *island = calloc(1, sizeof(*island));

	if (!island)
		return -ENOMEM;
	island->enforcer = enforcer;
	island->absent_ms = absent_ms ? absent_ms : ISLAND_ABSENT_MS;
	island->waiter.function = on_recorded;
	island->waiter.data = island;
	island->since = clock_monotonic();
	island->proof = clock_monotonic();
	/* A first apply may have been asked for one that its policy does not want. */
	lifecycle_ask_island(enforcer->lifecycle, lifecycle_is_island(enforcer->lifecycle));
	int r = loop_add_timer(enforcer->loop, on_check, island, &island->check);

	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_retry, island, &island->retry);
	if (r == 0)
		r = loop_set_timer(
			island->check, island->absent_ms / CHECKS, island->absent_ms / CHECKS);
	if (r < 0) {
		island_free(island);
		return r;
	}
	if (lifecycle_is_island(enforcer->lifecycle)) {
		island->why = ISLAND_STARTING;
		record_begin(island);
	}
	*ret_island = island;
	return 0;
}

void island_free(struct island *island)
{
	if (!island)
		return;
	stop_waiting(island);
	loop_remove(island->check);
	loop_remove(island->retry);
	free(island);
}
