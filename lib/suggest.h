/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Did you mean ...?" The candidate with the fewest slips of the finger (a character left out,
 * put in, changed, two exchanged), if they are few enough for the word's length.
 *
 *	struct suggest suggest = { .word = "stauts" };
 *	suggest_consider(&suggest, "status"); ...
 *	if (suggest.best) ...
 */
#ifndef HEDATE_SUGGEST_H
#define HEDATE_SUGGEST_H

#include <stddef.h>

#define SUGGEST_WORD_MAX 64 /* bytes; nothing is suggested for longer words */

struct suggest {
	const char *word;
	const char *best; /* borrowed from the caller's candidates, NULL for none */
	size_t distance;  /* of best */
};

void suggest_consider(struct suggest *suggest, const char *candidate);

#endif
