/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log itself, what stands behind the report, and who signs. */
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "report_html_impl.h"

static void put_findings(const struct page *page)
{
	const struct report_log *log = &page->report->log;

	if (log->finding_total == 0)
		return;
	page_table_begin(page, &(struct page_table){ _("What is wrong with the log"), NULL,
				       { _("Finding"), _("What it means"), _("File"), _("#From"),
					       _("#To"), _("Of") } });
	for (size_t i = 0; i < log->finding_count; i++) {
		const struct report_log_finding *finding = &log->findings[i];

		page_row(page, finding->name);
		page_cell(page, finding->meaning);
		page_cell_code(page, finding->file);
		page_cell_number(page, finding->first);
		page_cell_number(page, finding->last);
		page_cell(page, finding->checkpoints ? _("checkpoints") : _("records"));
		page_row_end(page);
	}
	page_table_end(page);
	if (log->finding_total > log->finding_count)
		page_note(page, _("Only the first ones are shown."));
}

static void put_holds(const struct page *page)
{
	const struct report_log *log = &page->report->log;

	if (log->hold_count == 0)
		return;
	page_table_begin(page,
		&(struct page_table){ _("Held back from retention"), NULL,
			{ _("Number"), _("Records since"), _("Placed"), _("Who"), _("Why") } });
	for (size_t i = 0; i < log->hold_count; i++) {
		const struct report_hold *hold = &log->holds[i];

		html_print(page->html, "<tr><th scope=\"row\">%llu</th>",
			(unsigned long long)hold->number);
		page_cell_time(page, hold->since);
		page_cell_time(page, hold->placed);
		page_cell(page, hold->by);
		page_cell(page, hold->text);
		page_row_end(page);
	}
	page_table_end(page);
}

static void put_step(const struct page *page, const char *name, const struct report_log_step *step)
{
	page_row(page, name);
	page_cell_time(page, step->time);
	page_cell_number(page, step->sequence);
	page_cell(page, step->by);
	page_cell(page, step->text);
	page_row_end(page);
}

static void put_figures(const struct page *page)
{
	const struct report_log *log = &page->report->log;

	page_facts_begin(page);
	page_fact_number(page, _("Lines"), log->lines);
	page_fact_number(page, _("Bytes"), log->bytes);
	page_fact_number(page, _("Checkpoints"), log->checkpoints);
	page_fact_number(page, _("Lines after the last checkpoint"), log->unsealed);
	page_fact_time(page, _("Oldest record"), log->oldest);
	page_fact_time(page, _("Newest record"), log->newest);
	if (log->retention_days)
		page_fact_number(page, _("Days that it is kept"), log->retention_days);
	else
		page_fact(page, _("Days that it is kept"), _("for ever"));
	page_fact_number(page, _("Files that retention removed"), log->removed);
	page_facts_end(page);
}

void page_log(const struct page *page)
{
	const struct report_log *log = &page->report->log;

	if (!page_source(page, &log->source))
		return;
	html_raw(page->html, "<p>");
	if (!log->verified)
		page_badge(page, REPORT_CONFIRM, _("It was not verified."));
	else if (log->finding_total > 0)
		page_badge(page, REPORT_FAILS, _("It is not what was sealed."));
	else
		page_badge(page, REPORT_CONFORMS, _("It is exactly what was sealed."));
	html_raw(page->html, "</p>\n");
	put_figures(page);
	put_findings(page);
	page_table_begin(
		page, &(struct page_table){ _("Export and review"), NULL,
			      { _("Step"), _("Last"), _("#Up to record"), _("Who"), _("Note") } });
	put_step(page, _("Export"), &log->exported);
	put_step(page, _("Review"), &log->reviewed);
	page_table_end(page);
	put_holds(page);
}

void page_checkpoint(const struct page *page)
{
	const struct report_checkpoint *checkpoint = &page->report->checkpoint;

	page_note(page, _("Keep this page away from the gateway: hedate log verify --checkpoint "
			  "finds by it "
			  "whether the log was cut off or replaced later."));
	if (!page_source(page, &checkpoint->source))
		return;
	page_facts_begin(page);
	page_fact(page, _("Log"), checkpoint->origin);
	page_fact_number(page, _("Checkpoint"), checkpoint->index);
	page_fact_number(page, _("Records in it"), checkpoint->size);
	page_fact_time(page, _("Made"), checkpoint->time);
	page_facts_end(page);
	html_raw(page->html, "<pre>");
	html_text(page->html, checkpoint->text);
	html_raw(page->html, "</pre>\n");
	page_heading(page, _("The log's first public key"));
	html_raw(page->html, "<pre>");
	html_text(page->html, checkpoint->vkey);
	html_raw(page->html, "</pre>\n");
}

void page_events(const struct page *page)
{
	const struct report_events *events = &page->report->events;

	if (!page_source(page, &events->source))
		return;
	if (events->count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	page_table_begin(page,
		&(struct page_table){ _("Events of the period, by kind"), NULL,
			{ _("Event"), _("What happened"), _("#Records"), _("First"), _("Last") } });
	for (size_t i = 0; i < events->count; i++) {
		const struct report_event *event = &events->items[i];

		html_raw(page->html, "<tr><th scope=\"row\"><code>");
		html_text(page->html, event->action);
		html_raw(page->html, "</code></th>");
		page_cell(page, report_word(WORDS_ACTION, event->action));
		page_cell_number(page, event->count);
		page_cell_time(page, event->first);
		page_cell_time(page, event->last);
		page_row_end(page);
	}
	page_table_end(page);
	page_note(page, _("hedate-log(5) describes each of them."));
}

void page_outside(const struct page *page)
{
	const struct report_outside *outside = &page->report->outside;

	if (!page_source(page, &outside->source))
		return;
	if (!outside->asked)
		page_paragraph(page, _("Neither the security policy nor the model asks for it."));
	if (outside->count == 0)
		return;
	page_table_begin(
		page, &(struct page_table){ _("Confirmation and audit by others"), NULL,
			      { _("What"), _("Clause"), _("Last"), _("Due"), _("Result") } });
	for (size_t i = 0; i < outside->count; i++) {
		const struct report_outside_date *date = &outside->items[i];

		page_row(page, report_word(WORDS_OUTSIDE, date->name));
		page_cell(page, date->clause);
		page_cell(page, date->date && date->date[0] ? date->date : _("never"));
		page_cell(page, date->due);
		html_raw(page->html, "<td>");
		if (date->overdue)
			page_badge(page, REPORT_FAILS, _("overdue"));
		else if (date->due && date->due[0])
			page_badge(page, REPORT_CONFORMS, _("in time"));
		else if (!outside->asked)
			page_result(page, REPORT_NOT_APPLICABLE);
		else
			page_result(page, REPORT_CONFIRM);
		html_raw(page->html, "</td>");
		page_row_end(page);
	}
	page_table_end(page);
}

/* "マイナンバー利用事務系 → インターネット接続系" of "mynumber > internet", and so on: in words,
 * before its name. */
static void put_about(const struct page *page, const struct report_difference_item *item)
{
	char first[64];
	const char *end = strchr(item->what, ' ');
	const char *rest = end ? end + 1 : "";

	if (strcmp(item->what, item->section) == 0) {
		html_text(page->html, report_word(WORDS_SECTION, item->what));
		return;
	}
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(item->what, " "), item->what);
	if (strncmp(rest, "> ", 2) == 0) {
		html_text(page->html, page_place(page, first));
		html_raw(page->html, " → ");
		html_text(page->html, page_place(page, rest + 2));
		return;
	}
	html_text(page->html, strcmp(item->section, "conformity") == 0
				      ? report_word(WORDS_ROLE, first)
				      : report_word(WORDS_DIFFERENCE, first));
	html_raw(page->html, " ");
	html_text(page->html, rest);
}

static void put_difference(const struct page *page, const struct report_difference_item *item)
{
	const char *const values[] = { item->before, item->after };

	html_raw(page->html, "<tr><th scope=\"row\">");
	put_about(page, item);
	html_raw(page->html, "<br><small><code>");
	page_name(page, item->what);
	html_raw(page->html, "</code></small></th>");
	page_cell(page, report_word(WORDS_SECTION, item->section));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		page_cell(page,
			values[i] && values[i][0] ? report_word_of(item->section, values[i]) : "–");
	html_raw(page->html, "<td>");
	if (item->worse)
		page_badge(page, REPORT_FAILS, _("worse"));
	else if (item->better)
		page_badge(page, REPORT_CONFORMS, _("better"));
	else
		html_raw(page->html, "–");
	html_raw(page->html, "</td>");
	page_row_end(page);
}

void page_difference(const struct page *page)
{
	const struct report_difference *difference = &page->report->difference;

	if (difference->source.state == REPORT_UNREAD &&
		(!difference->source.problem || !difference->source.problem[0])) {
		page_paragraph(page, _("No report before this one was given."));
		return;
	}
	if (!page_source(page, &difference->source))
		return;
	page_facts_begin(page);
	page_fact_time(page, _("Report before, made"), difference->made);
	page_facts_end(page);
	html_raw(page->html, "<p class=\"note\">SHA-256 <code>");
	html_text(page->html, difference->digest);
	html_raw(page->html, "</code></p>\n");
	if (difference->count == 0) {
		page_paragraph(page, _("Nothing differs."));
		return;
	}
	page_table_begin(page,
		&(struct page_table){ _("Difference from the report before"), NULL,
			{ _("What"), _("Section"), _("Before"), _("Now"), _("For the better?") } });
	for (size_t i = 0; i < difference->count; i++)
		put_difference(page, &difference->items[i]);
	page_table_end(page);
}

void page_evidence_list(const struct page *page)
{
	const struct report *report = page->report;

	page_note(page,
		_("What this report was made of. The digests tell whether it is the same still."));
	if (report->evidence_count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	page_table_begin(page, &(struct page_table){ _("Evidence"), NULL,
				       { _("Number"), _("Kind"), _("What"), _("Digest") } });
	for (size_t i = 0; i < report->evidence_count; i++) {
		const struct report_evidence *evidence = &report->evidence[i];

		html_print(page->html, "<tr id=\"e%zu\"><th scope=\"row\">E%zu</th>", i + 1, i + 1);
		page_cell(page, report_word(WORDS_EVIDENCE, evidence->name));
		page_cell_code(page, evidence->what);
		html_raw(page->html, "<td class=\"m\">");
		html_text(page->html, evidence->algorithm);
		html_raw(page->html, "<br>");
		html_text(page->html, evidence->digest);
		html_raw(page->html, "</td>");
		page_row_end(page);
	}
	page_table_end(page);
}

static void put_signature(const struct page *page, const char *role, const char *name)
{
	page_row(page, role);
	page_cell(page, name);
	html_raw(page->html, "<td></td><td></td>");
	page_row_end(page);
}

/* What is to be done about each point is written by hand, or with "hedate inspect note". */
static void put_improvements(const struct page *page)
{
	const struct report *report = page->report;

	if (report->point_count == 0)
		return;
	html_raw(page->html, "<div class=\"improve\">");
	page_table_begin(page, &(struct page_table){ _("Improvement"), NULL,
				       { _("Result"), _("Section"), _("What is to be improved"),
					       _("By whom, until when"), _("Done") } });
	for (size_t i = 0; i < report->point_count; i++) {
		const struct report_point *point = &report->points[i];

		html_raw(page->html, "<tr>");
		page_cell_result(page, point->result);
		html_raw(page->html, "<td>");
		html_text(page->html, report_word(WORDS_SECTION, point->section));
		html_raw(page->html, "<br><small>");
		html_text(page->html, point->text);
		html_raw(page->html, "</small></td><td></td><td></td><td></td>");
		page_row_end(page);
	}
	page_table_end(page);
	html_raw(page->html, "</div>\n");
}

void page_signatures(const struct page *page)
{
	put_improvements(page);
	page_note(page, _("Who signs has read this report and what is to be confirmed in it."));
	html_raw(page->html, "<div class=\"sign\">");
	page_table_begin(
		page, &(struct page_table){ _("Signatures"), NULL,
			      { _("Role"), _("Name"), _("Date"), _("Signature or seal") } });
	put_signature(page, _("Auditor"), page->report->head.auditor);
	put_signature(page, _("Auditee"), page->report->head.auditee);
	page_table_end(page);
	html_raw(page->html, "</div>\n");
}
