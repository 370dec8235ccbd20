/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap.h"

#include <stdbool.h>
#include <string.h>

#include "width.h"

/* Characters before which, and behind which, no line ends (行頭禁則, 行末禁則). */
static const uint32_t never_first[] = { 0x3001, 0x3002, 0xff0c, 0xff0e, 0x300d, 0x300f, 0x3011,
	0x3015, 0x3009, 0x300b, 0xff09, 0xff3d, 0xff5d, 0x30fb, 0x30fc, 0xff01, 0xff1f, 0xff1a,
	0xff1b, 0x3005, 0x3041, 0x3043, 0x3045, 0x3047, 0x3049, 0x3063, 0x3083, 0x3085, 0x3087,
	0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30c3, 0x30e3, 0x30e5, 0x30e7, ')', ']', '}', ',',
	'.', ':', ';', '!', '?' };
static const uint32_t never_last[] = { 0x300c, 0x300e, 0x3010, 0x3014, 0x3008, 0x300a, 0xff08,
	0xff3b, 0xff5b, '(', '[', '{' };

static bool is_one_of(uint32_t character, const uint32_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == character)
			return true;
	return false;
}

/* How good it is to cut between two characters. */
enum quality {
	NOT_AT_ALL, /* the second one belongs to the first */
	ANYWHERE,
	BEHIND_SIGN,
	GOOD,
};

static enum quality quality_between(uint32_t before, uint32_t after)
{
	if (width_of_character(after) == 0)
		return NOT_AT_ALL;
	if (before == ' ' || after == ' ')
		return GOOD;
	if (is_one_of(after, never_first, sizeof(never_first) / sizeof(never_first[0])) ||
		is_one_of(before, never_last, sizeof(never_last) / sizeof(never_last[0])))
		return ANYWHERE;
	if (width_of_character(before) == 2 || width_of_character(after) == 2)
		return GOOD;
	/* A name's parts, not those of a date. */
	if (before == '-' && ((after | 0x20) < 'a' || (after | 0x20) > 'z'))
		return ANYWHERE;
	return before < 0x80 && strchr("-,/|;=", (int)before) ? BEHIND_SIGN : ANYWHERE;
}

/* Where a line can end: the last place of each quality. */
struct places {
	size_t at[GOOD + 1]; /* 0: none */
};

/* The best that does not leave more than half of the line empty, if there is one. */
static size_t choose(const struct places *places, const char *text, size_t cells)
{
	for (int quality = GOOD; quality > NOT_AT_ALL; quality--) {
		size_t at = places->at[quality], width = 0;

		for (size_t i = 0; i < at;) {
			uint32_t character;

			i += width_decode(text + i, at - i, &character);
			width += width_of_character(character);
		}
		if (at > 0 && 2 * width >= cells)
			return at;
	}
	return places->at[ANYWHERE];
}

size_t wrap_line(const char *text, size_t cells, size_t *ret_next)
{
	size_t length = strlen(text), at = 0, width = 0, end;
	struct places places = { 0 };
	uint32_t before = 0;

	while (at < length) {
		uint32_t character;
		size_t bytes = width_decode(text + at, length - at, &character);
		unsigned int wide = width_of_character(character);
		enum quality quality = at > 0 ? quality_between(before, character) : NOT_AT_ALL;

		/* What can end a line somehow can end it anyhow. */
		for (int i = quality; i > NOT_AT_ALL; i--)
			places.at[i] = at;
		/* A blank may stand past the end, where nobody sees it. */
		if (width + wide > cells && at > 0 && character != ' ' && places.at[ANYWHERE] > 0)
			break;
		width += wide;
		at += bytes;
		before = character;
	}
	end = at == length ? length : choose(&places, text, cells);
	*ret_next = end + strspn(text + end, " ");
	while (end > 0 && text[end - 1] == ' ')
		end--;
	return end;
}

size_t wrap_widest(const char *text)
{
	size_t length = strlen(text), width = 0, widest = 0;
	uint32_t before = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character;

		at += width_decode(text + at, length - at, &character);
		if (at > 0 && quality_between(before, character) >= BEHIND_SIGN)
			width = 0;
		if (character != ' ')
			width += width_of_character(character);
		if (width > widest)
			widest = width;
		before = character;
	}
	return widest;
}
