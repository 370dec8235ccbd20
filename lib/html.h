/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTML being written into a growing buffer. Markup is put as it stands; whatever comes from
 * outside goes through html_text(), and cannot become markup, in an element or in an attribute.
 *
 * The text stays valid UTF-8 that hides nothing: what is not UTF-8 becomes U+FFFD, and what
 * width_printable() refuses (controls, characters that reorder or hide text) is shown by its
 * number, "‹U+202E›". A newline stays one.
 */
#ifndef HEDATE_HTML_H
#define HEDATE_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct html {
	char *text; /* owned; NUL-terminated once something was written */
	size_t length, room;
	bool failed; /* an allocation failed; nothing more is written */
};

void html_init(struct html *html);
void html_clear(struct html *html); /* frees */

/* Markup of ours, as it stands. */
void html_raw(struct html *html, const char *markup);
/* The same with numbers and the like in it: nothing that comes from outside. */
__attribute__((format(printf, 2, 3))) void html_print(struct html *html, const char *format, ...);
/* "1,234,567". */
void html_number(struct html *html, uint64_t number);
/* Text of any origin. NULL: nothing. */
void html_text(struct html *html, const char *text);
/* Its first bytes only. */
void html_text_n(struct html *html, const char *text, size_t length);

#endif
