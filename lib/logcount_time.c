/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting into spans of time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logcount_impl.h"

int logcount_set_spans(struct logcount *count, const int64_t *bounds, size_t number)
{
	count->bounds = calloc(number + 1, sizeof(*count->bounds));
	count->spans = calloc(number + 1, sizeof(*count->spans));
	if (!count->bounds || !count->spans)
		return -ENOMEM;
	memcpy(count->bounds, bounds, (number + 1) * sizeof(*bounds));
	count->span_count = number;
	return 0;
}

const struct logcount_span *logcount_spans(const struct logcount *count)
{
	return count->spans;
}

/* Records come in the order of their times, nearly: it is mostly the span of the one before. */
size_t logcount_span_of(const struct logcount *count, int64_t time)
{
	const int64_t *bounds = count->bounds;
	size_t low = 0, high = count->span_count;

	if (high == 0 || time < bounds[0] || time >= bounds[high])
		return SIZE_MAX;
	if (count->span_hint < high && time >= bounds[count->span_hint] &&
		time < bounds[count->span_hint + 1])
		return count->span_hint;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (bounds[middle] <= time)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void logcount_add_to_span(
	struct logcount *count, size_t span, bool losses, uint64_t records, uint64_t packets)
{
	struct logcount_span none = { 0 };
	struct logcount_span *of = span < count->span_count ? &count->spans[span] : &none;

	if (of != &none)
		count->span_hint = span;
	if (losses) {
		of->losses += records;
		of->lost_packets += packets;
		logcount_add_losses(count, records, packets);
		return;
	}
	of->records += records;
	of->packets += packets;
	count->totals.records += records;
	count->totals.packets += packets;
}
