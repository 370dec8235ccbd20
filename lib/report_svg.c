/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_svg.h"

#include <string.h>

#include "report_svg_impl.h"
#include "width.h"

/* What a letter that is not full-width takes of its size, in most fonts at most. */
#define HALF_WIDTH  0.58
#define WIDE_LETTER 0.98 /* of some */

void svg_begin(struct html *html, const char *name, unsigned int width, unsigned int height,
	const char *title, const char *description)
{
	html_print(html,
		"<svg viewBox=\"0 0 %u %u\" role=\"img\" "
		"aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
		width, height, name, name, name);
	html_text(html, title);
	html_print(html, "</title>\n<desc id=\"%s-desc\">", name);
	html_text(html, description);
	html_raw(html, "</desc>\n");
}

void svg_end(struct html *html)
{
	html_raw(html, "</svg>\n");
}

/* Of a character, as a part of the letters' size. */
static double width_of(uint32_t character)
{
	if (!width_printable(character)) /* shown by its number */
		return 8 * HALF_WIDTH;
	if (width_of_character(character) != 1)
		return width_of_character(character) / 2.0;
	return character < 128 && strchr("mwMWQ@%", (int)character) ? WIDE_LETTER : HALF_WIDTH;
}

size_t svg_text_fitting(const char *text, double width, double size)
{
	size_t at = 0, length = strlen(text);

	while (at < length) {
		uint32_t character;
		size_t took = width_decode(text + at, length - at, &character);

		width -= width_of(character) * size;
		if (width < 0)
			break;
		at += took;
	}
	return at;
}

double svg_text_width(const char *text, double size)
{
	size_t length = strlen(text);
	double width = 0;

	while (length > 0) {
		uint32_t character;
		size_t took = width_decode(text, length, &character);

		width += width_of(character) * size;
		text += took;
		length -= took;
	}
	return width;
}

void svg_text(struct html *html, double x, double y, const char *classes, const char *text,
	double width, double size)
{
	size_t length = strlen(text);
	size_t shown = svg_text_fitting(text, width, size);

	html_print(html, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, classes);
	if (shown < length)
		shown = svg_text_fitting(text, width - size, size);
	html_text_n(html, text, shown);
	html_raw(html, shown < length ? "…</text>\n" : "</text>\n");
}

void report_svg_bar(struct html *html, uint64_t value, uint64_t most)
{
	double part = most ? (double)value / (double)most : 0;

	html_print(html,
		"<svg class=\"bar\" viewBox=\"0 0 100 12\" aria-hidden=\"true\" "
		"focusable=\"false\">"
		"<path class=\"col\" d=\"M0 1h%.1fv10h-%.1fz\"/></svg>",
		part * 100, part * 100);
}
