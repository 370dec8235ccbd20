/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A period cut into hours, days or weeks of local time, for a plot: all are seconds since
 * 1970-01-01T00:00:00Z. A day on which the clock is set is shorter or longer than others; none is
 * left out.
 */
#ifndef HEDATE_SPANS_H
#define HEDATE_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "zonetime.h"

#define SPANS_HOUR INT64_C(3600)
#define SPANS_DAY  INT64_C(86400)
#define SPANS_WEEK INT64_C(604800) /* from Monday on */

struct spans {
	int64_t unit; /* one of the above */
	int64_t *
		bounds; /* owned; number + 1: the first not after the period, the last not before */
	size_t number;
};

/* Hours for up to three days, days for up to 400, else weeks. zone NULL: UTC. An empty period has
 * no spans. 0; -EINVAL: it ends before it begins, or is longer than a century; -ENOMEM. */
int spans_cut(const struct zonetime *zone, int64_t since, int64_t until, struct spans *ret_spans);
void spans_clear(struct spans *spans);

#endif
