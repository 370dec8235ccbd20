/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timetable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define DAY_MS	   INT64_C(86400000)
#define RETRY_MS   5000
#define EVENTS_MAX 100 /* paths that are put on record one by one, of those that change at once */

struct timetable {
	struct lifecycle *lifecycle;
	struct reclink *reclink;
	int fd;
	struct loop_source *source;
	struct openings openings; /* as they were found last */
	bool failed;		  /* they are not in the kernel */
	void (*closed)(void *data);
	void *closed_data;
};

int64_t timetable_wake(const struct openings *openings, int64_t now_ms)
{
	int64_t latest = now_ms + DAY_MS;

	if (openings->count == 0)
		return 0;
	/* No time so far away that milliseconds would not do. */
	return openings->next < latest / 1000 ? openings->next * 1000 : latest;
}

/* The clock's being set ends the waiting too. */
static void arm(struct timetable *timetable, int64_t wake_ms)
{
	const struct itimerspec when = { .it_value = { .tv_sec = wake_ms / 1000,
						 .tv_nsec = wake_ms % 1000 * 1000000 } };

	(void)timerfd_settime(
		timetable->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL);
}

/* Events -------------------------------------------------------------------------------------- */

static void record_path(const struct timetable *timetable, const struct opening *opening)
{
	const struct policy_path *path =
		&lifecycle_policy(timetable->lifecycle)->paths[opening->path];
	const char *pairs[8] = { "path", path->name };
	char text[128], until[ZONETIME_TEXT_MAX];
	size_t count = 2;

	if (path->exception) {
		pairs[count++] = "exception";
		pairs[count++] = path->exception;
	}
	if (opening->state.change != SCHEDULE_NEVER) {
		zonetime_format(lifecycle_zone(timetable->lifecycle), opening->state.change, until);
		pairs[count++] = "until";
		pairs[count++] = until;
	}
	snprintf(text, sizeof(text), "path %s is %s", path->name,
		opening->state.open ? "open" : "closed; its connections are cut");
	reclink_event(timetable->reclink, opening->state.open ? "path-open" : "path-closed", true,
		text, pairs);
}

static void record_all(const struct timetable *timetable, const char *why)
{
	char timed[24], open[24];

	snprintf(timed, sizeof(timed), "%zu", timetable->openings.count);
	snprintf(open, sizeof(open), "%zu", timetable->openings.open);
	reclink_event(timetable->reclink, "timetable", true,
		"it was found anew which of the timed paths are open",
		(const char *const[]){ "why", why, "timed", timed, "open", open, NULL });
}

/* Both are of one policy. */
static void record_changes(
	const struct timetable *timetable, const struct openings *before, const char *why)
{
	size_t changes = 0, closed = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct opening *opening = &timetable->openings.items[i];

		if (opening->state.open == before->items[i].state.open)
			continue;
		closed += !opening->state.open;
		if (changes++ < EVENTS_MAX)
			record_path(timetable, opening);
	}
	if (changes > EVENTS_MAX)
		record_all(timetable, why);
	if (closed > 0 && timetable->closed)
		timetable->closed(timetable->closed_data);
}

static void record_failure(struct timetable *timetable, int r)
{
	char error[16];

	if (timetable->failed)
		return;
	snprintf(error, sizeof(error), "%d", -r);
	reclink_event(timetable->reclink, "timetable-failed", false,
		"which of the timed paths are open could not be put into the kernel; it is tried "
		"again every few seconds",
		(const char *const[]){ "errno", error, NULL });
}

/* --------------------------------------------------------------------------------------------- */

/* What is open now goes into the kernel. *ret_before is what was found before, the caller's now;
 * empty when nothing could be found. */
static void look(struct timetable *timetable, struct openings *ret_before)
{
	int64_t now = realtime_ms();
	struct openings openings = { .next = SCHEDULE_NEVER };
	int r = lifecycle_find_times(timetable->lifecycle, now, &openings);

	*ret_before = (struct openings){ .next = SCHEDULE_NEVER };
	if (r == 0) {
		*ret_before = timetable->openings;
		timetable->openings = openings;
		r = lifecycle_put_times(timetable->lifecycle);
	}
	if (r < 0)
		record_failure(timetable, r);
	timetable->failed = r < 0;
	arm(timetable, r < 0 ? now + RETRY_MS : timetable_wake(&timetable->openings, now));
}

static void on_time(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct timetable *timetable = data;
	struct openings before;
	uint64_t count;
	bool clock_was_set;

	(void)loop;
	(void)events;
	clock_was_set = read(fd, &count, sizeof(count)) < 0 && errno == ECANCELED;
	look(timetable, &before);
	if (clock_was_set)
		record_all(timetable, "clock");
	record_changes(timetable, &before, "time");
	openings_clear(&before);
}

void timetable_on_closed(struct timetable *timetable, void (*function)(void *data), void *data)
{
	timetable->closed = function;
	timetable->closed_data = data;
}

void timetable_policy_changed(struct timetable *timetable)
{
	struct openings before;

	openings_clear(&timetable->openings);
	look(timetable, &before);
	openings_clear(&before);
	if (timetable->openings.count > 0)
		record_all(timetable, "apply");
}

int timetable_new(struct loop *loop, struct lifecycle *lifecycle, struct reclink *reclink,
	struct timetable **ret_timetable)
{
	struct timetable *timetable = calloc(1, sizeof(*timetable));
	int r;

	if (!timetable)
		return -ENOMEM;
	timetable->lifecycle = lifecycle;
	timetable->reclink = reclink;
	timetable->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	r = timetable->fd < 0 ? -errno
			      : loop_add_fd(loop, timetable->fd, EPOLLIN, on_time, timetable,
					&timetable->source);
	if (r < 0) {
		timetable_free(timetable);
		return r;
	}
	*ret_timetable = timetable;
	return 0;
}

void timetable_free(struct timetable *timetable)
{
	if (!timetable)
		return;
	loop_remove(timetable->source);
	if (timetable->fd >= 0)
		close(timetable->fd);
	openings_clear(&timetable->openings);
	free(timetable);
}
