/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many cells UTF-8 text takes on a terminal (Unicode annex 11: wide and full-width characters
 * two, combining ones none). Independent of the locale, so that a table of Japanese labels is
 * straight whatever LC_CTYPE says. Ambiguous characters take one.
 */
#ifndef HEDATE_WIDTH_H
#define HEDATE_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDTH_REPLACEMENT 0xfffdu /* what stands for bytes that are not UTF-8 */

/* The character at text, WIDTH_REPLACEMENT for one byte that is not UTF-8 (overlong forms,
 * surrogates, past U+10FFFF). Returns the bytes it took, at least 1 when length is not 0. */
size_t width_decode(const char *text, size_t length, uint32_t *ret_character);

unsigned int width_of_character(uint32_t character); /* 0, 1 or 2 */
size_t width_of_text(const char *text);

/* May this character be sent to a terminal as it stands? Not: control characters, and format
 * characters that reorder or hide what a person reads. */
bool width_printable(uint32_t character);
/* Is it UTF-8, and all of it printable? */
bool width_printable_text(const char *text);

#endif
