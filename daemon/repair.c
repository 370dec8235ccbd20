/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repair.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/decode.h"
#include "../lib/drift.h"
#include "../lib/nftclosed.h"
#include "clock.h"
#include "enforcer.h"
#include "storm.h"
#include "tablewatch.h"

#define LOOK_MS	     1000 /* how often it is looked whether everything was heard */
#define RETRY_MS     200  /* after a repair that failed, twice as long each time */
#define RETRY_MAX_MS 5000
#define WHAT_MAX     1000 /* bytes about the differences, */
#define WHAT_COUNT   5	  /* of which so many are told */

struct repair {
	struct enforcer *enforcer;
	struct tablewatch *watch;
	struct loop_source *look, *wait;
	uint32_t judged; /* the kernel's generation up to which the table is known to be right */
	bool doubtful;	 /* not so: what was read back differed */
	bool shut;	 /* nothing is forwarded until the table is right */
	/* From hearing of each change of what is being repaired until nothing could pass, in all.
	 */
	uint64_t window_us;
	bool waiting; /* for a pause of a storm, or for the next try */
	uint64_t retry_ms;
	/* What is being repaired. */
	struct tablewatch_news news;
	size_t differences;
	char what[WHAT_MAX];
	struct storm storm;
	struct repair_totals totals;
	/* Of the storm alone. */
	uint64_t storm_repairs, storm_window_us, storm_commits;
};

/* Records -------------------------------------------------------------------------------------- */

#define PAIRS_MAX (CULPRIT_PAIRS + 13)

static void put(const char **pairs, size_t *count, const char *key, const char *value)
{
	pairs[(*count)++] = key;
	pairs[(*count)++] = value;
}

static void record_drift(struct repair *repair)
{
	struct culprit_text text;
	const char *pairs[PAIRS_MAX] = { 0 };
	char differences[24], commits[24];
	size_t count = 0;

	snprintf(differences, sizeof(differences), "%zu", repair->differences);
	snprintf(commits, sizeof(commits), "%" PRIu64, repair->news.commits);
	put(pairs, &count, "differences", differences);
	put(pairs, &count, "what", repair->what);
	put(pairs, &count, "transactions", commits);
	culprit_pairs(&repair->news.culprit, &text, pairs, &count);
	reclink_event(repair->enforcer->reclink, "drift", false,
		repair->news.gone ? "the table was taken away by somebody else"
				  : "the table was changed by somebody else",
		pairs);
}

static void format_ms(char text[24], uint64_t us)
{
	snprintf(text, 24, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
}

/* How long it took since the change was heard of: until nothing could pass, and until all was
 * right. */
struct times {
	uint64_t window_us, repair_us;
};

static struct times times_of(const struct repair *repair)
{
	uint64_t all = (uint64_t)(clock_monotonic() - repair->news.seen) / 1000;

	if (lifecycle_locks(repair->enforcer->lifecycle))
		return (struct times){ 0, all };
	return (struct times){ repair->shut ? repair->window_us : all, all };
}

static void record_repaired(
	struct repair *repair, struct times times, const struct lifecycle_change *change)
{
	char window[24], all[24];

	format_ms(window, times.window_us);
	format_ms(all, times.repair_us);
	reclink_event(repair->enforcer->reclink, "drift-repaired", true,
		change->table_changed ? "the table is there again, made anew"
				      : "the table is as it should be again",
		(const char *const[]){ "window_ms", window, "repair_ms", all, NULL });
}

static void record_failed(struct repair *repair, const struct diag_list *diags)
{
	const struct diag *first = diag_list_length(diags) > 0 ? diag_list_get(diags, 0) : NULL;

	reclink_event(repair->enforcer->reclink, "drift-repair-failed", false,
		"the table could NOT be put right; it is tried again",
		(const char *const[]){ "error", first ? first->message : "", NULL });
}

static void record_storm(struct repair *repair, const char *action, bool success, const char *text)
{
	struct culprit_text names;
	const char *pairs[PAIRS_MAX] = { 0 };
	char repairs[24], window[24], pause[24], commits[24];
	size_t count = 0;

	snprintf(repairs, sizeof(repairs), "%" PRIu64, repair->storm_repairs);
	snprintf(commits, sizeof(commits), "%" PRIu64, repair->storm_commits);
	snprintf(pause, sizeof(pause), "%" PRIu64, repair->storm.pause_ms);
	format_ms(window, repair->storm_window_us);
	put(pairs, &count, "repairs", repairs);
	put(pairs, &count, "transactions", commits);
	put(pairs, &count, "window_ms", window);
	put(pairs, &count, "pause_ms", pause);
	culprit_pairs(&repair->news.culprit, &names, pairs, &count);
	reclink_event(repair->enforcer->reclink, action, success, text, pairs);
}

/* What differs --------------------------------------------------------------------------------- */

static int note_difference(const char *text, void *data)
{
	struct repair *repair = data;
	size_t used = strlen(repair->what);

	if (repair->differences++ < WHAT_COUNT)
		snprintf(repair->what + used, sizeof(repair->what) - used, "%s%s", used ? "; " : "",
			text);
	return 0;
}

/* What drift_compare() lets pass because it is ours to change: which generation is counted in. */
static int compare_switched(
	struct repair *repair, const struct ruleset *expected, const struct ruleset *actual)
{
	for (size_t i = 0; i < expected->chain_count; i++) {
		const struct chain *chain = &expected->chains[i];
		const struct chain *found = ruleset_find_chain(actual, chain->name);

		if (chain->switched && found && !drift_same_rules(chain, found))
			note_difference("chain blocked counts in another generation", repair);
	}
	return 0;
}

/* 1: it differs; 0: it does not; negative errno: it could not be read. */
static int find_differences(struct repair *repair)
{
	struct lifecycle *lifecycle = repair->enforcer->lifecycle;
	const struct ruleset *expected = lifecycle_ruleset(lifecycle);
	struct ruleset *actual = NULL;
	size_t count;
	int r = lifecycle_find_times(lifecycle, realtime_ms(), NULL);

	repair->differences = 0;
	repair->what[0] = '\0';
	repair->doubtful = false;
	if (r == 0)
		r = decode_table(lifecycle_socket(lifecycle), TABLE_NAME, expected, &actual,
			&repair->judged);
	if (r < 0)
		return r;
	r = drift_compare(expected, actual, note_difference, repair, &count);
	if (r == 0 && count == 0)
		r = compare_switched(repair, expected, actual);
	ruleset_free(actual);
	return r < 0 ? r : repair->differences > 0;
}

/* Where so much is changed that nothing can be read, it is put there without reading. */
static bool is_wrong(struct repair *repair)
{
	int r = repair->news.gone ? -ENOENT : find_differences(repair);

	if (r == -ENOENT) {
		repair->news.gone = true;
		repair->differences = 1;
		snprintf(repair->what, sizeof(repair->what), "the table is missing");
	} else if (r == -EAGAIN) {
		repair->differences = 0;
		snprintf(repair->what, sizeof(repair->what),
			"the rules change all the time and could not be read");
	}
	return r != 0;
}

/* Repairing ------------------------------------------------------------------------------------ */

static void wait_for(struct repair *repair, uint64_t ms)
{
	repair->waiting = true;
	(void)loop_set_timer(repair->wait, ms, 0);
}

/* Making a table takes the kernel up to a tenth of a second; this, a millisecond. */
static void shut(struct repair *repair, int64_t seen)
{
	struct nlsock *socket = lifecycle_socket(repair->enforcer->lifecycle);

	/* Nothing passes anyway, but for connections that were permitted. */
	if (lifecycle_locks(repair->enforcer->lifecycle))
		return;
	if (nftclosed_stopgap(socket, "hedated is putting its table right") < 0)
		return;
	repair->window_us += (uint64_t)(clock_monotonic() - seen) / 1000;
	repair->shut = true;
}

static void open_again(struct repair *repair)
{
	struct nlsock *socket = lifecycle_socket(repair->enforcer->lifecycle);

	if (repair->shut && nftclosed_stopgap(socket, NULL) == 0)
		repair->shut = false;
}

static void follow_up(struct repair *repair, struct times times)
{
	enum storm_news news = storm_repaired(&repair->storm, clock_monotonic());

	repair->totals.repaired++;
	if (times.window_us > repair->totals.window_max_us)
		repair->totals.window_max_us = times.window_us;
	repair->storm_repairs++;
	repair->storm_window_us += times.window_us;
	repair->storm_commits += repair->news.commits;
	if (news != STORM_NOTHING)
		record_storm(repair, "drift-storm", false,
			news == STORM_BEGINS
				? "the table is changed again and again: it is put right after a "
				  "pause each time, and no longer put on record one by one"
				: "the table is still changed again and again");
}

static void failed(struct repair *repair, const struct diag_list *diags)
{
	if (!repair->totals.failed)
		record_failed(repair, diags);
	repair->totals.failed = true;
	wait_for(repair, repair->retry_ms);
	if (repair->retry_ms < RETRY_MAX_MS)
		repair->retry_ms *= 2;
}

static void succeeded(
	struct repair *repair, enum exit_code result, const struct lifecycle_change *change)
{
	struct times times = times_of(repair);

	repair->totals.failed = false;
	repair->retry_ms = RETRY_MS;
	/* If somebody was at it again, that will be heard. */
	repair->doubtful = result == EXIT_DIFFERS;
	if (!repair->doubtful)
		open_again(repair);
	if (!repair->storm.on)
		record_repaired(repair, times, change);
	if (change->table_changed)
		enforcer_table_renewed(repair->enforcer, change);
	follow_up(repair, times);
}

static void put_right(struct repair *repair)
{
	struct lifecycle_change change;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0) {
		wait_for(repair, repair->retry_ms);
		return;
	}
	enum exit_code result =
		lifecycle_repair(repair->enforcer->lifecycle, repair->news.gone, diags, &change);

	if (result == EXIT_FAILED)
		failed(repair, diags);
	else
		succeeded(repair, result, &change);
	diag_list_free(diags);
}

static void note_drift(struct repair *repair)
{
	if (repair->totals.failed)
		return;
	repair->totals.drifts++;
	if (!repair->storm.on)
		record_drift(repair);
}

static void examine(struct repair *repair)
{
	uint64_t pause = storm_pause(&repair->storm, clock_monotonic());

	if (pause > 0) {
		wait_for(repair, pause);
		return;
	}
	if (is_wrong(repair)) {
		if (!repair->shut)
			shut(repair, repair->news.seen);
		note_drift(repair);
		put_right(repair);
	} else {
		repair->totals.failed = false;
		open_again(repair);
	}
	if (!repair->waiting) {
		repair->news = (struct tablewatch_news){ 0 };
		repair->window_us = 0;
	}
	malloc_trim(0);
}

static void on_wait(struct loop *loop, void *data)
{
	struct repair *repair = data;

	(void)loop;
	repair->waiting = false;
	examine(repair);
}

/* The first that was heard of it counts for the window, the last for who did it. */
static void add_news(struct repair *repair, const struct tablewatch_news *news)
{
	struct tablewatch_news *sum = &repair->news;
	int64_t seen = sum->seen ? sum->seen : news->seen;
	uint64_t commits = sum->commits + news->commits;
	bool gone = sum->gone || news->gone;

	*sum = *news;
	sum->seen = seen;
	sum->commits = commits;
	sum->gone = gone;
}

/* Once more each time: what was put there may be gone as well. */
static void on_alarm(int64_t seen, void *data)
{
	shut(data, seen);
}

static void tell_others(const struct repair *repair, const struct tablewatch_news *news)
{
	struct foreignwatch *foreign = repair->enforcer->foreign;

	if (news->others || news->lost)
		isolationwatch_heard(repair->enforcer->isolation);
	if (news->others)
		foreignwatch_changed(foreign, &news->culprit);
	else if (news->lost)
		foreignwatch_changed(foreign, NULL);
}

static void on_news(const struct tablewatch_news *news, void *data)
{
	struct repair *repair = data;

	tell_others(repair, news);
	prover_ask(repair->enforcer->prover, "change");
	if (news->ours || news->lost) {
		add_news(repair, news);
		if (!repair->waiting)
			examine(repair);
	} else if (news->generation && !repair->waiting) {
		repair->judged = news->generation;
	}
}

/* Looking of our own --------------------------------------------------------------------------- */

static void note_pending(const struct repair *repair)
{
	uint64_t packets;

	if (flowset_pending(repair->enforcer->flowset, &packets) == 0)
		lifecycle_saw_pending(repair->enforcer->lifecycle, packets);
}

static void end_storm(struct repair *repair)
{
	if (!storm_ended(&repair->storm, clock_monotonic()))
		return;
	record_storm(repair, "drift-end", true, "the table is left alone again");
	repair->storm_repairs = repair->storm_window_us = repair->storm_commits = 0;
}

static void on_look(struct loop *loop, void *data)
{
	struct repair *repair = data;
	struct nlsock *socket = lifecycle_socket(repair->enforcer->lifecycle);
	uint32_t generation;

	(void)loop;
	note_pending(repair);
	end_storm(repair);
	tablewatch_hear(repair->watch);
	if (repair->waiting || nlsock_generation(socket, &generation) < 0 ||
		(generation == repair->judged && !repair->doubtful))
		return;
	const struct tablewatch_news unheard = { .lost = true, .seen = clock_monotonic() };

	on_news(&unheard, repair);
}

struct repair_totals repair_totals(const struct repair *repair)
{
	struct repair_totals totals = repair->totals;

	totals.storm = repair->storm.on;
	return totals;
}

int repair_new(struct enforcer *enforcer, struct repair **ret_repair)
{
	struct repair *repair = calloc(1, sizeof(*repair));

	if (!repair)
		return -ENOMEM;
	repair->enforcer = enforcer;
	repair->retry_ms = RETRY_MS;
	int r = tablewatch_new(enforcer->loop, nlsock_port(enforcer->socket), on_alarm, on_news,
		repair, &repair->watch);

	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_look, repair, &repair->look);
	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_wait, repair, &repair->wait);
	if (r == 0)
		r = loop_set_timer(repair->look, LOOK_MS, LOOK_MS);
	if (r < 0) {
		repair_free(repair);
		return r;
	}
	*ret_repair = repair;
	return 0;
}

void repair_free(struct repair *repair)
{
	if (!repair)
		return;
	loop_remove(repair->look);
	loop_remove(repair->wait);
	tablewatch_free(repair->watch);
	free(repair);
}
