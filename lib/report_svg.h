/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report's drawings, as inline SVG: what stands in them also stands in tables. Each has a title
 * and a description, and looks by the classes of the report's style sheet:
 *
 *	.zone (.mynumber .lgwan .internet .management), .seg (.ext), .gate	boxes
 *	.lane (.ok .ask .bad)	what may cross from one zone to another
 *	.col (.part), .lost, .axis, .grid	the timeline
 *	text.t .s .c .e		a title; small; centred; to the right
 */
#ifndef HEDATE_REPORT_SVG_H
#define HEDATE_REPORT_SVG_H

#include <stdint.h>

#include "html.h"
#include "report.h"

/* Zones with their segments and interfaces, and what may cross between them, from report->site and
 * report->matrix. Nothing when there is no zone. */
void report_svg_zones(struct html *html, const struct report *report);
/* Blocked flows over the period, from report->flows. Nothing when there is no bucket. */
void report_svg_timeline(struct html *html, const struct report *report);
/* A small bar that is as long as value is of most: beside a number, for those who see it. */
void report_svg_bar(struct html *html, uint64_t value, uint64_t most);

#endif
