/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowset.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/flowkey.h"

#define READ_ATTEMPTS	 10
#define BALANCE_ATTEMPTS 5
#define COUNTS_AT_ONCE	 16 /* COUNTS messages pushed before the recorder has to take them */
#define RETRY_MS	 1000

enum flowset_state {
	FLOWSET_IDLE,
	FLOWSET_SETTLING,
	FLOWSET_READING,
	FLOWSET_WAITING,
};

struct flowset {
	struct lifecycle *lifecycle;
	struct reclink *link;
	struct loop_source *period; /* closes epochs */
	struct loop_source *settle; /* once after a switch */
	enum flowset_state state;
	bool closed;	   /* the other generation holds an epoch that is not on disk */
	bool missing;	   /* the table; told already */
	bool acknowledged; /* it is on disk, but the kernel could not be told to forget it yet */

	bool known; /* recorded, lost and last_epoch are what the recorder said */
	uint64_t recorded, lost, last_epoch;

	unsigned int next_set; /* READING: the next of FLOW_SETS to read */
	struct rec_count *counts;
	size_t count, room, sent;

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

static void free_counts(struct flowset *flowset)
{
	free(flowset->counts);
	flowset->counts = NULL;
	flowset->count = flowset->room = flowset->sent = 0;
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

/* Whoever waits for an epoch before the one that is counted now has waited long enough. */
static void complete_waiters(struct flowset *flowset, uint64_t until)
{
	struct flowset_waiter **place = &flowset->waiters;

	while (*place) {
		struct flowset_waiter *waiter = *place;

		if (waiter->epoch > until) {
			place = &waiter->next;
			continue;
		}
		*place = waiter->next;
		waiter->missing = flowset->missing;
		waiter->function(waiter, waiter->data);
	}
}

/* A set's elements -------------------------------------------------------------------------- */

struct set_reader {
	struct flowset *flowset;
	enum flow_class class;
	unsigned int family;
};

static int add_count(
	const uint8_t *key, unsigned int length, struct counter_value value, void *data)
{
	const struct set_reader *reader = data;
	struct flowset *flowset = reader->flowset;

	if (flowset->count == flowset->room) {
		size_t room = flowset->room ? 2 * flowset->room : REC_COUNTS_MAX;
		struct rec_count *counts = reallocarray(flowset->counts, room, sizeof(*counts));

		if (!counts)
			return -ENOMEM;
		flowset->counts = counts;
		flowset->room = room;
	}
	struct rec_count *count = &flowset->counts[flowset->count];

	*count = (struct rec_count){ .packets = value.packets, .bytes = value.bytes };
	int r = flow_key_from_element(
		other_generation(flowset), reader->class, reader->family, key, length, &count->key);

	if (r == 0)
		flowset->count++;
	return r;
}

/* The generation is not in use, so a dump that was interrupted (by any change of the rule set)
 * is simply begun again. */
static int read_set(struct flowset *flowset, unsigned int index)
{
	struct set_reader reader = {
		.flowset = flowset,
		.class = (enum flow_class)(index / ADDR_FAMILIES),
		.family = index % ADDR_FAMILIES,
	};
	const char *name = flow_set_name(other_generation(flowset), reader.class, reader.family);
	int r = -EINTR;

	for (int attempt = 0; attempt < READ_ATTEMPTS && (r == -EINTR || r == -ENOBUFS);
		attempt++) {
		flowset->count = flowset->sent = 0;
		r = decode_elements(
			lifecycle_socket(flowset->lifecycle), TABLE_NAME, name, add_count, &reader);
	}
	return r;
}

/* Delivery ---------------------------------------------------------------------------------- */

static void retry_later(struct flowset *flowset)
{
	flowset->state = FLOWSET_IDLE;
	free_counts(flowset);
	(void)loop_set_timer(flowset->settle, RETRY_MS, 0);
}

static int push_counts(struct flowset *flowset)
{
	struct message message;
	int r = 0;

	for (int i = 0; r == 0 && i < COUNTS_AT_ONCE && flowset->sent < flowset->count; i++) {
		size_t count = flowset->count - flowset->sent;

		if (count > REC_COUNTS_MAX)
			count = REC_COUNTS_MAX;
		message_begin(&message, REC_COUNTS);
		message_put_bytes(&message, flowset->counts + flowset->sent,
			count * sizeof(*flowset->counts));
		flowset->sent += count;
		r = reclink_push(flowset->link, &message);
	}
	return r;
}

static int push_end(struct flowset *flowset)
{
	unsigned int generation = other_generation(flowset);
	struct balance_reading reading = { 0 };
	struct balance balance = { 0 };
	struct message message;
	int r = read_balance(flowset, &reading, &balance);

	if (r < 0)
		return r;
	message_begin(&message, REC_EPOCH_END);
	message_put_number(&message, closed_epoch(flowset));
	message_put_number(&message, reading.blocked[generation]);
	message_put_number(&message, reading.blocked_bytes[generation]);
	message_put_number(&message, reading.overflow[generation]);
	/* What the deny counters had reached at the switch: without what came since. */
	message_put_number(&message, balance.kernel - reading.blocked[generation ^ 1]);
	return reclink_push(flowset->link, &message);
}

/* One step of READING: as much as the recorder takes at once, and on when it has. */
static void read_and_send(struct flowset *flowset)
{
	int r = 0;

	while (r == 0 && flowset->state == FLOWSET_READING) {
		if (flowset->sent < flowset->count) {
			r = push_counts(flowset);
			if (r == 0)
				return;
		} else if (flowset->next_set < FLOW_SETS) {
			r = read_set(flowset, flowset->next_set++);
		} else {
			free_counts(flowset);
			flowset->state = FLOWSET_WAITING;
			r = push_end(flowset);
		}
	}
	/* A push that failed has ended the connection already; the rest is the kernel's. */
	if (r < 0 && reclink_connected(flowset->link))
		reclink_disconnect(flowset->link);
}

static void deliver(struct flowset *flowset)
{
	const struct epoch_id *epoch = lifecycle_epoch(flowset->lifecycle);
	struct message message;

	message_begin(&message, REC_EPOCH);
	message_put_number(&message, closed_epoch(flowset));
	message_put_number(&message, other_generation(flowset));
	message_put_number(&message, epoch->after);
	message_put_number(&message, epoch->since);
	message_put_string(&message, lifecycle_policy(flowset->lifecycle)->revision);
	if (reclink_push(flowset->link, &message) < 0)
		return;
	flowset->next_set = 0;
	flowset->state = FLOWSET_READING;
	read_and_send(flowset);
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
			"the table was taken away: NOTHING is blocked until a policy is applied",
			NULL);
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
	if (lifecycle_next_epoch(flowset->lifecycle) < 0) {
		retry_later(flowset);
		return;
	}
	flowset->closed = true;
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

void flowset_connected(struct flowset *flowset, const struct reclink_hello *hello)
{
	bool same = strcmp(hello->table, lifecycle_epoch(flowset->lifecycle)->table) == 0;

	flowset->known = true;
	flowset->recorded = same ? hello->recorded : 0;
	flowset->lost = same ? hello->lost : 0;
	flowset->last_epoch = same ? hello->last_epoch : 0;
	if (flowset->closed || flowset->waiters)
		(void)loop_set_timer(flowset->settle, EPOCH_SETTLE_MS, 0);
}

void flowset_disconnected(struct flowset *flowset)
{
	flowset->state = FLOWSET_IDLE;
	free_counts(flowset);
	loop_stop_timer(flowset->settle);
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
	if (flowset->waiters || flowset->acknowledged)
		advance(flowset);
}

void flowset_drained(struct flowset *flowset)
{
	if (flowset->state == FLOWSET_READING)
		read_and_send(flowset);
}

void flowset_flush(struct flowset *flowset, struct flowset_waiter *waiter)
{
	waiter->epoch = lifecycle_epoch(flowset->lifecycle)->number;
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
	if ((r = loop_add_timer(loop, on_settled, flowset, &flowset->settle)) < 0)
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
	free_counts(flowset);
	free(flowset);
}
