/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "clock.h"
#include "committer.h"
#include "ctlproto.h"
#include "keeping.h"
#include "tojournal.h"

#define RETRY_MS_MAX 60000 /* between tries of a log that cannot be written, at most */

static void put_message(enum tojournal_level level, const char *format, va_list arguments)
{
	enum tojournal_level before = tojournal_set(level);
	fputs("hedate-logd: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	(void)tojournal_set(before);
}

void recorder_say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	put_message(TOJOURNAL_WARNING, format, arguments);
	va_end(arguments);
}

void recorder_complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	put_message(TOJOURNAL_ERROR, format, arguments);
	va_end(arguments);
}

void recorder_tell(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	put_message(TOJOURNAL_INFO, format, arguments);
	va_end(arguments);
}

/* An event of our own. */
void recorder_record(struct recorder *recorder, struct record_event event)
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
		recorder_complain(
			_("the log cannot be written: %s; the kernel goes on blocking and "
			  "counting"),
			errtext(error));
	else
		recorder_tell(_("the log can be written again"));
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

void recorder_tell_keeping(void *data)
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
	recorder_tell_keeping(recorder);
}

/* The watchdog --------------------------------------------------------------------------------- */

/*
 * That the log cannot be written is known, told, and tried again: no reason to be started anew.
 * Else the disk must answer: what is in its directory is brought there, as it would be after a
 * record.
 */
static int check(void *data)
{
	const struct recorder *recorder = data;
	int directory, r = 0;

	if (recorder->log_error)
		return 0;
	directory = open(recorder->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	if (fsync(directory) < 0)
		r = -errno;
	close(directory);
	return r;
}

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
	recorder_record(
		recorder, (struct record_event){
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
		recorder_record(recorder,
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
	recorder_record(recorder,
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
	recorder_record(recorder, (struct record_event){
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
	recorder_record(recorder,
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
			recorder_tell_keeping, recorder, &recorder->housekeep);
	return r;
}

/* Without a write-ahead there is a log all the same. */
static int keep_details(struct recorder *recorder)
{
	int r = epochs_keep(recorder->epochs, recorder->directory, NULL, &recorder->kept);
	if (r < 0)
		recorder_say(_("details of flows cannot be written ahead: %s; they are kept in "
			       "memory until they are in the log"),
			errtext(r));
	epochs_set_between(recorder->epochs, recorder_between_records, recorder);
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
		r = loop_set_timer(recorder->seal_timer, RECORDER_SEAL_MS, RECORDER_SEAL_MS);
	if (r == 0)
		r = watchdog_new(recorder->loop, check, recorder, &recorder->watchdog);
	if (r == 0)
		r = ifnames_new(&recorder->ifnames);
	if (r == 0)
		r = epochs_new(recorder->journal, &recorder->topology, recorder->ifnames,
			&recorder->state, 0, &recorder->epochs);
	if (r == 0)
		r = scanwatch_new(recorder->journal, &recorder->topology, recorder->ifnames,
			&recorder->scans);
	if (r == 0)
		epochs_on_counted(recorder->epochs, recorder_flow_counted, recorder);
	if (r == 0)
		r = keep_details(recorder);
	if (r == 0)
		r = enflink_new(
			recorder->loop, path, &recorder_link_functions, recorder, &recorder->link);
	return r;
}

int recorder_new(struct loop *loop, struct recorder **ret_recorder)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	if (!recorder)
		return -ENOMEM;
	recorder->loop = loop;
	recorder->retry_ms = RECORDER_RETRY_MS;
	*ret_recorder = recorder;
	return 0;
}

int recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return 0;
	enflink_free(recorder->link);
	recorder->link = NULL; /* events may still be written, and hedated is told no more */
	recorder_drop_nflog(recorder);
	committer_free(recorder->committer);
	epochs_free(recorder->epochs);
	scanwatch_free(recorder->scans);
	topology_clear(&recorder->topology);
	ifnames_free(recorder->ifnames);
	loop_remove(recorder->retry);
	recorder->retry = NULL;
	loop_remove(recorder->seal_timer);
	watchdog_free(recorder->watchdog);
	if (recorder->journal)
		(void)journal_retry(recorder->journal);
	housekeep_free(recorder->housekeep);
	sealer_free(recorder->sealer);
	journal_close(recorder->journal);
	int error = recorder->log_error;
	free(recorder);
	return error;
}
