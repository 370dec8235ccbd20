/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder and hedated: what comes over their connection. */
#include "recorder_impl.h"

#include <errno.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"

static const struct epochs_totals *on_hello(int *ret_fd, void *data)
{
	struct recorder *recorder = data;
	*ret_fd = recorder->nflog ? nflog_fd(recorder->nflog) : -1;
	return epochs_totals(recorder->epochs);
}

static int on_welcome(const struct enflink_welcome *welcome, void *data)
{
	struct recorder *recorder = data;
	int r = welcome->fd >= 0 ? recorder_take_nflog(recorder, welcome->fd) : 0;
	if (r == 0)
		r = journal_set_site(recorder->journal, welcome->site);
	if (r == 0)
		r = epochs_set_table(recorder->epochs, welcome->table, welcome->since);
	if (r < 0)
		return r;
	if (recorder->instance != welcome->instance)
		recorder->events_taken = 0;
	recorder->instance = welcome->instance;
	recorder->events_told = 0;
	enflink_tell_log_state(recorder->link, recorder->log_error);
	const struct record_extra extras[] = {
		{ .key = "table", .text = welcome->table },
		{ .key = "group", .number = welcome->group },
	};
	recorder_record(recorder, (struct record_event){
					  .action = "recorder-connected",
					  .outcome = "success",
					  .message = "connected to hedated",
					  FIXED_EXTRAS(extras),
				  });
	return 0;
}

static int on_logging(const struct policy_log *log, void *data)
{
	struct recorder *recorder = data;
	epochs_set_payload(recorder->epochs, log->payload);
	housekeep_set(recorder->housekeep, log);
	journal_set_segment(recorder->journal, log->segment);
	return scanwatch_configure(recorder->scans, log->scan_targets, log->scan_seconds);
}

static int on_request(const struct rec_request *request, uint64_t *ret_number, void *data)
{
	struct recorder *recorder = data;
	return housekeep_ask(recorder->housekeep, request, ret_number);
}

static int on_policy(const struct enflink_policy *policy, void *data)
{
	struct recorder *recorder = data;
	int r = journal_add_policy(
		recorder->journal, policy->revision, policy->profile, policy->model);
	return r < 0 ? r : topology_begin(&recorder->topology, policy->revision);
}

static int on_place(const struct topology_place *place, void *data)
{
	struct recorder *recorder = data;
	return topology_add_place(&recorder->topology, place);
}

static int on_code(uint32_t code, const char *reason, const char *from, const char *to, void *data)
{
	struct recorder *recorder = data;
	return topology_add_code(&recorder->topology, code, reason, from, to);
}

static int on_policy_end(void *data)
{
	struct recorder *recorder = data;
	int r = topology_end(&recorder->topology);
	/* What is left of a table that is gone can now be told with its segments. If the log cannot
	 * be written now, we will be connected again when it can. */
	if (r == 0)
		(void)epochs_record_left(recorder->epochs);
	recorder_tell_keeping(recorder);
	return r;
}

/* hedated keeps its events until they are on disk. */
static void tell_events(struct recorder *recorder)
{
	if (recorder->events_told == recorder->events_taken || journal_waits(recorder->journal))
		return;
	recorder->events_told = recorder->events_taken;
	enflink_tell_events(recorder->link, recorder->events_told);
}

static int on_event(uint64_t serial, const struct record_event *event, void *data)
{
	struct recorder *recorder = data;
	struct record_event copy = *event;
	copy.revision = recorder->topology.revision;
	/* What an earlier connection brought is told again when it ended too early. */
	if (serial > recorder->events_taken) {
		recorder->events_taken = serial;
		journal_event(recorder->journal, &copy);
	}
	tell_events(recorder);
	return 0;
}

/* hedated has waited until all packets of the epoch are in our socket's queue: from here on their
 * details are known. */
static int on_closed(const struct epochs_closed *closed, void *data)
{
	struct recorder *recorder = data;
	recorder_drain(recorder);
	return !epochs_know_all(recorder->epochs, closed);
}

static int on_begin(const struct epochs_begin *begin, void *data)
{
	struct recorder *recorder = data;
	recorder_drain(recorder);
	return epochs_begin(recorder->epochs, begin);
}

static int on_counts(const struct rec_count *counts, size_t count, void *data)
{
	struct recorder *recorder = data;
	return epochs_counts(recorder->epochs, counts, count);
}

static int on_overflow(const struct rec_overflow *codes, size_t count, void *data)
{
	struct recorder *recorder = data;
	return epochs_overflow(recorder->epochs, codes, count);
}

static int on_end(const struct epochs_end *end, struct epochs_done *ret_done, void *data)
{
	struct recorder *recorder = data;
	int r = epochs_end(recorder->epochs, end, ret_done);
	if (r == 0) {
		tell_events(recorder);
		recorder->retry_ms = RECORDER_RETRY_MS;
		/* Not before hedated has its answer. */
		(void)loop_set_timer(recorder->seal_timer, 0, RECORDER_SEAL_MS);
	}
	return r;
}

static void on_ended(int error, void *data)
{
	struct recorder *recorder = data;
	epochs_abort(recorder->epochs);
	if (recorder->log_error)
		return; /* we have ended it */
	if (error != -ECONNRESET && error != -EPIPE)
		recorder_say(_("the connection to hedated failed: %s"), errtext(error));
	const struct record_extra extras[] = { { .key = "error", .text = errtext_english(error) } };
	recorder_record(recorder,
		(struct record_event){
			.action = "recorder-disconnected",
			.outcome = "unknown",
			.message = "the connection to hedated is over; the kernel goes on "
				   "blocking and counting",
			FIXED_EXTRAS(extras),
		});
}

const struct enflink_functions recorder_link_functions = {
	.hello = on_hello,
	.welcome = on_welcome,
	.logging = on_logging,
	.policy = on_policy,
	.place = on_place,
	.code = on_code,
	.policy_end = on_policy_end,
	.event = on_event,
	.request = on_request,
	.closed = on_closed,
	.begin = on_begin,
	.counts = on_counts,
	.overflow = on_overflow,
	.end = on_end,
	.ended = on_ended,
};
