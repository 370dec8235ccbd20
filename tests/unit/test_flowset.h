/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Epochs, against a kernel and a recorder made of a few variables: what is closed, delivered,
 * delivered again and emptied, and that the equation holds at each step.
 */
#ifndef HEDATE_TEST_FLOWSET_H
#define HEDATE_TEST_FLOWSET_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../daemon/fillwatch.h"
#include "../../daemon/flowset.h"
#include "../../lib/compile.h"
#include "suite.h"

#define FLOWS_MAX 20000

/* The kernel ----------------------------------------------------------------------------------- */

static struct {
	struct epoch_id epoch;
	unsigned int generation;
	size_t flows[2]; /* elements of flow-tcp4 of each generation, one packet each */
	uint64_t overflow[2];
	uint64_t denied;
	unsigned int switches, emptied;
	int empty_error, switch_error, read_errors;
	bool missing; /* no table */
	unsigned int readings, steps, blind;
	unsigned int twice; /* readings that tell of one flow twice, and not of another */
	bool slow;	    /* each step takes 3 ms */
} kernel;

static struct policy policy = {
	.epoch_seconds = 3600, .flow_limit = FLOWS_MAX, .revision = "0123456789ab"
};

struct nlsock *lifecycle_socket(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return NULL;
}

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return &policy;
}

const struct epoch_id *lifecycle_epoch(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return &kernel.epoch;
}

unsigned int lifecycle_generation(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return kernel.generation;
}

int lifecycle_next_epoch(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	if (kernel.switch_error)
		return kernel.switch_error;
	/* Never may a generation be counted into that still holds an epoch. */
	ck_assert_uint_eq(kernel.flows[kernel.generation ^ 1], 0);
	kernel.generation ^= 1;
	kernel.epoch = epoch_id_next(&kernel.epoch, kernel.epoch.since + 1000);
	kernel.switches++;
	return 0;
}

int lifecycle_empty_other(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	if (kernel.empty_error)
		return kernel.empty_error;
	kernel.flows[kernel.generation ^ 1] = 0;
	kernel.overflow[kernel.generation ^ 1] = 0;
	kernel.emptied++;
	return 0;
}

int decode_counters(struct nlsock *socket, const char *table, decode_counter callback, void *data)
{
	static const char *const names[2][2] = { { "blocked-a", "overflow-a" },
		{ "blocked-b", "overflow-b" } };
	struct counter_value value = { .packets = kernel.denied };

	(void)socket;
	ck_assert_str_eq(table, TABLE_NAME);
	if (kernel.missing)
		return -ENOENT;
	callback("deny-no-path-a-b", (struct counter_value){ kernel.denied / 2, 0 }, data);
	value.packets -= kernel.denied / 2;
	callback("deny-spoof-a.x-unknown", value, data);
	if (kernel.read_errors) {
		kernel.read_errors--;
		return -EINTR;
	}
	for (int g = 0; g < 2; g++) {
		value.packets = kernel.flows[g] + kernel.overflow[g];
		value.bytes = 60 * value.packets;
		callback(names[g][0], value, data);
		value.packets = kernel.overflow[g];
		value.bytes = 60 * value.packets;
		callback(names[g][1], value, data);
	}
	return 0;
}

int decode_counter_named(
	struct nlsock *socket, const char *table, const char *name, struct counter_value *ret_value)
{
	(void)socket;
	(void)table;
	ck_assert_str_eq(name, kernel.generation ? "flows-b" : "flows-a");
	if (kernel.missing)
		return -ENOENT;
	*ret_value = (struct counter_value){ kernel.flows[kernel.generation], 0 };
	return 0;
}

/* A dump by pieces of SLICE elements. */
#define SLICE 500
struct decode_reading {
	decode_element callback;
	void *data;
	bool flows, codes;
	size_t next;
};

int decode_reading_begin(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data, struct decode_reading **ret_reading)
{
	unsigned int g = kernel.generation ^ 1;
	struct decode_reading *reading = calloc(1, sizeof(*reading));

	(void)socket;
	(void)table;
	reading->callback = callback;
	reading->data = data;
	reading->flows = strcmp(set, g ? "flow-tcp4-b" : "flow-tcp4-a") == 0;
	reading->codes = strcmp(set, g ? "overflow-codes-b" : "overflow-codes-a") == 0;
	*ret_reading = reading;
	kernel.readings += reading->flows;
	return 0;
}

static inline int tell_code(const struct decode_reading *reading)
{
	unsigned int g = kernel.generation ^ 1;
	uint32_t mark = 7 | (g ? DENY_MARK_B : 0), none = 8;
	int r = reading->callback((uint8_t *)&mark, sizeof(mark),
		(struct counter_value){ kernel.overflow[g], 0 }, reading->data);

	return r < 0 ? r
		     : reading->callback((uint8_t *)&none, sizeof(none),
			       (struct counter_value){ 0 }, reading->data);
}

int decode_reading_step(struct decode_reading *reading)
{
	size_t flows = kernel.flows[kernel.generation ^ 1];

	const struct timespec pause = { .tv_nsec = 3000000 };

	kernel.steps++;
	if (kernel.slow)
		nanosleep(&pause, NULL);
	if (reading->codes)
		return tell_code(reading);
	if (kernel.blind && reading->flows) { /* it does not tell of one */
		kernel.blind--;
		reading->next++;
	}
	for (size_t i = 0; reading->flows && i < SLICE && reading->next < flows; i++) {
		uint8_t key[20] = { 0 };
		size_t flow = reading->next++;

		if (kernel.twice && flow == flows - 1) {
			kernel.twice--;
			flow = 0;
		}
		memcpy(key + 4, &flow, 4);
		int r = reading->callback(
			key, sizeof(key), (struct counter_value){ 1, 60 }, reading->data);

		if (r < 0)
			return r;
	}
	/* Interrupted half-way: what was told so far must not count. */
	if (reading->flows && kernel.read_errors && reading->next > flows / 2) {
		kernel.read_errors--;
		return -EINTR;
	}
	return reading->flows && reading->next < flows;
}

void decode_reading_end(struct decode_reading *reading)
{
	free(reading);
}

static inline void block(size_t packets)
{
	kernel.flows[kernel.generation] += packets;
	kernel.denied += packets;
}

/* The recorder --------------------------------------------------------------------------------- */

static struct flowset *flowset;
static struct loop *loop;

static struct {
	bool connected;
	bool drained; /* something was pushed and is gone */
	unsigned int epochs, ends, bytes_at_once;
	bool asked, knows_all; /* whether it needs counts; it does not */
	uint64_t asked_epoch, asked_packets;
	uint64_t epoch, counts, packets, overflow, total, codes;
	unsigned int disconnects, events;
	bool behind; /* events are not on disk yet */
	char event[32];
} recorder;

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link;
	(void)pairs;
	(void)success;
	(void)text;
	recorder.events++;
	snprintf(recorder.event, sizeof(recorder.event), "%s", action);
}

uint64_t reclink_last_event(const struct reclink *link)
{
	(void)link;
	return recorder.events;
}

bool reclink_event_done(const struct reclink *link, uint64_t serial)
{
	(void)link;
	return serial == 0 || !recorder.behind;
}

bool reclink_connected(const struct reclink *link)
{
	(void)link;
	return recorder.connected;
}

void reclink_disconnect(struct reclink *link)
{
	(void)link;
	if (!recorder.connected)
		return;
	recorder.connected = false;
	recorder.disconnects++;
	flowset_disconnected(flowset);
}

static inline void take_counts(struct message *message)
{
	size_t length;
	struct rec_count first;
	const void *counts = message_get_bytes(message, &length);

	ck_assert_uint_eq(length % sizeof(first), 0);
	ck_assert_uint_gt(length, 0);
	memcpy(&first, counts, sizeof(first)); /* not aligned in the message */
	ck_assert_uint_eq(first.key.generation, kernel.generation ^ 1);
	ck_assert_uint_eq(first.packets, 1);
	recorder.counts += length / sizeof(first);
}

static inline void take_codes(struct message *message)
{
	size_t length;
	struct rec_overflow code;
	const void *codes = message_get_bytes(message, &length);

	ck_assert_uint_eq(
		length, sizeof(code)); /* those of which nothing overflowed are left out */
	memcpy(&code, codes, sizeof(code));
	ck_assert_uint_eq(code.code, 7);
	ck_assert_uint_eq(code.packets, kernel.overflow[kernel.generation ^ 1]);
	recorder.codes++;
}

int reclink_push(struct reclink *link, const struct message *message)
{
	struct message copy = *message;

	(void)link;
	if (!recorder.connected)
		return -ENOTCONN;
	recorder.drained = true;
	if (copy.type == REC_EPOCH) {
		recorder.epochs++;
		recorder.counts = 0;
		recorder.epoch = message_get_number(&copy);
		ck_assert_uint_eq(message_get_number(&copy), kernel.generation ^ 1);
		uint64_t start = message_get_number(&copy);

		ck_assert_uint_le(start, message_get_number(&copy));
		char revision[16];

		message_get_string(&copy, revision, sizeof(revision));
		ck_assert_uint_eq(message_get_number(&copy), !recorder.knows_all);
	} else if (copy.type == REC_CLOSED) {
		recorder.asked = true;
		recorder.asked_epoch = message_get_number(&copy);
		ck_assert_uint_eq(message_get_number(&copy), kernel.generation ^ 1);
		recorder.asked_packets = message_get_number(&copy);
		ck_assert_uint_eq(message_get_number(&copy), 60 * recorder.asked_packets);
	} else if (copy.type == REC_COUNTS) {
		take_counts(&copy);
	} else if (copy.type == REC_OVERFLOW) {
		take_codes(&copy);
	} else {
		ck_assert_int_eq(copy.type, REC_EPOCH_END);
		recorder.ends++;
		ck_assert_uint_eq(message_get_number(&copy), recorder.epoch);
		recorder.packets = message_get_number(&copy);
		message_get_number(&copy);
		recorder.overflow = message_get_number(&copy);
		recorder.total = message_get_number(&copy);
	}
	ck_assert(message_complete(&copy));
	return 0;
}

static inline void connect_recorder(uint64_t last_epoch, uint64_t recorded, uint64_t lost)
{
	struct reclink_hello hello = {
		.last_epoch = last_epoch, .recorded = recorded, .lost = lost, .fd = -1
	};

	memcpy(hello.table, kernel.epoch.table, sizeof(hello.table));
	recorder.connected = true;
	flowset_connected(flowset, &hello);
}

static inline void done(uint64_t recorded, uint64_t lost)
{
	const struct reclink_done answer = { recorder.epoch, recorded, lost };

	flowset_done(flowset, &answer);
}

/* Time ----------------------------------------------------------------------------------------- */

static inline void on_tick(struct loop *running, void *data)
{
	(void)running;
	(void)data;
	while (recorder.drained) {
		recorder.drained = false;
		flowset_drained(flowset);
	}
	if (recorder.asked) {
		recorder.asked = false;
		flowset_needed(flowset, recorder.asked_epoch, !recorder.knows_all);
	}
}

/* On a busy machine all timers may have expired at once: the others first, and what they set off.
 */
#define GRACE_MS 50

static inline void on_end(struct loop *running, void *data)
{
	struct loop_source **end = data;

	if (*end) {
		loop_set_timer(*end, GRACE_MS, 0);
		*end = NULL;
		return;
	}
	loop_quit(running, 0);
}

static inline void let_pass(uint64_t ms)
{
	struct loop_source *tick, *end, *first;

	ck_assert_int_eq(loop_add_timer(loop, on_tick, NULL, &tick), 0);
	ck_assert_int_eq(loop_add_timer(loop, on_end, &first, &end), 0);
	first = end;
	ck_assert_int_eq(loop_set_timer(tick, 1, 1), 0);
	ck_assert_int_eq(loop_set_timer(end, ms, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_remove(tick);
	loop_remove(end);
}

#define SETTLED (EPOCH_SETTLE_MS + 100)

static inline void set_up(void)
{
	memset(&kernel, 0, sizeof(kernel));
	memset(&recorder, 0, sizeof(recorder));
	ck_assert_int_eq(epoch_id_new(&kernel.epoch), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	flowset = NULL;
}

static inline void begin(void)
{
	ck_assert_int_eq(flowset_new(loop, NULL, NULL, &flowset), 0);
}

static inline void tear_down(void)
{
	flowset_free(flowset);
	loop_free(loop);
}

static int flushed;

static inline void on_flushed(struct flowset_waiter *waiter, void *data)
{
	(void)waiter;
	(void)data;
	flushed++;
}

static inline struct flowset_waiter waiter_of(void)
{
	flushed = 0;
	return (struct flowset_waiter){ .function = on_flushed };
}

static inline void check_balance(uint64_t recorded, uint64_t lost, uint64_t pending)
{
	struct flowset_totals totals;

	ck_assert_int_eq(flowset_totals(flowset, &totals), 0);
	ck_assert_uint_eq(totals.recorded, recorded);
	ck_assert_uint_eq(totals.lost, lost);
	ck_assert_uint_eq(totals.balance.pending, pending);
	ck_assert(totals.known);
	ck_assert(totals.balance.balanced);
	ck_assert_uint_eq(totals.balance.kernel, kernel.denied);
	ck_assert_uint_eq(recorded + lost + pending, kernel.denied);
}

#endif
