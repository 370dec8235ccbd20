/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screenful.h"

#include <stdint.h>
#include <string.h>

#include "width.h"

#define ESCAPE '\033'

/* "\033[1m" -> 4; 0: there is no such sequence. */
static size_t length_of_color(const char *text, size_t length)
{
	size_t used = 2;

	if (length < 3 || text[0] != ESCAPE || text[1] != '[')
		return 0;
	while (used < length && text[used] >= 0x20 && text[used] < 0x40)
		used++;
	return used < length ? used + 1 : 0;
}

/* A full-width character that has no room at the end of a row goes into the next. */
static size_t rows_of(const char *line, size_t length, unsigned int columns)
{
	size_t rows = 1, cells = 0;

	for (size_t used = 0; used < length && columns > 0;) {
		size_t color = length_of_color(line + used, length - used);
		uint32_t character;

		if (color > 0) {
			used += color;
			continue;
		}
		used += width_decode(line + used, length - used, &character);
		cells += width_of_character(character);
		if (cells > columns) {
			rows++;
			cells = width_of_character(character);
		}
	}
	return rows;
}

size_t screenful(
	const char *text, size_t length, unsigned int columns, unsigned int rows, size_t *ret_left)
{
	size_t fits = 0, taken = 0, left = 0;

	for (size_t used = 0; used < length;) {
		const char *end = memchr(text + used, '\n', length - used);
		size_t line = end ? (size_t)(end - text) - used : length - used;

		taken += rows_of(text + used, line, columns);
		used += line + (end ? 1 : 0);
		if (taken <= rows || fits == 0)
			fits = used;
		else
			left++;
	}
	*ret_left = left;
	return fits;
}
