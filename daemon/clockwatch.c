/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clockwatch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

#include "clock.h"

#define LOOK_MS	    10000
#define FAR_AWAY    (INT64_C(1) << 40) /* seconds of Unix time: the timer is only to be cancelled */
#define MICROSECOND INT64_C(1000)
/* ns between two readings of the time since boot */
#define READ_AT_MOST (CLOCKWATCH_STEP_MIN / 4)
#define READINGS     5

const char *clockwatch_event_name(enum clockwatch_event event)
{
	static const char *const names[CLOCKWATCH_EVENTS] = {
		[CLOCKWATCH_SYNCHRONISED] = "clock-synchronised",
		[CLOCKWATCH_LOST] = "clock-lost",
		[CLOCKWATCH_STEPPED] = "clock-stepped",
	};

	return names[event];
}

/* We may lose the processor between two clocks: then once more. */
static void read_both(struct clockwatch_reading *reading)
{
	for (int i = 0; i < READINGS; i++) {
		int64_t before = clock_boottime();

		reading->realtime = clock_realtime();
		int64_t after = clock_boottime();

		reading->boottime = before + (after - before) / 2;
		if (after - before <= READ_AT_MOST)
			return;
	}
}

struct clockwatch_reading clockwatch_read(void)
{
	struct clockwatch_reading reading = { 0 };
	struct timex timex = { 0 };
	int state = adjtimex(&timex);

	reading.known = state >= 0;
	reading.synchronised = state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
	reading.error = timex.maxerror * MICROSECOND;
	read_both(&reading);
	return reading;
}

unsigned int clockwatch_judge(
	struct clockwatch_state *state, const struct clockwatch_reading *reading, int64_t *ret_step)
{
	int64_t difference = reading->realtime - reading->boottime;
	int64_t step = state->seen ? difference - state->difference : 0;
	unsigned int events = 0;

	*ret_step = 0;
	if (step >= CLOCKWATCH_STEP_MIN || step <= -CLOCKWATCH_STEP_MIN) {
		*ret_step = step;
		events |= 1u << CLOCKWATCH_STEPPED;
	}
	if (reading->known && (!state->known || reading->synchronised != state->synchronised))
		events |= 1u << (reading->synchronised ? CLOCKWATCH_SYNCHRONISED : CLOCKWATCH_LOST);
	/* What is too little to be told adds up until it is not. */
	if (!state->seen || *ret_step)
		state->difference = difference;
	state->seen = true;
	if (reading->known) {
		state->known = true;
		state->synchronised = reading->synchronised;
	}
	return events;
}

struct clockwatch {
	clockwatch_function function;
	void *data;
	struct clockwatch_state state;
	struct loop_source *timer;
	struct loop_source *set;
	int set_fd; /* can be read when the clock was set */
};

const char *clockwatch_text(const struct clockwatch *watch)
{
	if (!watch->state.known)
		return "unknown";
	return watch->state.synchronised ? "synchronised" : "unsynchronised";
}

static void look(struct clockwatch *watch)
{
	struct clockwatch_reading reading = clockwatch_read();
	int64_t step;
	unsigned int events = clockwatch_judge(&watch->state, &reading, &step);

	for (unsigned int i = 0; i < CLOCKWATCH_EVENTS; i++) {
		if (events & 1u << i)
			watch->function((enum clockwatch_event)i, &reading, step, watch->data);
	}
}

static void on_timer(struct loop *loop, void *data)
{
	(void)loop;
	look(data);
}

static int arm(const struct clockwatch *watch)
{
	const struct itimerspec when = { .it_value = { .tv_sec = FAR_AWAY } };

	return timerfd_settime(
		       watch->set_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) < 0
		       ? -errno
		       : 0;
}

static void on_set(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct clockwatch *watch = data;
	uint64_t times;

	(void)loop;
	(void)events;
	/* ECANCELED; which is all that it ever says. */
	if (read(fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
		return;
	(void)arm(watch);
	look(watch);
}

static int set_up(struct clockwatch *watch, struct loop *loop)
{
	watch->set_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->set_fd < 0)
		return -errno;
	int r = arm(watch);

	if (r == 0)
		r = loop_add_fd(loop, watch->set_fd, EPOLLIN, on_set, watch, &watch->set);
	if (r == 0)
		r = loop_add_timer(loop, on_timer, watch, &watch->timer);
	return r < 0 ? r : loop_set_timer(watch->timer, 0, LOOK_MS);
}

int clockwatch_new(
	struct loop *loop, clockwatch_function function, void *data, struct clockwatch **ret_watch)
{
	struct clockwatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->function = function;
	watch->data = data;
	int r = set_up(watch, loop);

	if (r < 0) {
		clockwatch_free(watch);
		return r;
	}
	*ret_watch = watch;
	return 0;
}

void clockwatch_free(struct clockwatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->set);
	loop_remove(watch->timer);
	if (watch->set_fd >= 0)
		close(watch->set_fd);
	free(watch);
}
