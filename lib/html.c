/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "width.h"

void html_init(struct html *html)
{
	memset(html, 0, sizeof(*html));
}

void html_clear(struct html *html)
{
	free(html->text);
	html_init(html);
}

/* Room for length more bytes and the NUL. */
static bool reserve(struct html *html, size_t length)
{
	char *text = html->failed
			     ? NULL
			     : array_reserve_text(html->text, html->length, length, &html->room);

	if (text)
		html->text = text;
	else
		html->failed = true;
	return text != NULL;
}

static void append(struct html *html, const char *bytes, size_t length)
{
	if (!reserve(html, length))
		return;
	memcpy(html->text + html->length, bytes, length);
	html->length += length;
	html->text[html->length] = '\0';
}

void html_raw(struct html *html, const char *markup)
{
	append(html, markup, strlen(markup));
}

void html_print(struct html *html, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		html->failed = true;
	if (length < 0 || !reserve(html, (size_t)length))
		return;
	va_start(arguments, format);
	vsnprintf(html->text + html->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	html->length += (size_t)length;
}

void html_number(struct html *html, uint64_t number)
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			html_raw(html, ",");
		append(html, digits + i, 1);
	}
}

/* What stands for a character that cannot stand for itself; NULL: it can. */
static const char *reference(uint32_t character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case WIDTH_REPLACEMENT:
		return "\xef\xbf\xbd";
	default:
		return NULL;
	}
}

void html_text_n(struct html *html, const char *text, size_t length)
{
	size_t plain = 0; /* bytes before text that can be taken as they are */

	while (length > 0) {
		uint32_t character;
		size_t took = width_decode(text, length, &character);
		const char *other = reference(character);
		bool shown = character == '\n' || width_printable(character);

		if (other || !shown) {
			append(html, text - plain, plain);
			plain = 0;
			if (other)
				html_raw(html, other);
			else
				html_print(html, "‹U+%04X›", (unsigned int)character);
		} else {
			plain += took;
		}
		text += took;
		length -= took;
	}
	append(html, text - plain, plain);
}

void html_text(struct html *html, const char *text)
{
	if (text)
		html_text_n(html, text, strlen(text));
}
