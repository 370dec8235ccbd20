/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the report looks, on a screen and on A4. What the classes stand for:
 *
 *	header.cover, p.site, p.verdict(.ok .bad .ask), ul.points, nav.toc
 *	dl.about	what the report is about; dl.facts div: a figure with its name
 *	div.scroll	around each table: on a narrow screen the table scrolls, the page does not
 *	td.n, td.m	a number; what stands in a file: a digest, an address, a rule
 *	table.matrix	zones against zones
 *	span.r(.ok .bad .ask .na)	a result: a sign and a word, never a colour only
 *	p.note, p.unread, div.sign
 *
 * Those of the drawings are report_svg.h's own.
 */
#ifndef HEDATE_REPORT_CSS_H
#define HEDATE_REPORT_CSS_H

#include "html.h"
#include "report.h"

/* The style sheet, with the head of each page: what stands between <style> and </style>, which is
 * also what its digest in the content security policy is of. */
void report_css_write(struct html *html, const struct report *report);

#endif
