/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How wide the columns of a table may be, so that its lines fit a terminal. */
#ifndef HEDATE_TABLEFIT_H
#define HEDATE_TABLEFIT_H

#include <stdbool.h>
#include <stddef.h>

struct tablefit_column {
	size_t width; /* of what stands in it */
	size_t word;  /* of the widest part that is better not cut */
	bool whole;   /* numbers: never cut into lines */
};

/* Widths for columns with gap cells between them, in all at most limit cells (0: whatever they
 * need). The widest give way first: prose before names, as no word is cut if that is enough, and no
 * column is made narrower than TABLEFIT_LEAST. False: that is not enough, and lines are longer. */
#define TABLEFIT_LEAST 6
bool tablefit_widths(const struct tablefit_column *columns, size_t count, size_t gap, size_t limit,
	size_t *ret_widths);

#endif
