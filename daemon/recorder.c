/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/i18n.h"
#include "clock.h"
#include "committer.h"
#include "ctlproto.h"
#include "enflink.h"
#include "epoch.h"
#include "housekeep.h"
#include "ifnames.h"
#include "journal.h"
#include "keeping.h"
#include "nflog.h"
#include "scanwatch.h"
#include "sealer.h"
#include "topology.h"

#define RETRY_MS_FIRST	    5000  /* until a log that could not be written is tried again, */
#define RETRY_MS_MAX	    60000 /* and at most, after it was no use several times */
#define SEAL_MS		    10000 /* between checkpoints, also when nothing happens */
#define FIXED_EXTRAS(array) .extras = (array), .extra_count = sizeof(array) / sizeof((array)[0])

struct recorder {
	struct loop *loop;
	struct logwrite_state state; /* that the log was found in */
	const char *directory;	     /* of the log */
	struct journal *journal;
	int log_error;		   /* why the log cannot be written, 0: it can */
	struct loop_source *retry; /* of writing */
	uint64_t retry_ms;
	bool held; /* the connection is held off until then */
	struct sealer *sealer;
	struct housekeep *housekeep;
	struct loop_source *seal_timer;
	struct ifnames *ifnames;
	struct topology topology;
	struct epochs *epochs;
	struct epochs_kept kept; /* that a crash had left */
	struct committer *committer;
	struct scanwatch *scans;
	struct nflog *nflog;
	struct loop_source *nflog_source;
	struct enflink *link;
	uint64_t instance; /* of hedated; serials of its events that were taken, told to be on disk
			    */
	uint64_t events_taken, events_told;
};

void recorder_say(const char *format, ...)
{
	va_list arguments;
	fputs("hedate-logd: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* An event of our own. */
static void record(struct recorder *recorder, struct record_event event)
{
	event.time = clock_realtime();
	event.revision = recorder->topology.revision;
	journal_event(recorder->journal, &event);
}

/* Writing fails and recovers ------------------------------------------------------------------- */

static void on_log_changed(int error, void *data)
{
	struct recorder *recorder = data;
	recorder->log_error = error;
	if (recorder->link)
		enflink_tell_log_state(recorder->link, error);
	if (error)
		recorder_say(_("the log cannot be written: %s; the kernel goes on blocking and "
			       "counting"),
			strerror(-error));
	else
		recorder_say(_("the log can be written again"));
	/* Not from here: this is in the middle of writing. */
	if (recorder->retry)
		(void)loop_set_timer(recorder->retry, 0, 0);
}

/*
 * First the connection is given up, then after a pause events are tried, and when they can be
 * written hedated is connected to again, which delivers once more what is not on disk. An epoch may
 * find no room where an event did: so pauses grow until an epoch is written.
 */
static void on_retry(struct loop *loop, void *data)
{
	struct recorder *recorder = data;
	(void)loop;
	if (recorder->log_error && recorder->held)
		(void)journal_retry(recorder->journal);
	recorder->held = recorder->log_error != 0;
	enflink_hold(recorder->link, recorder->held);
	if (!recorder->held)
		return;
	(void)loop_set_timer(recorder->retry, recorder->retry_ms, 0);
	recorder->retry_ms =
		recorder->retry_ms * 2 < RETRY_MS_MAX ? recorder->retry_ms * 2 : RETRY_MS_MAX;
}

/* Sealing -------------------------------------------------------------------------------------- */

/* Tell hedated how the log is. */
static void on_kept(void *data)
{
	struct recorder *recorder = data;
	struct message message;
	if (!recorder->link || !enflink_connected(recorder->link))
		return;
	keeping_put(&message, recorder->housekeep, sealer_state(recorder->sealer),
		committer_delay(recorder->committer));
	enflink_tell(recorder->link, &message);
}

static void on_seal(struct loop *loop, void *data)
{
	struct recorder *recorder = data;
	(void)loop;
	scanwatch_tick(recorder->scans);
	sealer_run(recorder->sealer);
	housekeep_note(recorder->housekeep);
	on_kept(recorder);
}

/* NFLOG ---------------------------------------------------------------------------------------- */

static void drop_nflog(struct recorder *recorder)
{
	loop_remove(recorder->nflog_source);
	recorder->nflog_source = NULL;
	nflog_free(recorder->nflog);
	recorder->nflog = NULL;
}

static void on_packet(const struct nflog_packet *packet, void *data)
{
	struct recorder *recorder = data;
	epochs_packet(recorder->epochs, packet);
	scanwatch_packet(recorder->scans, packet);
}

static void on_counted(const struct record_flow *flow, void *data)
{
	struct recorder *recorder = data;
	scanwatch_flow(recorder->scans, flow);
}

/* A socket that fails is given up: hedated makes another when we connect without one. */
static void nflog_failed(struct recorder *recorder, int error)
{
	const struct record_extra extras[] = { { .key = "error",
		.text = strerrordesc_np(-error) } };
	drop_nflog(recorder);
	record(recorder, (struct record_event){
				 .action = "recorder-nflog-failed",
				 .outcome = "failure",
				 .message = "packets are counted only, until hedated gives another "
					    "NFLOG socket",
				 FIXED_EXTRAS(extras),
			 });
}

static void on_nflog(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct recorder *recorder = data;
	(void)loop, (void)fd, (void)events;
	int r = nflog_read(recorder->nflog);
	committer_note(recorder->committer);
	scanwatch_flush(recorder->scans);
	if (r < 0)
		nflog_failed(recorder, r);
}

/* While an epoch is written the loop does not run: packets are read and committed all the same. */
static void between_records(void *data)
{
	struct recorder *recorder = data;
	int r = recorder->nflog ? nflog_read(recorder->nflog) : 0;
	committer_note(recorder->committer);
	committer_check(recorder->committer);
	if (r < 0)
		nflog_failed(recorder, r);
}

static int take_nflog(struct recorder *recorder, int fd)
{
	drop_nflog(recorder);
	int r = nflog_new(fd, on_packet, recorder, &recorder->nflog);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = ifnames_ask_at(recorder->ifnames, fd);
	if (r < 0)
		return r;
	return loop_add_fd(
		recorder->loop, fd, EPOLLIN, on_nflog, recorder, &recorder->nflog_source);
}

static void drain(struct recorder *recorder)
{
	int r = recorder->nflog ? nflog_drain(recorder->nflog) : 0;
	if (recorder->nflog)
		epochs_findings(recorder->epochs, nflog_take_findings(recorder->nflog));
	if (r < 0)
		nflog_failed(recorder, r);
}

/* What comes from hedated ---------------------------------------------------------------------- */

static const struct epochs_totals *on_hello(int *ret_fd, void *data)
{
	struct recorder *recorder = data;
	*ret_fd = recorder->nflog ? nflog_fd(recorder->nflog) : -1;
	return epochs_totals(recorder->epochs);
}

static int on_welcome(const struct enflink_welcome *welcome, void *data)
{
	struct recorder *recorder = data;
	int r = welcome->fd >= 0 ? take_nflog(recorder, welcome->fd) : 0;
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
	record(recorder, (struct record_event){
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
	on_kept(recorder);
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
static int on_begin(const struct epochs_begin *begin, void *data)
{
	struct recorder *recorder = data;
	drain(recorder);
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
		recorder->retry_ms = RETRY_MS_FIRST;
		/* Not before hedated has its answer. */
		(void)loop_set_timer(recorder->seal_timer, 0, SEAL_MS);
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
		recorder_say(_("the connection to hedated failed: %s"), strerror(-error));
	const struct record_extra extras[] = { { .key = "error",
		.text = strerrordesc_np(-error) } };
	record(recorder, (struct record_event){
				 .action = "recorder-disconnected",
				 .outcome = "unknown",
				 .message = "the connection to hedated is over; the kernel goes on "
					    "blocking and counting",
				 FIXED_EXTRAS(extras),
			 });
}

static const struct enflink_functions link_functions = {
	.hello = on_hello,
	.welcome = on_welcome,
	.logging = on_logging,
	.policy = on_policy,
	.place = on_place,
	.code = on_code,
	.policy_end = on_policy_end,
	.event = on_event,
	.request = on_request,
	.begin = on_begin,
	.counts = on_counts,
	.overflow = on_overflow,
	.end = on_end,
	.ended = on_ended,
};

/* Start and stop ------------------------------------------------------------------------------- */

/* What was found of details that had been written ahead. */
static void record_kept(struct recorder *recorder)
{
	const struct epochs_kept *kept = &recorder->kept;
	const struct record_extra extras[] = {
		{ .key = "recovered.flows", .number = kept->flows },
		{ .key = "torn.bytes", .number = kept->torn },
		{ .key = "unreadable.files", .number = kept->unreadable },
	};
	if (!kept->flows && !kept->torn && !kept->unreadable)
		return;
	record(recorder, (struct record_event){
				 .action = "detail-recovered",
				 .outcome = kept->unreadable ? "failure" : "success",
				 .message = "details of flows that were not in the log when the "
					    "recorder ended were taken back from its write-ahead; "
					    "what was being written then was cut off",
				 FIXED_EXTRAS(extras),
			 });
}

/* What the log was found to be. */
static void record_state(struct recorder *recorder)
{
	const struct logwrite_state *state = &recorder->state;
	char since[RECORD_TIME_MAX];
	if (state->torn) {
		const struct record_extra extras[] = {
			{ .key = "torn.bytes", .number = state->torn },
			{ .key = "torn.file", .text = state->torn_file },
		};
		record(recorder,
			(struct record_event){
				.action = "recorder-recovered",
				.outcome = "success",
				.message = "an epoch or event that was being written when the "
					   "recorder ended was cut off and kept beside the log; "
					   "the kernel delivers an unfinished epoch again",
				FIXED_EXTRAS(extras),
			});
	}
	if (state->sequence == 0)
		return;
	record_time_format(state->time, since);
	const struct record_extra extras[] = { { .key = "since", .text = since } };
	record(recorder,
		(struct record_event){
			.action = "recorder-gap",
			.outcome = "unknown",
			.message = "nothing was written since then; flows blocked until now "
				   "are counted in the kernel, but the details of some may be "
				   "missing",
			FIXED_EXTRAS(extras),
		});
}

/* Carries the state, so that it is found again however long there is no epoch. */
void recorder_start(struct recorder *recorder)
{
	const struct epochs_totals *totals = epochs_totals(recorder->epochs);
	const struct record_extra extras[] = {
		{ .key = "version", .text = HEDATE_VERSION },
		{ .key = "table", .text = totals->table },
		{ .key = "epoch", .number = totals->last_epoch },
		{ .key = "ledger.recorded", .number = totals->epoch_recorded },
		{ .key = "ledger.lost", .number = totals->epoch_lost },
		{ .key = "total.recorded", .number = totals->recorded },
		{ .key = "total.lost", .number = totals->lost },
	};
	/* Before the first line: the log may have been cut short, and goes on behind all the same.
	 */
	sealer_run(recorder->sealer);
	record_state(recorder);
	record_kept(recorder);
	record(recorder, (struct record_event){
				 .action = "recorder-start",
				 .outcome = "success",
				 .message = "hedate-logd " HEDATE_VERSION " started",
				 FIXED_EXTRAS(extras),
			 });
	sealer_run(recorder->sealer);
}

void recorder_stop(struct recorder *recorder)
{
	epochs_abort(recorder->epochs);
	record(recorder,
		(struct record_event){
			.action = "recorder-stop",
			.outcome = "success",
			.message = "hedate-logd ends; the kernel goes on blocking and counting",
		});
}

/* Parts ---------------------------------------------------------------------------------------- */

int recorder_open_log(struct recorder *recorder, const char *directory, const char *key_directory)
{
	recorder->directory = directory;
	int r = journal_open(
		directory, NULL, on_log_changed, recorder, &recorder->journal, &recorder->state);
	/* That it can be read is not that it can be written. */
	if (r == 0 && access(directory, W_OK) < 0)
		r = -errno;
	if (r == 0)
		r = sealer_new(recorder->journal, directory, key_directory, &recorder->sealer);
	if (r == 0)
		r = housekeep_new(recorder->loop, recorder->journal, recorder->sealer, directory,
			on_kept, recorder, &recorder->housekeep);
	return r;
}

/* Without a write-ahead there is a log all the same. */
static int keep_details(struct recorder *recorder)
{
	int r = epochs_keep(recorder->epochs, recorder->directory, NULL, &recorder->kept);
	if (r < 0)
		recorder_say(_("details of flows cannot be written ahead: %s; they are kept in "
			       "memory until they are in the log"),
			strerror(-r));
	epochs_set_between(recorder->epochs, between_records, recorder);
	return committer_new(
		recorder->loop, recorder->epochs, recorder->journal, &recorder->committer);
}

int recorder_connect(struct recorder *recorder, const char *run_directory)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/" RECORDER_SOCKET, run_directory);
	int r = length < (int)sizeof(path) ? 0 : -ENAMETOOLONG;
	if (r == 0)
		r = loop_add_timer(recorder->loop, on_retry, recorder, &recorder->retry);
	if (r == 0)
		r = loop_add_timer(recorder->loop, on_seal, recorder, &recorder->seal_timer);
	if (r == 0)
		r = loop_set_timer(recorder->seal_timer, SEAL_MS, SEAL_MS);
	if (r == 0)
		r = ifnames_new(&recorder->ifnames);
	if (r == 0)
		r = epochs_new(recorder->journal, &recorder->topology, recorder->ifnames,
			&recorder->state, 0, &recorder->epochs);
	if (r == 0)
		r = scanwatch_new(recorder->journal, &recorder->topology, recorder->ifnames,
			&recorder->scans);
	if (r == 0)
		epochs_on_counted(recorder->epochs, on_counted, recorder);
	if (r == 0)
		r = keep_details(recorder);
	if (r == 0)
		r = enflink_new(recorder->loop, path, &link_functions, recorder, &recorder->link);
	return r;
}

int recorder_new(struct loop *loop, struct recorder **ret_recorder)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	if (!recorder)
		return -ENOMEM;
	recorder->loop = loop;
	recorder->retry_ms = RETRY_MS_FIRST;
	*ret_recorder = recorder;
	return 0;
}

int recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return 0;
	enflink_free(recorder->link);
	recorder->link = NULL; /* events may still be written, and hedated is told no more */
	drop_nflog(recorder);
	committer_free(recorder->committer);
	epochs_free(recorder->epochs);
	scanwatch_free(recorder->scans);
	topology_clear(&recorder->topology);
	ifnames_free(recorder->ifnames);
	loop_remove(recorder->retry);
	recorder->retry = NULL;
	loop_remove(recorder->seal_timer);
	if (recorder->journal)
		(void)journal_retry(recorder->journal);
	housekeep_free(recorder->housekeep);
	sealer_free(recorder->sealer);
	journal_close(recorder->journal);
	int error = recorder->log_error;
	free(recorder);
	return error;
}
