/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "housekeep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/record.h"
#include "clock.h"
#include "housekeep_impl.h"
#include "recorder.h"

#define LOOK_MS	  60000
#define SOON_MS	  500 /* after something changed */
#define STEP_MS	  20  /* between steps of compressing, at least, */
#define IDLE_PART 9   /* and so many times as long as the last step took */
#define MS	  INT64_C(1000000)

#define LOW_PERCENT    10 /* free on the disk: below it is low, */
#define ENOUGH_PERCENT 12 /* and from here on it is not any more */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void housekeep_soon(struct housekeep *housekeep)
{
	(void)loop_set_timer(housekeep->look, SOON_MS, LOOK_MS);
}

/* Room ---------------------------------------------------------------------------------------- */

static void judge_disk(struct housekeep *housekeep)
{
	struct housekeep_state *state = &housekeep->state;
	struct statvfs disk;
	if (fstatvfs(housekeep->directory, &disk) < 0 || disk.f_blocks == 0)
		return;
	state->free_percent = (uint64_t)disk.f_bavail * 100 / disk.f_blocks;
	bool low = state->free_percent < (state->low ? ENOUGH_PERCENT : LOW_PERCENT);
	if (low == state->low)
		return;
	const struct record_extra extras[] = {
		{ .key = "disk.free_percent", .number = state->free_percent },
		{ .key = "disk.free_bytes", .number = (uint64_t)disk.f_bavail * disk.f_frsize },
	};
	state->low = low;
	housekeep_record(housekeep, low ? "disk-low" : "disk-enough", !low,
		low ? "the disk of the log is nearly full; nothing is removed before its time"
		    : "the disk of the log has room again",
		extras, COUNT(extras));
	if (low)
		recorder_say(_("%s: only %u %% of the disk are free; nothing is removed before its "
			       "time"),
			housekeep->path, (unsigned int)state->free_percent);
}

static void judge_size(struct housekeep *housekeep, bool too_large)
{
	const struct record_extra extras[] = {
		{ .key = "log.bytes", .number = housekeep->state.bytes },
		{ .key = "log.size", .number = housekeep->settings.size },
		{ .key = "log.days", .number = housekeep->settings.retention_days },
	};
	if (too_large == housekeep->state.too_large)
		return;
	housekeep->state.too_large = too_large;
	housekeep_record(housekeep, too_large ? "log-too-large" : "log-size-ok", !too_large,
		too_large ? "the log is larger than it should be, and all of it has to be kept "
			    "still: nothing is removed"
			  : "the log is no larger than it should be",
		extras, COUNT(extras));
	if (too_large)
		recorder_say(_("%s: the log is larger than log.retention.size, and all of it has "
			       "to be kept still"),
			housekeep->path);
}

/* Looking ------------------------------------------------------------------------------------- */

static struct retention_verdict judge(
	struct housekeep *housekeep, const struct housekeep_files *files)
{
	const struct retention_rule rule = {
		/* Holds that cannot be read may be on anything. */
		.days = housekeep->keep_error ? 0 : housekeep->settings.retention_days,
		.size = housekeep->settings.size,
		.held = logkeep_held_since(&housekeep->keep),
	};
	return retention_judge(files->items, files->count, files->bytes, &rule, clock_realtime());
}

static void act(struct housekeep *housekeep, const struct housekeep_files *files)
{
	if (!housekeep->configured || files->count == 0)
		return;
	struct retention_verdict verdict = judge(housekeep, files);
	judge_size(housekeep, verdict.too_large);
	/* One at a time: the recorder has other things to do. */
	if (verdict.due > 0 && housekeep_remove(housekeep, files) == 0)
		housekeep_soon(housekeep);
	else if (housekeep->settings.compress && housekeep_pack(housekeep, files) > 0)
		(void)loop_set_timer(housekeep->step, STEP_MS, 0);
}

static void on_look(struct loop *loop, void *data)
{
	struct housekeep *housekeep = data;
	struct housekeep_files files;
	(void)loop;
	if (housekeep_list(housekeep, &files) < 0)
		return;
	housekeep->state.files = files.count;
	housekeep->state.bytes = files.bytes;
	memset(housekeep->state.oldest, 0, sizeof(housekeep->state.oldest));
	if (files.count > 0)
		memcpy(housekeep->state.oldest, files.items[0].segment, LOGNAME_MAX);
	judge_disk(housekeep);
	act(housekeep, &files);
	housekeep_files_clear(&files);
	housekeep->changed(housekeep->data);
}

static void on_step(struct loop *loop, void *data)
{
	struct housekeep *housekeep = data;
	int64_t begun = clock_monotonic();
	(void)loop;
	int r = housekeep_pack_step(housekeep);
	if (r == 0)
		housekeep_soon(housekeep);
	if (r <= 0)
		return;
	uint64_t pause = (uint64_t)((clock_monotonic() - begun) * IDLE_PART / MS);
	(void)loop_set_timer(housekeep->step, pause > STEP_MS ? pause : STEP_MS, 0);
}

void housekeep_note(struct housekeep *housekeep)
{
	const struct logwrite *log = journal_log(housekeep->journal);
	if (!log)
		return;
	const struct logpoint *at = logwrite_point(log);
	if (strcmp(at->file, housekeep->current) == 0)
		return;
	const struct record_extra extras[] = {
		{ .key = "log.closed", .text = housekeep->current },
		{ .key = "log.file", .text = at->file },
	};
	if (housekeep->current[0] != '\0')
		housekeep_record(housekeep, "segment-closed", true,
			"the log goes on in another file", extras, COUNT(extras));
	memcpy(housekeep->current, at->file, sizeof(housekeep->current));
	housekeep_soon(housekeep);
}

void housekeep_set(struct housekeep *housekeep, const struct policy_log *log)
{
	housekeep->settings = *log;
	housekeep->configured = true;
	housekeep_soon(housekeep);
}

const struct logkeep *housekeep_kept(const struct housekeep *housekeep)
{
	return housekeep->keep_error ? NULL : &housekeep->keep;
}

const struct housekeep_state *housekeep_state(const struct housekeep *housekeep)
{
	return &housekeep->state;
}

/* Begin and end ------------------------------------------------------------------------------- */

static void keep_unreadable(struct housekeep *housekeep)
{
	const struct record_extra extra = { .key = "error",
		.text = errtext_english(housekeep->keep_error) };
	housekeep_record(housekeep, "holds-unreadable", false,
		"the file with the legal holds cannot be read: nothing is removed from the log",
		&extra, 1);
	recorder_complain(_("%s/%s cannot be read: %s; nothing is removed from the log"),
		housekeep->path, LOGKEEP_FILE, errtext(housekeep->keep_error));
}

static int open_parts(struct housekeep *housekeep)
{
	housekeep->directory = open(housekeep->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (housekeep->directory < 0)
		return -errno;
	housekeep->keep_error = logkeep_read(housekeep->directory, &housekeep->keep);
	if (housekeep->keep_error < 0)
		keep_unreadable(housekeep);
	int r = loop_add_timer(housekeep->loop, on_look, housekeep, &housekeep->look);
	if (r == 0)
		r = loop_add_timer(housekeep->loop, on_step, housekeep, &housekeep->step);
	return r < 0 ? r : loop_set_timer(housekeep->look, SOON_MS, LOOK_MS);
}

int housekeep_new(struct loop *loop, struct journal *journal, struct sealer *sealer,
	const char *directory, void (*changed)(void *data), void *data,
	struct housekeep **ret_housekeep)
{
	struct housekeep *housekeep = calloc(1, sizeof(*housekeep));
	if (!housekeep)
		return -ENOMEM;
	housekeep->loop = loop;
	housekeep->journal = journal;
	housekeep->sealer = sealer;
	housekeep->changed = changed;
	housekeep->data = data;
	housekeep->path = directory;
	housekeep->directory = -1;
	int r = open_parts(housekeep);
	if (r < 0)
		housekeep_free(housekeep);
	else
		*ret_housekeep = housekeep;
	return r;
}

void housekeep_free(struct housekeep *housekeep)
{
	if (!housekeep)
		return;
	logfile_pack_end(housekeep->pack);
	loop_remove(housekeep->look);
	loop_remove(housekeep->step);
	if (housekeep->directory >= 0)
		close(housekeep->directory);
	free(housekeep);
}
