/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "width.h"

#include <string.h>

struct span {
	uint32_t first, last;
};

/* Sorted. East_Asian_Width W and F; blocks reserved for ideographs as a whole. */
static const struct span wide[] = {
	{ 0x1100, 0x115f },
	{ 0x231a, 0x231b },
	{ 0x2329, 0x232a },
	{ 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 },
	{ 0x23f3, 0x23f3 },
	{ 0x25fd, 0x25fe },
	{ 0x2614, 0x2615 },
	{ 0x2648, 0x2653 },
	{ 0x267f, 0x267f },
	{ 0x2693, 0x2693 },
	{ 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be },
	{ 0x26c4, 0x26c5 },
	{ 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 },
	{ 0x26ea, 0x26ea },
	{ 0x26f2, 0x26f3 },
	{ 0x26f5, 0x26f5 },
	{ 0x26fa, 0x26fa },
	{ 0x26fd, 0x26fd },
	{ 0x2705, 0x2705 },
	{ 0x270a, 0x270b },
	{ 0x2728, 0x2728 },
	{ 0x274c, 0x274c },
	{ 0x274e, 0x274e },
	{ 0x2753, 0x2755 },
	{ 0x2757, 0x2757 },
	{ 0x2795, 0x2797 },
	{ 0x27b0, 0x27b0 },
	{ 0x27bf, 0x27bf },
	{ 0x2b1b, 0x2b1c },
	{ 0x2b50, 0x2b50 },
	{ 0x2b55, 0x2b55 },
	{ 0x2e80, 0x3029 },
	{ 0x302e, 0x303e },
	{ 0x3041, 0x3098 },
	{ 0x309b, 0x3247 },
	{ 0x3250, 0x4dbf },
	{ 0x4e00, 0xa4cf },
	{ 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe10, 0xfe19 },
	{ 0xfe30, 0xfe6f },
	{ 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18dff },
	{ 0x1aff0, 0x1b2ff },
	{ 0x1f004, 0x1f004 },
	{ 0x1f0cf, 0x1f0cf },
	{ 0x1f18e, 0x1f18e },
	{ 0x1f191, 0x1f19a },
	{ 0x1f200, 0x1f320 },
	{ 0x1f32d, 0x1f335 },
	{ 0x1f337, 0x1f37c },
	{ 0x1f37e, 0x1f393 },
	{ 0x1f3a0, 0x1f3ca },
	{ 0x1f3cf, 0x1f3d3 },
	{ 0x1f3e0, 0x1f3f0 },
	{ 0x1f3f4, 0x1f3f4 },
	{ 0x1f3f8, 0x1f43e },
	{ 0x1f440, 0x1f440 },
	{ 0x1f442, 0x1f4fc },
	{ 0x1f4ff, 0x1f53d },
	{ 0x1f54b, 0x1f54e },
	{ 0x1f550, 0x1f567 },
	{ 0x1f57a, 0x1f57a },
	{ 0x1f595, 0x1f596 },
	{ 0x1f5a4, 0x1f5a4 },
	{ 0x1f5fb, 0x1f64f },
	{ 0x1f680, 0x1f6c5 },
	{ 0x1f6cc, 0x1f6cc },
	{ 0x1f6d0, 0x1f6d2 },
	{ 0x1f6d5, 0x1f6df },
	{ 0x1f6eb, 0x1f6ef },
	{ 0x1f6f4, 0x1f6ff },
	{ 0x1f7e0, 0x1f7ff },
	{ 0x1f90c, 0x1f93a },
	{ 0x1f93c, 0x1f945 },
	{ 0x1f947, 0x1f9ff },
	{ 0x1fa70, 0x1faff },
	{ 0x20000, 0x3fffd },
};

/* Sorted. Marks that stand on the character before, and format characters. */
static const struct span zero[] = {
	{ 0x300, 0x36f },
	{ 0x483, 0x489 },
	{ 0x591, 0x5bd },
	{ 0x610, 0x61a },
	{ 0x64b, 0x65f },
	{ 0x1160, 0x11ff },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x200b, 0x200f },
	{ 0x202a, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x20d0, 0x20ff },
	{ 0x302a, 0x302d },
	{ 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0001, 0xe01ef },
};

/* Sorted. Controls, separators that break a line, and what reorders or hides text. Variation
 * selectors (U+FE00, U+E0100) are ordinary in Japanese names and stay. */
static const struct span unprintable[] = {
	{ 0x0, 0x1f },
	{ 0x7f, 0x9f },
	{ 0x61c, 0x61c },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xd800, 0xdfff },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0001, 0xe007f },
	{ 0x110000, UINT32_MAX },
};

#define SPAN_COUNT(spans) (sizeof(spans) / sizeof((spans)[0]))

static bool span_holds(const struct span *spans, size_t count, uint32_t character)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (character > spans[middle].last)
			low = middle + 1;
		else if (character < spans[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

size_t width_decode(const char *text, size_t length, uint32_t *ret_character)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t character;
	size_t more;

	*ret_character = WIDTH_REPLACEMENT;
	if (length == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*ret_character = bytes[0];
		return 1;
	}
	more = bytes[0] >= 0xf8	  ? 0
	       : bytes[0] >= 0xf0 ? 3
	       : bytes[0] >= 0xe0 ? 2
				  : bytes[0] >= 0xc0;
	if (more == 0 || more >= length)
		return 1;
	character = bytes[0] & (0x3fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < smallest[more] || character > 0x10ffff ||
		(character >= 0xd800 && character <= 0xdfff))
		return 1;
	*ret_character = character;
	return more + 1;
}

unsigned int width_of_character(uint32_t character)
{
	if (character < 0x300)
		return 1;
	if (span_holds(zero, SPAN_COUNT(zero), character))
		return 0;
	return span_holds(wide, SPAN_COUNT(wide), character) ? 2 : 1;
}

size_t width_of_text(const char *text)
{
	size_t length = strlen(text), width = 0;

	for (size_t i = 0; i < length;) {
		uint32_t character;

		i += width_decode(text + i, length - i, &character);
		width += width_of_character(character);
	}
	return width;
}

bool width_printable(uint32_t character)
{
	return !span_holds(unprintable, SPAN_COUNT(unprintable), character);
}

bool width_printable_text(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length;) {
		uint32_t character;
		size_t bytes = width_decode(text + i, length - i, &character);

		if (!width_printable(character) || (character == WIDTH_REPLACEMENT && bytes == 1))
			return false;
		i += bytes;
	}
	return true;
}
