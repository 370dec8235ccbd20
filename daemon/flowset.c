/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowset.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/flowkey.h"
#include "clock.h"
#include "fillwatch.h"
#include "flowpush.h"
#include "flowread.h"

#define BALANCE_ATTEMPTS 5
#define READ_ATTEMPTS	 5   /* until what was read is taken although it does not add up */
#define READ_PAUSE_MS	 100 /* between them: for the kernel to have rebuilt its hash */
#define RETRY_MS	 1000
#define READ_SOON	 131072 /* flows: the kernel takes a few tenths of a second to tell them */

enum flowset_state {
	FLOWSET_IDLE,
	FLOWSET_SETTLING,
	FLOWSET_ASKING,
	FLOWSET_READING,
	FLOWSET_SENDING,
	FLOWSET_WAITING,
};

struct flowset {
	struct lifecycle *lifecycle;
	struct reclink *link;
	struct loop_source *period; /* closes epochs */
	struct loop_source *settle; /* once after a switch */
	struct loop_source *slice;  /* READING: as soon as the loop has nothing else */
	struct loop_source *watch;  /* looks at how full the sets are */
	enum flowset_state state;
	bool closed;	   /* the other generation holds an epoch that is not on disk */
	bool missing;	   /* the table; told already */
	bool acknowledged; /* it is on disk, but the kernel could not be told to forget it yet */

	bool known; /* recorded, lost and last_epoch are what the recorder said */
	uint64_t recorded, lost, last_epoch;

	struct flowread *reader;
	bool counts;	       /* of the closed epoch are needed */
	unsigned int readings; /* of it */
	size_t sent;	       /* SENDING: of its counts */

	struct fillwatch fill;
	struct flowset_waiter *waiters;
};

static unsigned int other_generation(const struct flowset *flowset)
{
	return lifecycle_generation(flowset->lifecycle) ^ 1;
}

static uint64_t closed_epoch(const struct flowset *flowset)
{
	return lifecycle_epoch(flowset->lifecycle)->number - 1;
}

static int read_balance(
	struct flowset *flowset, struct balance_reading *ret_middle, struct balance *ret_balance)
{
	struct nlsock *socket = lifecycle_socket(flowset->lifecycle);
	struct balance_reading before, after;
	int r = balance_read(socket, &before);

	for (int attempt = 0; r == 0 && attempt < BALANCE_ATTEMPTS; attempt++) {
		if ((r = balance_read(socket, ret_middle)) < 0)
			break;
		if ((r = balance_read(socket, &after)) < 0)
			break;
		uint64_t pending = ret_middle->blocked[0] + ret_middle->blocked[1];

		if (flowset->acknowledged)
			pending -= ret_middle->blocked[other_generation(flowset)];
		*ret_balance =
			balance_judge(&before, &after, flowset->recorded + flowset->lost, pending);
		if (ret_balance->balanced)
			break;
		before = after;
	}
	return r;
}

int flowset_totals(struct flowset *flowset, struct flowset_totals *ret_totals)
{
	struct balance_reading middle;
	/* Nothing of a table's first epoch can be on record. */
	bool none_closed = !flowset->closed && closed_epoch(flowset) == 0;

	*ret_totals = (struct flowset_totals){
		.known = flowset->known || none_closed,
		.recorded = flowset->recorded,
		.lost = flowset->lost,
	};
	int r = read_balance(flowset, &middle, &ret_totals->balance);

	/* Nothing is claimed of records that nobody has told us of. */
	if (!ret_totals->known)
		ret_totals->balance.balanced = false;
	return r;
}

int flowset_pending(const struct flowset *flowset, uint64_t *ret_packets)
{
	struct balance_reading reading;
	int r = balance_read(lifecycle_socket(flowset->lifecycle), &reading);

	if (r < 0)
		return r;
	*ret_packets = reading.blocked[0] + reading.blocked[1];
	if (flowset->acknowledged)
		*ret_packets -= reading.blocked[other_generation(flowset)];
	return 0;
}

/* Whoever waits for this epoch or an earlier one has waited long enough, where the events are on
 * disk as well. */
static void complete_waiters(struct flowset *flowset, uint64_t until)
{
	struct flowset_waiter **place = &flowset->waiters;

	while (*place) {
		struct flowset_waiter *waiter = *place;

		if (waiter->epoch <= until)
			waiter->epoch = 0;
		if (waiter->epoch != 0 || !reclink_event_done(flowset->link, waiter->event)) {
			place = &waiter->next;
			continue;
		}
		*place = waiter->next;
		waiter->missing = flowset->missing;
		waiter->function(waiter, waiter->data);
	}
}

/* Delivery ---------------------------------------------------------------------------------- */

static void retry_later(struct flowset *flowset)
{
	flowset->state = FLOWSET_IDLE;
	flowread_end(flowset->reader);
	(void)loop_set_timer(flowset->settle, RETRY_MS, 0);
}

static int push_end(struct flowset *flowset)
{
	unsigned int generation = other_generation(flowset);
	struct balance_reading reading = { 0 };
	struct balance balance = { 0 };
	int r = read_balance(flowset, &reading, &balance);

	if (r < 0)
		return r;
	const struct flowpush_end end = {
		.number = closed_epoch(flowset),
		.packets = reading.blocked[generation],
		.bytes = reading.blocked_bytes[generation],
		.overflow = reading.overflow[generation],
		/* At the switch: without what came since. */
		.kernel = balance.kernel - reading.blocked[generation ^ 1],
	};
	return flowpush_end(flowset->link, &end);
}

/* One step of SENDING; on when the recorder has taken it. */
static int send_on(struct flowset *flowset)
{
	struct flowread_result result = flowread_result(flowset->reader);
	int r;

	if (flowset->sent < result.count)
		return flowpush_counts(flowset->link, &result, &flowset->sent);
	r = flowpush_codes(flowset->link, &result);
	if (r == 0)
		r = push_end(flowset);
	flowread_end(flowset->reader);
	flowset->state = FLOWSET_WAITING;
	return r;
}

/* Does what was read add up to what the kernel counted? A hash that still grew while it was read
 * may tell of a flow twice or not at all. */
static int read_again(struct flowset *flowset)
{
	unsigned int generation = other_generation(flowset);
	struct flowread_result result = flowread_result(flowset->reader);
	struct balance_reading reading;

	if (!flowset->counts)
		return 0;
	int r = balance_read(lifecycle_socket(flowset->lifecycle), &reading);

	if (r < 0)
		return r;
	return result.packets + reading.overflow[generation] != reading.blocked[generation] &&
	       ++flowset->readings < READ_ATTEMPTS;
}

/* One step of READING. */
static int read_on(struct flowset *flowset)
{
	int r = flowread_next(flowset->reader);

	if (r == 0) {
		r = read_again(flowset);
		if (r > 0) {
			flowread_begin(flowset->reader, other_generation(flowset), true);
			return loop_set_timer(flowset->slice, READ_PAUSE_MS, 0);
		}
	}
	if (r > 0)
		return loop_set_timer(flowset->slice, 0, 0);
	if (r < 0)
		return r;
	flowset->state = FLOWSET_SENDING;
	flowset->sent = 0;
	return flowpush_begin(flowset->link, lifecycle_epoch(flowset->lifecycle),
		other_generation(flowset), lifecycle_policy(flowset->lifecycle)->revision,
		flowset->counts);
}

static void go_on(struct flowset *flowset)
{
	int r = 0;

	if (flowset->state == FLOWSET_READING)
		r = read_on(flowset);
	else if (flowset->state == FLOWSET_SENDING)
		r = send_on(flowset);
	/* A push that failed has ended the connection already; the rest is the kernel's. */
	if (r < 0 && reclink_connected(flowset->link))
		reclink_disconnect(flowset->link);
}

static void on_slice(struct loop *loop, void *data)
{
	(void)loop;
	go_on(data);
}

static void deliver(struct flowset *flowset)
{
	unsigned int generation = other_generation(flowset);
	struct balance_reading reading;

	if (balance_read(lifecycle_socket(flowset->lifecycle), &reading) < 0) {
		retry_later(flowset);
		return;
	}
	const struct flowpush_closed closed = {
		.number = closed_epoch(flowset),
		.generation = generation,
		.packets = reading.blocked[generation] - reading.overflow[generation],
		.bytes = reading.blocked_bytes[generation] - reading.overflow_bytes[generation],
	};
	flowset->state = FLOWSET_ASKING;
	/* A push that fails ends the connection. */
	(void)flowpush_closed(flowset->link, &closed);
}

/* Whoever waits for events alone needs no epoch to end. */
static bool is_epoch_awaited(const struct flowset *flowset)
{
	const struct flowset_waiter *waiter = flowset->waiters;

	while (waiter && waiter->epoch == 0)
		waiter = waiter->next;
	return waiter != NULL;
}

static int forget_acknowledged(struct flowset *flowset)
{
	int r = lifecycle_empty_other(flowset->lifecycle);

	flowset->acknowledged = r < 0;
	return r;
}

/* Nothing here mends it: an apply does, whoever asks for it. */
static void tell_missing(struct flowset *flowset, bool missing)
{
	if (missing && !flowset->missing)
		reclink_event(flowset->link, "table-missing", false,
			"the table was taken away: NOTHING is blocked until it is put back", NULL);
	flowset->missing = missing;
}

static bool anything_blocked(struct flowset *flowset)
{
	struct balance_reading reading;
	int r = balance_read(lifecycle_socket(flowset->lifecycle), &reading);

	tell_missing(flowset, r == -ENOENT);
	if (r == -ENOENT)
		return false;
	/* What cannot be read is taken as something: closing the epoch will say more. */
	return r < 0 || reading.blocked[lifecycle_generation(flowset->lifecycle)] > 0;
}

/* The other generation is empty. */
static int close_epoch(struct flowset *flowset)
{
	int r = lifecycle_next_epoch(flowset->lifecycle);

	if (r == 0)
		flowset->closed = true;
	return r;
}

/* Begin whatever is to be done next. */
static void advance(struct flowset *flowset)
{
	if (flowset->state != FLOWSET_IDLE || !reclink_connected(flowset->link))
		return;
	if (flowset->acknowledged && forget_acknowledged(flowset) < 0) {
		retry_later(flowset);
		return;
	}
	if (flowset->closed) {
		deliver(flowset);
		return;
	}
	if (!anything_blocked(flowset)) {
		complete_waiters(flowset, lifecycle_epoch(flowset->lifecycle)->number);
		return;
	}
	if (close_epoch(flowset) < 0) {
		retry_later(flowset);
		return;
	}
	flowset->state = FLOWSET_SETTLING;
	(void)loop_set_timer(flowset->settle, EPOCH_SETTLE_MS, 0);
}

static void on_period(struct loop *loop, void *data)
{
	(void)loop;
	advance(data);
}

static void on_settled(struct loop *loop, void *data)
{
	struct flowset *flowset = data;

	(void)loop;
	if (flowset->state == FLOWSET_SETTLING)
		flowset->state = FLOWSET_IDLE;
	advance(flowset);
}

/* How full ------------------------------------------------------------------------------------- */

/* Not as long as nobody has taken the epoch before: then what finds no room is counted. Without a
 * recorder too, for the other generation has room. */
static void close_full(struct flowset *flowset)
{
	if (flowset->state != FLOWSET_IDLE || flowset->closed || flowset->acknowledged ||
		!fillwatch_full(&flowset->fill))
		return;
	if (reclink_connected(flowset->link))
		advance(flowset);
	else
		(void)close_epoch(flowset);
}

/* With a recorder half of what a set can have, and no more than can be read soon: to read a set
 * costs the square of what it has. Without one, as many as leave room until it is closed. */
static uint64_t too_many(const struct flowset *flowset)
{
	uint64_t limit = lifecycle_policy(flowset->lifecycle)->flow_limit;

	if (!reclink_connected(flowset->link))
		return limit - limit / 4;
	return limit / 2 < READ_SOON ? limit / 2 : READ_SOON;
}

static void on_watch(struct loop *loop, void *data)
{
	struct flowset *flowset = data;
	struct counter_value flows = { 0 };
	char name[FLOW_NAME_MAX];

	(void)loop;
	flow_name(name, FLOW_ADDED, lifecycle_generation(flowset->lifecycle));
	(void)decode_counter_named(lifecycle_socket(flowset->lifecycle), TABLE_NAME, name, &flows);
	uint64_t delay =
		fillwatch_see(&flowset->fill, flows.packets, clock_monotonic(), too_many(flowset));

	close_full(flowset);
	(void)loop_set_timer(flowset->watch, delay, 0);
}

/* The recorder ----------------------------------------------------------------------------------
 */

void flowset_connected(struct flowset *flowset, const struct reclink_hello *hello)
{
	bool same = strcmp(hello->table, lifecycle_epoch(flowset->lifecycle)->table) == 0;

	flowset->known = true;
	flowset->recorded = same ? hello->recorded : 0;
	flowset->lost = same ? hello->lost : 0;
	flowset->last_epoch = same ? hello->last_epoch : 0;
	if (flowset->closed || is_epoch_awaited(flowset))
		(void)loop_set_timer(flowset->settle, EPOCH_SETTLE_MS, 0);
}

void flowset_disconnected(struct flowset *flowset)
{
	flowset->state = FLOWSET_IDLE;
	flowread_end(flowset->reader);
	loop_stop_timer(flowset->settle);
	loop_stop_timer(flowset->slice);
}

void flowset_needed(struct flowset *flowset, uint64_t epoch, bool counts)
{
	if (flowset->state != FLOWSET_ASKING || epoch != closed_epoch(flowset)) {
		reclink_disconnect(flowset->link);
		return;
	}
	flowset->counts = counts;
	flowset->readings = 0;
	flowread_begin(flowset->reader, other_generation(flowset), counts);
	flowset->state = FLOWSET_READING;
	go_on(flowset);
}

void flowset_done(struct flowset *flowset, const struct reclink_done *done)
{
	uint64_t epoch = closed_epoch(flowset);

	if (flowset->state != FLOWSET_WAITING || done->epoch != epoch) {
		reclink_disconnect(flowset->link);
		return;
	}
	/* What was on disk when it connected is in the totals of its HELLO. */
	if (epoch > flowset->last_epoch) {
		flowset->recorded += done->recorded;
		flowset->lost += done->lost;
		flowset->last_epoch = epoch;
	}
	flowset->state = FLOWSET_IDLE;
	flowset->closed = false;
	flowset->acknowledged = true;
	(void)forget_acknowledged(flowset);
	malloc_trim(0);
	complete_waiters(flowset, epoch);
	if (is_epoch_awaited(flowset) || flowset->acknowledged)
		advance(flowset);
	(void)loop_set_timer(flowset->watch, 0, 0);
}

void flowset_events_done(struct flowset *flowset)
{
	complete_waiters(flowset, 0);
}

void flowset_drained(struct flowset *flowset)
{
	if (flowset->state == FLOWSET_SENDING)
		go_on(flowset);
}

void flowset_flush(struct flowset *flowset, struct flowset_waiter *waiter)
{
	waiter->epoch = lifecycle_epoch(flowset->lifecycle)->number;
	waiter->event = reclink_last_event(flowset->link);
	waiter->next = flowset->waiters;
	flowset->waiters = waiter;
	advance(flowset);
}

void flowset_cancel(struct flowset *flowset, struct flowset_waiter *waiter)
{
	for (struct flowset_waiter **place = &flowset->waiters; *place; place = &(*place)->next) {
		if (*place == waiter) {
			*place = waiter->next;
			return;
		}
	}
}

void flowset_policy_changed(struct flowset *flowset)
{
	uint64_t period = UINT64_C(1000) * lifecycle_policy(flowset->lifecycle)->epoch_seconds;

	(void)loop_set_timer(flowset->period, period, period);
}

void flowset_table_changed(struct flowset *flowset)
{
	flowset->closed = flowset->acknowledged = flowset->known = false;
	flowset->recorded = flowset->lost = flowset->last_epoch = 0;
	/* What they waited for is gone, or was on disk; the first epoch of the new table is not
	 * theirs to wait for, but it comes after. */
	for (struct flowset_waiter *waiter = flowset->waiters; waiter; waiter = waiter->next)
		waiter->epoch = lifecycle_epoch(flowset->lifecycle)->number;
}

static int set_up(struct flowset *flowset, struct loop *loop)
{
	struct balance_reading reading;
	int r = balance_read(lifecycle_socket(flowset->lifecycle), &reading);

	if (r < 0)
		return r;
	flowset->closed = reading.blocked[other_generation(flowset)] > 0;
	if ((r = loop_add_timer(loop, on_period, flowset, &flowset->period)) < 0)
		return r;
	if ((r = loop_add_timer(loop, on_settled, flowset, &flowset->settle)) < 0 ||
		(r = loop_add_timer(loop, on_slice, flowset, &flowset->slice)) < 0 ||
		(r = loop_add_timer(loop, on_watch, flowset, &flowset->watch)) < 0 ||
		(r = loop_set_timer(flowset->watch, FILLWATCH_MS_MAX, 0)) < 0 ||
		(r = flowread_new(&flowset->reader)) < 0)
		return r;
	flowset_policy_changed(flowset);
	return 0;
}

int flowset_new(struct loop *loop, struct lifecycle *lifecycle, struct reclink *link,
	struct flowset **ret_flowset)
{
	struct flowset *flowset = calloc(1, sizeof(*flowset));

	if (!flowset)
		return -ENOMEM;
	flowset->lifecycle = lifecycle;
	flowset->link = link;
	int r = set_up(flowset, loop);

	if (r < 0) {
		flowset_free(flowset);
		return r;
	}
	*ret_flowset = flowset;
	return 0;
}

void flowset_free(struct flowset *flowset)
{
	if (!flowset)
		return;
	loop_remove(flowset->period);
	loop_remove(flowset->settle);
	loop_remove(flowset->slice);
	loop_remove(flowset->watch);
	flowread_free(flowset->reader);
	free(flowset);
}
