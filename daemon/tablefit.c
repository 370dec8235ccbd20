/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tablefit.h"

/* What a column takes when none may be wider than cap, but for its words, if they stay whole. */
static size_t capped(const struct tablefit_column *column, size_t cap, bool words)
{
	size_t least = words && column->word > TABLEFIT_LEAST ? column->word : TABLEFIT_LEAST;

	if (column->whole || column->width <= least || column->width <= cap)
		return column->width;
	return cap > least ? cap : least;
}

static size_t total(
	const struct tablefit_column *columns, size_t count, size_t gap, size_t cap, bool words)
{
	size_t sum = count > 0 ? gap * (count - 1) : 0;

	for (size_t i = 0; i < count; i++)
		sum += capped(&columns[i], cap, words);
	return sum;
}

bool tablefit_widths(const struct tablefit_column *columns, size_t count, size_t gap, size_t limit,
	size_t *ret_widths)
{
	size_t cap = limit, left;
	bool words;

	for (size_t i = 0; i < count; i++)
		ret_widths[i] = columns[i].width;
	if (limit == 0 || total(columns, count, gap, (size_t)-1, true) <= limit)
		return true;
	words = total(columns, count, gap, 0, true) <= limit;
	while (cap > TABLEFIT_LEAST && total(columns, count, gap, cap, words) > limit)
		cap--;
	left = total(columns, count, gap, cap, words);
	bool fits = left <= limit;

	left = fits ? limit - left : 0;
	for (size_t i = 0; i < count; i++) {
		ret_widths[i] = capped(&columns[i], cap, words);
		/* One more for as many as there is room for. */
		if (left > 0 && ret_widths[i] < columns[i].width) {
			ret_widths[i]++;
			left--;
		}
	}
	return fits;
}
