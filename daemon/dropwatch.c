/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dropwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/fileio.h"
#include "clock.h"

#define LOOK_MS	   5000
#define QUIET	   (60 * CLOCK_SECOND) /* between two events */
#define TEXT_MAX   65536
#define NUMBER_MAX 24

static const struct {
	const char *path;
	enum netcount_form form;
} files[] = {
	{ "/proc/self/net/netstat", NETCOUNT_PAIRS },
	{ "/proc/self/net/snmp", NETCOUNT_PAIRS },
	{ "/proc/self/net/snmp6", NETCOUNT_LINES },
	{ "/proc/self/net/stat/rt_cache", NETCOUNT_TABLE },
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* As records name them. */
static const char *const keys[NETCOUNT_KINDS] = {
	[NETCOUNT_REVERSE_PATH] = "drops.reverse_path",
	[NETCOUNT_MARTIAN] = "drops.martian",
	[NETCOUNT_NO_ROUTE] = "drops.no_route",
	[NETCOUNT_ADDRESS] = "drops.address",
	[NETCOUNT_HEADER] = "drops.header",
};

struct dropwatch {
	struct reclink *reclink;
	struct loop_source *timer;
	int fds[FILES]; /* -1: it cannot be had */
	char *text;	/* owned, TEXT_MAX bytes */
	struct netcount told;
	int64_t not_before; /* monotonic */
};

struct netcount dropwatch_read(const struct dropwatch *watch)
{
	struct netcount count = { 0 };

	for (size_t i = 0; watch && i < FILES; i++) {
		ssize_t length = watch->fds[i] < 0
					 ? -1
					 : fileio_read(watch->fds[i], watch->text, TEXT_MAX - 1, 0);

		if (length < 0)
			continue;
		watch->text[length] = '\0';
		netcount_add(&count, files[i].form, watch->text);
	}
	return count;
}

static void tell(struct dropwatch *watch, const struct netcount *now)
{
	char numbers[NETCOUNT_KINDS][NUMBER_MAX];
	const char *pairs[NETCOUNT_KINDS * 2 + 1] = { 0 };

	for (size_t i = 0; i < NETCOUNT_KINDS; i++) {
		snprintf(numbers[i], NUMBER_MAX, "%" PRIu64, now->of[i] - watch->told.of[i]);
		pairs[i * 2] = keys[i];
		pairs[i * 2 + 1] = numbers[i];
	}
	reclink_event(watch->reclink, "kernel-drops", false,
		"the kernel itself has dropped packets, which no rule saw and no other record "
		"tells of",
		pairs);
}

static void on_timer(struct loop *loop, void *data)
{
	struct dropwatch *watch = data;
	struct netcount now = dropwatch_read(watch);
	bool more = false;

	(void)loop;
	for (size_t i = 0; i < NETCOUNT_KINDS; i++)
		more |= now.of[i] > watch->told.of[i];
	if (!more || clock_monotonic() < watch->not_before)
		return;
	tell(watch, &now);
	watch->told = now;
	watch->not_before = clock_monotonic() + QUIET;
}

int dropwatch_new(struct loop *loop, struct reclink *reclink, struct dropwatch **ret_watch)
{
	struct dropwatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->reclink = reclink;
	for (size_t i = 0; i < FILES; i++)
		watch->fds[i] = open(files[i].path, O_RDONLY | O_CLOEXEC);
	watch->text = malloc(TEXT_MAX);
	int r = watch->text ? loop_add_timer(loop, on_timer, watch, &watch->timer) : -ENOMEM;

	if (r == 0)
		r = loop_set_timer(watch->timer, LOOK_MS, LOOK_MS);
	if (r < 0) {
		dropwatch_free(watch);
		return r;
	}
	watch->told = dropwatch_read(watch);
	*ret_watch = watch;
	return 0;
}

void dropwatch_free(struct dropwatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->timer);
	for (size_t i = 0; i < FILES; i++)
		if (watch->fds[i] >= 0)
			close(watch->fds[i]);
	free(watch->text);
	free(watch);
}
