/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "i18n.h"
#include "report_html_impl.h"
#include "wareki.h"
#include "zonetime.h"

#define DAY_LENGTH    10 /* of "2026-11-23T08:30:00+09:00" */
#define MINUTE_LENGTH 16

bool page_source(const struct page *page, const struct report_source *source)
{
	if (source->evidence) {
		html_raw(page->html, "<p class=\"note\">");
		html_text(page->html, _("Evidence:"));
		html_raw(page->html, " ");
		page_evidence(page, source->evidence);
		html_raw(page->html, "</p>\n");
	}
	if (source->state == REPORT_READ)
		return true;
	html_raw(page->html, "<p class=\"unread\">⚠ ");
	html_text(page->html, source->state == REPORT_PARTLY ? _("Not all of this could be read.")
							     : _("This could not be read."));
	if (source->problem && source->problem[0]) {
		html_raw(page->html, " ");
		html_text(page->html, source->problem);
	}
	html_raw(page->html, "</p>\n");
	return source->state == REPORT_PARTLY;
}

static void put_element(
	const struct page *page, const char *begin, const char *text, const char *end)
{
	html_raw(page->html, begin);
	html_text(page->html, text);
	html_raw(page->html, end);
}

void page_paragraph(const struct page *page, const char *text)
{
	put_element(page, "<p>", text, "</p>\n");
}

void page_note(const struct page *page, const char *text)
{
	put_element(page, "<p class=\"note\">", text, "</p>\n");
}

void page_heading(const struct page *page, const char *text)
{
	put_element(page, "<h3>", text, "</h3>\n");
}

static const struct {
	const char *class, *sign, *word;
} results[REPORT_RESULTS] = {
	[REPORT_CONFIRM] = { "ask", "▲", N_("to be confirmed") },
	[REPORT_CONFORMS] = { "ok", "✔", N_("conforming") },
	[REPORT_FAILS] = { "bad", "✖", N_("not conforming") },
	[REPORT_NOT_APPLICABLE] = { "na", "–", N_("not applicable") },
};

void page_badge(const struct page *page, enum report_result result, const char *word)
{
	html_print(page->html, "<span class=\"r %s\">%s ", results[result].class,
		results[result].sign);
	html_text(page->html, word);
	html_raw(page->html, "</span>");
}

void page_result(const struct page *page, enum report_result result)
{
	page_badge(page, result, _(results[result].word));
}

/* Of the local day: "令和8年11月21日". */
static void put_era(const struct page *page, const char *text)
{
	char era[WAREKI_TEXT_MAX] = "";
	struct calendar_date date;

	if (!page->japanese || sscanf(text, "%4d-%2d-%2d", &date.year, &date.month, &date.day) != 3)
		return;
	wareki_format(&date, era);
	if (!era[0])
		return;
	html_raw(page->html, "<span class=\"era\">");
	html_text(page->html, era);
	html_raw(page->html, "</span>");
}

static void put_moment(const struct page *page, int64_t time, size_t length)
{
	char text[ZONETIME_TEXT_MAX];

	if (time == 0) {
		html_raw(page->html, "–");
		return;
	}
	zonetime_format(page->report->zone, time, text);
	html_print(page->html, "<time datetime=\"%s\">%.*s", text, DAY_LENGTH, text);
	if (length > DAY_LENGTH)
		html_print(
			page->html, " %.*s", (int)length - DAY_LENGTH - 1, text + DAY_LENGTH + 1);
	html_raw(page->html, "</time> ");
	put_era(page, text);
}

void page_time(const struct page *page, int64_t time)
{
	put_moment(page, time, MINUTE_LENGTH);
}

void page_day(const struct page *page, int64_t time)
{
	put_moment(page, time, DAY_LENGTH);
}

const char *page_place(const struct page *page, const char *name)
{
	const struct report_site *site = &page->report->site;

	for (size_t i = 0; name && i < site->zone_count; i++)
		if (strcmp(site->zones[i].name, name) == 0 && site->zones[i].label[0])
			return site->zones[i].label;
	return report_word(WORDS_PLACE, name);
}

void page_evidence(const struct page *page, unsigned int number)
{
	if (number > 0 && number <= page->report->evidence_count)
		html_print(page->html, "<a href=\"#e%u\">E%u</a>", number, number);
}

/* ---- figures ---- */

void page_facts_begin(const struct page *page)
{
	html_raw(page->html, "<dl class=\"facts\">\n");
}

void page_facts_end(const struct page *page)
{
	html_raw(page->html, "</dl>\n");
}

static void begin_fact(const struct page *page, const char *name)
{
	put_element(page, "<div><dt>", name, "</dt><dd>");
}

void page_fact(const struct page *page, const char *name, const char *value)
{
	begin_fact(page, name);
	put_element(page, "", value && value[0] ? value : "–", "</dd></div>\n");
}

void page_fact_number(const struct page *page, const char *name, uint64_t value)
{
	begin_fact(page, name);
	html_number(page->html, value);
	html_raw(page->html, "</dd></div>\n");
}

void page_fact_time(const struct page *page, const char *name, int64_t time)
{
	begin_fact(page, name);
	page_time(page, time);
	html_raw(page->html, "</dd></div>\n");
}

/* ---- tables ---- */

void page_table_begin(const struct page *page, const struct page_table *table)
{
	put_element(page, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"",
		table->caption, "\"><table");
	if (table->class)
		html_print(page->html, " class=\"%s\"", table->class);
	put_element(page, "><caption>", table->caption, "</caption>\n<thead><tr>");
	for (size_t i = 0; i < sizeof(table->heads) / sizeof(table->heads[0]) && table->heads[i];
		i++) {
		bool number = table->heads[i][0] == '#';

		put_element(page, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">",
			table->heads[i] + number, "</th>");
	}
	html_raw(page->html, "</tr></thead>\n<tbody>\n");
}

void page_table_end(const struct page *page)
{
	html_raw(page->html, "</tbody></table></div>\n");
}

/* Has it anything that can be seen? A heading has to. */
static bool is_blank(const char *text)
{
	return !text || text[strspn(text, " \n")] == '\0';
}

void page_name(const struct page *page, const char *name)
{
	html_text(page->html, is_blank(name) ? "–" : name);
}

void page_row(const struct page *page, const char *name)
{
	html_raw(page->html, "<tr><th scope=\"row\">");
	page_name(page, name);
	html_raw(page->html, "</th>");
}

void page_row_time(const struct page *page, int64_t time)
{
	html_raw(page->html, "<tr><th scope=\"row\">");
	page_time(page, time);
	html_raw(page->html, "</th>");
}

void page_row_end(const struct page *page)
{
	html_raw(page->html, "</tr>\n");
}

void page_cell(const struct page *page, const char *text)
{
	put_element(page, "<td>", text, "</td>");
}

void page_cell_code(const struct page *page, const char *text)
{
	put_element(page, "<td class=\"m\">", text, "</td>");
}

void page_cell_number(const struct page *page, uint64_t number)
{
	html_raw(page->html, "<td class=\"n\">");
	html_number(page->html, number);
	html_raw(page->html, "</td>");
}

void page_cell_time(const struct page *page, int64_t time)
{
	html_raw(page->html, "<td>");
	page_time(page, time);
	html_raw(page->html, "</td>");
}

void page_cell_result(const struct page *page, enum report_result result)
{
	html_raw(page->html, "<td>");
	page_result(page, result);
	html_raw(page->html, "</td>");
}
