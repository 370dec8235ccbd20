/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the drawings have in common. Lengths are units of the drawing: about pixels. */
#ifndef HEDATE_REPORT_SVG_IMPL_H
#define HEDATE_REPORT_SVG_IMPL_H

#include <stddef.h>

#include "html.h"

/* Begin a drawing with its title and description (sentences); name is of its ids. */
void svg_begin(struct html *html, const char *name, unsigned int width, unsigned int height,
	const char *title, const char *description);
void svg_end(struct html *html);

/* A line of text of these classes, cut to fit width; size is that of its letters. Height is that of
 * its base line. */
void svg_text(struct html *html, double x, double y, const char *classes, const char *text,
	double width, double size);

/* How many of its bytes fit. */
size_t svg_text_fitting(const char *text, double width, double size);
/* How wide it would be, about: fonts differ. */
double svg_text_width(const char *text, double size);

#endif
