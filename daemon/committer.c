/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "committer.h"

#include <errno.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "clock.h"
#include "recorder.h"

#define RETRY_MS 1000 /* after a commit that failed */
#define MS	 INT64_C(1000000)
#define WINDOW	 (60 * CLOCK_SECOND) /* in which the longest delay is kept */

struct committer {
	struct epochs *epochs;
	struct journal *journal;
	struct loop_source *timer;
	int64_t due; /* monotonic ns; 0: nothing waits */
	int error;   /* of the last commit */

	int64_t window;	     /* when the one began that is measured now; monotonic ns */
	int64_t worst, last; /* delay in it, and in the one before; ns, -1: nothing */
};

/* Windows that are over. */
static void turn_window(struct committer *committer)
{
	int64_t now = clock_monotonic(), age = now - committer->window;
	if (age < WINDOW)
		return;
	committer->last = age < 2 * WINDOW ? committer->worst : -1;
	committer->worst = -1;
	committer->window = now;
}

static void measure(struct committer *committer, int64_t since)
{
	int64_t delay = clock_realtime() - since;
	turn_window(committer);
	if (delay > committer->worst)
		committer->worst = delay;
}

int64_t committer_delay(struct committer *committer)
{
	turn_window(committer);
	int64_t worst = committer->worst > committer->last ? committer->worst : committer->last;
	return worst < 0 ? -1 : worst / MS;
}

static void tell_change(struct committer *committer, int error)
{
	const struct record_extra extra = { .key = "error", .text = errtext_english(error) };
	const struct record_event failed = {
		.time = clock_realtime(),
		.action = "recorder-writeahead-failed",
		.outcome = "failure",
		.message = "details of flows are kept in memory only until they are in the log: a "
			   "crash would lose them, and leave the kernel's counts",
		.extras = &extra,
		.extra_count = 1,
	};
	const struct record_event resumed = {
		.time = clock_realtime(),
		.action = "recorder-writeahead-resumed",
		.outcome = "success",
		.message = "details of flows are on disk again as they come",
	};
	journal_event(committer->journal, error ? &failed : &resumed);
	if (error)
		recorder_say(_("details of flows cannot be written ahead: %s; they are kept in "
			       "memory until they are in the log"),
			errtext(error));
	else
		recorder_tell(_("details of flows are written ahead again"));
}

static void commit(struct committer *committer)
{
	int64_t since = epochs_unkept_since(committer->epochs);
	int r = epochs_commit(committer->epochs);
	if (r == 0 && since != INT64_MAX)
		measure(committer, since);
	committer->due = 0;
	loop_stop_timer(committer->timer);
	if ((r == 0) != (committer->error == 0))
		tell_change(committer, r);
	committer->error = r;
	if (r < 0)
		committer_note(committer);
}

static void on_timer(struct loop *loop, void *data)
{
	(void)loop;
	commit(data);
}

void committer_note(struct committer *committer)
{
	if (committer->due || !epochs_unkept(committer->epochs))
		return;
	uint64_t pause = committer->error ? RETRY_MS : COMMIT_MS;
	committer->due = clock_monotonic() + (int64_t)pause * MS;
	(void)loop_set_timer(committer->timer, pause, 0);
}

void committer_check(struct committer *committer)
{
	if (committer->due && clock_monotonic() >= committer->due)
		commit(committer);
}

int committer_new(struct loop *loop, struct epochs *epochs, struct journal *journal,
	struct committer **ret_committer)
{
	struct committer *committer = calloc(1, sizeof(*committer));
	if (!committer)
		return -ENOMEM;
	committer->epochs = epochs;
	committer->journal = journal;
	committer->window = clock_monotonic();
	committer->worst = committer->last = -1;
	int r = loop_add_timer(loop, on_timer, committer, &committer->timer);
	if (r < 0) {
		free(committer);
		return r;
	}
	*ret_committer = committer;
	return 0;
}

void committer_free(struct committer *committer)
{
	if (!committer)
		return;
	(void)epochs_commit(committer->epochs);
	loop_remove(committer->timer);
	free(committer);
}
