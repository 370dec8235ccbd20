/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "report_svg.h"
#include "report_svg_impl.h"
#include "zonetime.h"

#define WIDTH	    1000.0
#define HEIGHT	    270.0
#define LEFT	    78.0 /* of the plot: numbers stand before it */
#define RIGHT	    (WIDTH - 12)
#define TOP	    34.0
#define BOTTOM	    (HEIGHT - 40)
#define SMALL	    13.0
#define LABEL_SPACE 66.0 /* from one date to the next */
#define TICKS	    4

struct plot {
	struct html *html;
	const struct report *report;
	const struct report_flows *flows;
	uint64_t step, top; /* between two lines; of the last one */
	double width;	    /* of a bucket */
};

/* 1, 2 or 5 with zeros: the smallest so that TICKS of them reach most. */
static uint64_t step_for(uint64_t most)
{
	uint64_t ten = 1;

	while (ten < UINT64_MAX / 100 && ten * 10 * TICKS < most)
		ten *= 10;
	if (ten * TICKS >= most)
		return ten;
	if (ten * 2 * TICKS >= most)
		return ten * 2;
	return ten * 5 * TICKS >= most ? ten * 5 : ten * 10;
}

static double x_of(const struct plot *plot, size_t bucket)
{
	return LEFT + plot->width * (double)bucket;
}

static double y_of(const struct plot *plot, uint64_t records)
{
	return BOTTOM - (BOTTOM - TOP) * ((double)records / (double)plot->top);
}

static void put_scale(const struct plot *plot)
{
	for (int i = 0; i <= TICKS; i++) {
		uint64_t records = plot->step * (uint64_t)i;
		double y = y_of(plot, records);

		html_print(plot->html, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>\n",
			i ? "grid" : "axis", LEFT, y, RIGHT);
		html_print(
			plot->html, "<text x=\"%.1f\" y=\"%.1f\" class=\"s e\">", LEFT - 8, y + 4);
		html_number(plot->html, records);
		html_raw(plot->html, "</text>\n");
	}
	svg_text(plot->html, LEFT, TOP - 14, "s", _("blocked flows"), RIGHT - LEFT, SMALL);
}

/* All of one class as one path, so that a year is not 366 elements. */
static void put_columns(const struct plot *plot, bool complete)
{
	bool any = false;

	for (size_t i = 0; i < plot->flows->bucket_count; i++) {
		const struct report_bucket *bucket = &plot->flows->buckets[i];
		double y = y_of(plot, bucket->records);

		if (bucket->complete != complete || bucket->records == 0)
			continue;
		html_print(plot->html, "%s%.2f %.2fh%.2fV%.2fh-%.2fz",
			any	   ? "M"
			: complete ? "<path class=\"col\" d=\"M"
				   : "<path class=\"col part\" d=\"M",
			x_of(plot, i) + plot->width * 0.1, y, plot->width * 0.8, BOTTOM,
			plot->width * 0.8);
		any = true;
	}
	if (any)
		html_raw(plot->html, "\"/>\n");
}

/* Where records were lost: a mark above the plot. */
static void put_losses(const struct plot *plot)
{
	for (size_t i = 0; i < plot->flows->bucket_count; i++)
		if (plot->flows->buckets[i].lost > 0)
			html_print(plot->html,
				"<path class=\"lost\" d=\"M%.1f %.1fl5 -9h-10zM%.1f "
				"%.1fV%.1f\"/>\n",
				x_of(plot, i) + plot->width / 2, TOP + 2,
				x_of(plot, i) + plot->width / 2, TOP + 2, BOTTOM);
}

/* How often the first so many characters of the dates change. */
static size_t changes(const struct plot *plot, size_t characters)
{
	char before[ZONETIME_TEXT_MAX] = "", text[ZONETIME_TEXT_MAX];
	size_t count = 0;

	for (size_t i = 0; i < plot->flows->bucket_count; i++) {
		zonetime_format(plot->report->zone, plot->flows->buckets[i].begin, text);
		count += strncmp(before, text, characters) != 0;
		memcpy(before, text, sizeof(before));
	}
	return count;
}

/* Below the plot: months when it has several, else days, else hours. */
static void put_dates(const struct plot *plot)
{
	static const size_t month = 7, day = 10, minute = 16; /* of "2026-11-23T08:30:00" */
	size_t characters = changes(plot, month) > 2 ? month
			    : changes(plot, day) > 1 ? day
						     : minute;
	char before[ZONETIME_TEXT_MAX] = "", text[ZONETIME_TEXT_MAX];
	double free_from = LEFT;

	for (size_t i = 0; i < plot->flows->bucket_count; i++) {
		double x = x_of(plot, i);

		zonetime_format(plot->report->zone, plot->flows->buckets[i].begin, text);
		bool another = strncmp(before, text, characters) != 0;
		memcpy(before, text, sizeof(before));
		if (!another || x < free_from || x + LABEL_SPACE > RIGHT + 8)
			continue;
		free_from = x + LABEL_SPACE + (characters == minute ? LABEL_SPACE : 0);
		html_print(plot->html, "<path class=\"axis\" d=\"M%.1f %.1fv7\"/>\n", x, BOTTOM);
		text[characters] = '\0';
		if (characters == minute)
			text[day] = ' ';
		svg_text(plot->html, x, BOTTOM + 22, "s", text, LABEL_SPACE * 2, SMALL);
	}
}

static void put_description(char *text, size_t size, const struct report_flows *flows)
{
	const struct report_bucket *most = &flows->buckets[0];
	size_t losses = 0;

	for (size_t i = 0; i < flows->bucket_count; i++) {
		if (flows->buckets[i].records > most->records)
			most = &flows->buckets[i];
		losses += flows->buckets[i].lost > 0;
	}
	snprintf(text, size,
		_("%zu columns; the highest has %" PRIu64
		  " blocked flows; in %zu of them records were "
		  "lost. The table has the same numbers."),
		flows->bucket_count, most->records, losses);
}

void report_svg_timeline(struct html *html, const struct report *report)
{
	const struct report_flows *flows = &report->flows;
	struct plot plot = { .html = html, .report = report, .flows = flows };
	uint64_t most = 1;
	char description[512];

	if (flows->bucket_count == 0)
		return;
	for (size_t i = 0; i < flows->bucket_count; i++)
		if (flows->buckets[i].records > most)
			most = flows->buckets[i].records;
	plot.step = step_for(most);
	plot.top = plot.step * TICKS;
	plot.width = (RIGHT - LEFT) / (double)flows->bucket_count;
	put_description(description, sizeof(description), flows);
	svg_begin(html, "timeline", (unsigned int)WIDTH, (unsigned int)HEIGHT,
		_("Blocked flows over the period"), description);
	put_scale(&plot);
	put_columns(&plot, true);
	put_columns(&plot, false);
	put_losses(&plot);
	put_dates(&plot);
	svg_end(html);
}
