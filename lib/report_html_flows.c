/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was blocked, and that all of it is on record. */
#include <string.h>

#include "i18n.h"
#include "report_html_impl.h"
#include "report_svg.h"
#include "zonetime.h"

/* What the second part of a row is. */
enum second {
	SECOND_NONE,
	SECOND_TEXT,
	SECOND_ZONE,	/* both parts are names of zones */
	SECOND_MEANING, /* of a reason, which is the first part */
};

static void put_names(const struct page *page, const struct report_row *row, enum second kind)
{
	page_row(page, kind == SECOND_ZONE ? page_place(page, row->name) : row->name);
	if (kind == SECOND_MEANING)
		page_cell(page, report_word(WORDS_REASON, row->name));
	else if (kind != SECOND_NONE)
		page_cell(page, kind == SECOND_ZONE ? page_place(page, row->second) : row->second);
}

static void put_rows(const struct page *page, const struct report_rows *rows, const char *caption,
	const char *first, const char *second, enum second kind)
{
	struct page_table table = { caption, NULL,
		{ first, second ? second : _("#Records"), second ? _("#Records") : _("#Packets"),
			second ? _("#Packets") : _("Share"), second ? _("Share") : NULL } };

	if (rows->count == 0)
		return;
	page_table_begin(page, &table);
	for (size_t i = 0; i < rows->count; i++) {
		const struct report_row *row = &rows->rows[i];

		put_names(page, row, kind);
		page_cell_number(page, row->records);
		page_cell_number(page, row->packets);
		html_raw(page->html, "<td>");
		report_svg_bar(page->html, row->packets, rows->rows[0].packets);
		html_raw(page->html, "</td>");
		page_row_end(page);
	}
	page_table_end(page);
}

/* What a row of the timeline's table is of, as a part of "2026-11-23T08:30:00". */
enum span {
	SPAN_MONTH = 7,
	SPAN_DAY = 10,
	SPAN_MINUTE = 16,
};

static void name_of_bucket(
	const struct page *page, size_t bucket, enum span span, char name[ZONETIME_TEXT_MAX])
{
	zonetime_format(page->report->zone, page->report->flows.buckets[bucket].begin, name);
	name[span] = '\0';
	if (span == SPAN_MINUTE)
		name[SPAN_DAY] = ' ';
}

static void put_bucket(const struct page *page, const char *name, const struct report_bucket *sum)
{
	html_raw(page->html, "<tr><th scope=\"row\">");
	html_text(page->html, name);
	if (!sum->complete) {
		html_raw(page->html, " ");
		html_text(page->html, _("(not all of it)"));
	}
	html_raw(page->html, "</th>");
	page_cell_number(page, sum->records);
	page_cell_number(page, sum->packets);
	page_cell_number(page, sum->lost);
	page_row_end(page);
}

/* The timeline's numbers, by local month where they are many: a year of days is no table for a
 * person. */
static void put_buckets(const struct page *page)
{
	const struct report_flows *flows = &page->report->flows;
	enum span few = flows->bucket_seconds < 86400 ? SPAN_MINUTE : SPAN_DAY;
	enum span span = flows->bucket_count <= 31 ? few : SPAN_MONTH;
	char name[ZONETIME_TEXT_MAX], next[ZONETIME_TEXT_MAX];

	page_table_begin(
		page, &(struct page_table){ _("Blocked flows over the period, in numbers"), NULL,
			      { _("From"), _("#Records"), _("#Packets"), _("#Lost packets") } });
	for (size_t i = 0; i < flows->bucket_count;) {
		struct report_bucket sum = { .complete = true };

		name_of_bucket(page, i, span, name);
		for (; i < flows->bucket_count; i++) {
			name_of_bucket(page, i, span, next);
			if (strcmp(name, next) != 0)
				break;
			sum.records += flows->buckets[i].records;
			sum.packets += flows->buckets[i].packets;
			sum.lost += flows->buckets[i].lost;
			sum.complete = sum.complete && flows->buckets[i].complete;
		}
		put_bucket(page, name, &sum);
	}
	page_table_end(page);
}

static void put_scans(const struct page *page)
{
	const struct report_flows *flows = &page->report->flows;

	if (flows->scan_count == 0)
		return;
	page_table_begin(page,
		&(struct page_table){ _("Scans"), NULL,
			{ _("Time"), _("#Record"), _("Source"), _("From"), _("To"), _("What") } });
	for (size_t i = 0; i < flows->scan_count; i++) {
		const struct report_scan *scan = &flows->scans[i];

		page_row_time(page, scan->time);
		page_cell_number(page, scan->sequence);
		page_cell_code(page, scan->source);
		page_cell(page, page_place(page, scan->from));
		page_cell(page, page_place(page, scan->to));
		page_cell(page, scan->what);
		page_row_end(page);
	}
	page_table_end(page);
	if (flows->scan_total > flows->scan_count)
		page_note(page, _("Only the last ones are shown."));
}

static void put_timeline(const struct page *page)
{
	if (page->report->flows.bucket_count == 0)
		return;
	html_raw(page->html, "<figure>\n");
	report_svg_timeline(page->html, page->report);
	html_raw(page->html, "<figcaption>");
	html_text(page->html,
		_("Blocked flows over the period. ▼: records were lost then. White: the "
		  "period or the log does not have all of it."));
	html_raw(page->html, "</figcaption>\n</figure>\n");
	put_buckets(page);
}

void page_flows(const struct page *page)
{
	const struct report_flows *flows = &page->report->flows;

	if (!page_source(page, &flows->source))
		return;
	page_facts_begin(page);
	page_fact_number(page, _("Records"), flows->records);
	page_fact_number(page, _("Packets"), flows->packets);
	page_fact_number(page, _("Losses"), flows->losses);
	page_fact_number(page, _("Lost packets"), flows->lost_packets);
	page_fact_number(page, _("Observed only: records"), flows->observed_records);
	page_fact_number(page, _("Observed only: packets"), flows->observed_packets);
	page_fact_time(page, _("First record"), flows->first);
	page_fact_time(page, _("Last record"), flows->last);
	page_facts_end(page);
	put_timeline(page);
	put_rows(page, &flows->reasons, _("Reasons"), _("Reason"), _("What it means"),
		SECOND_MEANING);
	put_rows(page, &flows->pairs, _("Pairs of zones"), _("From"), _("To"), SECOND_ZONE);
	put_rows(page, &flows->sources, _("Sources"), _("Source"), NULL, SECOND_NONE);
	put_rows(
		page, &flows->destinations, _("Destinations"), _("Destination"), NULL, SECOND_NONE);
	put_rows(page, &flows->ports, _("Ports"), _("Protocol"), _("Port"), SECOND_TEXT);
	put_scans(page);
}

void page_equation(const struct page *page)
{
	const struct report_equation *equation = &page->report->equation;

	page_note(page, _("Packets that the kernel dropped = packets in records + packets counted "
			  "as lost."));
	if (!page_source(page, &equation->source))
		return;
	html_raw(page->html, "<p class=\"equation\">");
	html_number(page->html, equation->kernel);
	html_raw(page->html, equation->holds ? " = " : " ≠ ");
	html_number(page->html, equation->recorded);
	html_raw(page->html, " + ");
	html_number(page->html, equation->lost);
	html_raw(page->html, " &nbsp; ");
	page_badge(page, equation->holds ? REPORT_CONFORMS : REPORT_FAILS,
		equation->holds ? _("it holds") : _("it does not hold"));
	html_raw(page->html, "</p>\n");
	page_facts_begin(page);
	page_fact_number(page, _("Dropped, as the kernel counted"), equation->kernel);
	page_fact_number(page, _("In records"), equation->recorded);
	page_fact_number(page, _("Counted as lost"), equation->lost);
	page_fact_number(page, _("Not yet written"), equation->waiting);
	page_fact_number(page, _("Ledgers in the period"), equation->epochs);
	page_fact_number(page, _("of them not balanced"), equation->unbalanced);
	page_facts_end(page);
}
