/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance, letters of either case being equal. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3],
		       *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = above[j - 1] + !same(a[i - 1], b[j - 1]);

			row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = smaller(row[j], two_above[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void suggest_consider(struct suggest *suggest, const char *candidate)
{
	size_t word_length = strlen(suggest->word), length = strlen(candidate);
	size_t allowed, found;

	if (word_length > SUGGEST_WORD_MAX || length > SUGGEST_WORD_MAX || length == 0)
		return;
	allowed = (word_length > length ? word_length : length) / 3;
	if (allowed == 0)
		allowed = 1;
	found = distance(suggest->word, word_length, candidate, length);
	/* A word of which every character would change is another word. */
	if (found > allowed || found >= length)
		return;
	if (!suggest->best || found < suggest->distance) {
		suggest->best = candidate;
		suggest->distance = found;
	}
}
