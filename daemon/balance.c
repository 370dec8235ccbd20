/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "balance.h"

#include <errno.h>
#include <string.h>

#include "../lib/compile.h"

static const char *const generation_counters[2][2] = {
	{ "blocked-a", "overflow-a" },
	{ "blocked-b", "overflow-b" },
};

static int add_counter(const char *name, struct counter_value value, void *data)
{
	struct balance_reading *reading = data;

	if (denial_counts(name)) {
		reading->denied += value.packets;
		return 0;
	}
	for (unsigned int generation = 0; generation < 2; generation++) {
		if (strcmp(name, generation_counters[generation][0]) == 0) {
			reading->blocked[generation] = value.packets;
			reading->blocked_bytes[generation] = value.bytes;
		} else if (strcmp(name, generation_counters[generation][1]) == 0) {
			reading->overflow[generation] = value.packets;
			reading->overflow_bytes[generation] = value.bytes;
		}
	}
	return 0;
}

#define ATTEMPTS 10

int balance_read(struct nlsock *socket, struct balance_reading *ret_reading)
{
	int r = -EINTR;

	/* A partial dump is never taken as whole. */
	for (int attempt = 0; attempt < ATTEMPTS && (r == -EINTR || r == -ENOBUFS); attempt++) {
		*ret_reading = (struct balance_reading){ 0 };
		r = decode_counters(socket, TABLE_NAME, add_counter, ret_reading);
	}
	return r;
}

struct balance balance_judge(const struct balance_reading *before,
	const struct balance_reading *after, uint64_t accounted, uint64_t pending)
{
	struct balance balance = { .accounted = accounted, .pending = pending };
	uint64_t sum = accounted + pending;

	balance.balanced = before->denied <= sum && sum <= after->denied;
	if (balance.balanced)
		balance.kernel = sum;
	else
		balance.kernel = sum < before->denied ? before->denied : after->denied;
	return balance;
}
