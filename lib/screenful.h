/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of a text as a screen shows without scrolling. */
#ifndef HEDATE_SCREENFUL_H
#define HEDATE_SCREENFUL_H

#include <stddef.h>

/*
 * How many bytes of text, whole lines with their ends, stand on so many rows of so many cells.
 * Lines that are wider go on in the next row, as terminals do it; colours take no cells (width.h).
 * At least one line. *ret_left is how many lines stand behind.
 */
size_t screenful(
	const char *text, size_t length, unsigned int columns, unsigned int rows, size_t *ret_left);

#endif
