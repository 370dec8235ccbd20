/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "epochid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../lib/logtime.h"
#include "clock.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define HEX_DIGITS    "0123456789abcdef"

void time_format(uint64_t ns, char text[TIME_TEXT_MAX])
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts = { 0 };
	char day[24];

	gmtime_r(&seconds, &parts);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, TIME_TEXT_MAX, "%s.%09" PRIu64 "Z", day, ns % NS_PER_SECOND);
}

static int time_parse(const char *text, uint64_t *ret_ns)
{
	int64_t ns;

	if (logtime_parse(text, &ns) < 0 || ns < 0)
		return -EINVAL;
	*ret_ns = (uint64_t)ns;
	return 0;
}

int epoch_id_new(struct epoch_id *ret_id)
{
	uint8_t bytes[TABLE_ID_LENGTH / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -errno;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret_id->table[2 * i] = HEX_DIGITS[bytes[i] >> 4];
		ret_id->table[2 * i + 1] = HEX_DIGITS[bytes[i] & 15];
	}
	ret_id->table[TABLE_ID_LENGTH] = '\0';
	ret_id->number = 1;
	ret_id->since = ret_id->after = (uint64_t)clock_realtime();
	return 0;
}

struct epoch_id epoch_id_next(const struct epoch_id *id, uint64_t now)
{
	struct epoch_id next = *id;

	next.number++;
	next.after = id->since;
	next.since = now;
	return next;
}

void epoch_id_format(const struct epoch_id *id, char text[EPOCH_COMMENT_MAX])
{
	char since[TIME_TEXT_MAX], after[TIME_TEXT_MAX];

	time_format(id->since, since);
	time_format(id->after, after);
	snprintf(text, EPOCH_COMMENT_MAX, "epoch %" PRIu64 " of %s since %s after %s", id->number,
		id->table, since, after);
}

int epoch_id_parse(const char *text, struct epoch_id *ret_id)
{
	struct epoch_id id = { 0 };
	char since[TIME_TEXT_MAX], after[TIME_TEXT_MAX];
	int end = 0;

	if (!text ||
		sscanf(text, "epoch %" SCNu64 " of %16[" HEX_DIGITS "] since %39s after %39s%n",
			&id.number, id.table, since, after, &end) != 4)
		return -EINVAL;
	if (text[end] != '\0' || id.number == 0 || strlen(id.table) != TABLE_ID_LENGTH)
		return -EINVAL;
	if (time_parse(since, &id.since) < 0 || time_parse(after, &id.after) < 0)
		return -EINVAL;
	*ret_id = id;
	return 0;
}
