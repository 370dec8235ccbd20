/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watchdog.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "notify.h"

#define TIMES 3 /* one that comes late, or one check that fails, is borne */

struct watchdog {
	watchdog_check check;
	void *data;
	struct loop_source *timer;
};

static bool read_number(const char *text, unsigned long long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

uint64_t watchdog_period(const char *usec, const char *pid)
{
	unsigned long long number;

	if (!usec ||
		(pid && (!read_number(pid, &number) || number != (unsigned long long)getpid())))
		return 0;
	if (!read_number(usec, &number) || number == 0)
		return 0;
	number /= 1000 * TIMES;
	return number ? number : 1;
}

static void on_time(struct loop *loop, void *data)
{
	struct watchdog *watchdog = data;

	(void)loop;
	if (watchdog->check(watchdog->data) == 0)
		(void)notify_send("WATCHDOG=1");
}

int watchdog_new(
	struct loop *loop, watchdog_check check, void *data, struct watchdog **ret_watchdog)
{
	uint64_t period = watchdog_period(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
	struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
	int r = 0;

	if (!watchdog)
		return -ENOMEM;
	watchdog->check = check;
	watchdog->data = data;
	if (period)
		r = loop_add_timer(loop, on_time, watchdog, &watchdog->timer);
	if (period && r == 0)
		r = loop_set_timer(watchdog->timer, 0, period);
	if (r < 0) {
		watchdog_free(watchdog);
		return r;
	}
	*ret_watchdog = watchdog;
	return 0;
}

void watchdog_free(struct watchdog *watchdog)
{
	if (!watchdog)
		return;
	loop_remove(watchdog->timer);
	free(watchdog);
}
