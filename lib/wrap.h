/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text cut into lines of so many cells (width.h): at blanks, between full-width characters, behind
 * the signs of an address, a path or a list, and where there is none of these, between any two
 * characters. No character is cut in two, none of its combining ones comes away from it, and no
 * line begins with what may not stand there in Japanese (a closing bracket, a full stop), as long
 * as there is another place.
 */
#ifndef HEDATE_WRAP_H
#define HEDATE_WRAP_H

#include <stddef.h>

/* The bytes of the first line of text within cells (at least 1; a full-width character stands in
 * one, too, where there is nothing else to do). *ret_next is where the next line begins, behind the
 * blanks at which it was cut; at the end of text there is none. */
size_t wrap_line(const char *text, size_t cells, size_t *ret_next);

/* The cells of the widest part of text that is better not cut: a word, a name. */
size_t wrap_widest(const char *text);

#endif
