/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was changed, by whom, with whose approval; exceptions; what others changed. */
#include <string.h>

#include "i18n.h"
#include "report_html_impl.h"

static void put_line(const struct page *page, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	html_raw(page->html, "<br><small>");
	html_text(page->html, name);
	html_raw(page->html, ": ");
	html_text(page->html, value);
	html_raw(page->html, "</small>");
}

static void put_count(const struct page *page, const char *name, uint64_t count)
{
	if (count == 0)
		return;
	html_text(page->html, name);
	html_raw(page->html, " ");
	html_number(page->html, count);
	html_raw(page->html, " ");
}

/* What a change does to what can pass: a sign and a text for each. */
static void put_effects(const struct page *page, const struct report_change *change)
{
	static const char *const signs[] = {
		[REPORT_NEUTRAL] = "·", [REPORT_OPENS] = "＋", [REPORT_CLOSES] = "－"
	};

	html_raw(page->html, "<td class=\"effects\">");
	put_count(page, _("added"), change->added);
	put_count(page, _("removed"), change->removed);
	put_count(page, _("changed"), change->changed);
	if (change->added + change->removed + change->changed + change->line_count == 0)
		html_raw(page->html, "–");
	for (size_t i = 0; i < change->line_count; i++) {
		html_print(page->html, "<div class=\"l\">%s ", signs[change->lines[i].effect]);
		html_text(page->html, change->lines[i].text);
		html_raw(page->html, "</div>");
	}
	html_raw(page->html, "</td>");
}

static void put_change(const struct page *page, const struct report_change *change)
{
	page_row_time(page, change->time);
	html_raw(page->html, "<td>");
	html_text(page->html, report_word(WORDS_ACTION, change->action));
	if (change->number)
		html_print(page->html, " #%llu", (unsigned long long)change->number);
	html_raw(page->html, "<br><small>");
	html_text(page->html, report_word(WORDS_OUTCOME, change->outcome));
	html_raw(page->html, "</small></td>");
	html_raw(page->html, "<td>");
	html_text(page->html, change->who);
	put_line(page, _("approved by"), change->approver);
	html_raw(page->html, "</td><td>");
	html_text(page->html, change->reason);
	put_line(page, _("ticket"), change->ticket);
	html_raw(page->html, "</td>");
	put_effects(page, change);
	html_raw(page->html, "<td class=\"m whole\">");
	html_text(page->html, change->revision_before);
	html_raw(page->html, change->revision_after && change->revision_after[0] ? "<br>→ " : "");
	html_text(page->html, change->revision_after);
	html_raw(page->html, "</td>");
	page_row_end(page);
}

void page_changes(const struct page *page)
{
	const struct report_changes *changes = &page->report->changes;

	if (!page_source(page, &changes->source))
		return;
	if (changes->count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	page_facts_begin(page);
	page_fact_number(page, _("Changes"), changes->count);
	page_fact_number(page, _("put in force by one person"), changes->alone);
	page_facts_end(page);
	page_table_begin(page, &(struct page_table){ _("Changes of the configuration"), NULL,
				       { _("Time"), _("What"), _("Who"), _("Reason"),
					       _("What it changed"), _("Revision") } });
	for (size_t i = 0; i < changes->count; i++)
		put_change(page, &changes->items[i]);
	page_table_end(page);
	page_note(page, _("＋: more passes, or less is asked of it. －: less passes."));
}

static void put_state(const struct page *page, const struct report_exception *exception)
{
	html_raw(page->html, "<td>");
	html_text(page->html, report_word(WORDS_EXCEPTION, exception->state));
	if (exception->in_force) {
		html_raw(page->html, "<br>");
		page_badge(page, REPORT_CONFIRM, _("now in force"));
	}
	if (exception->report_due) {
		html_raw(page->html, "<br>");
		page_badge(page, REPORT_FAILS, _("report due"));
		html_raw(page->html, " ");
		page_day(page, exception->due_since);
	}
	html_raw(page->html, "</td>");
}

static void put_exception(const struct page *page, const struct report_exception *exception)
{
	page_row(page, exception->id);
	put_state(page, exception);
	html_raw(page->html, "<td>");
	html_text(page->html, exception->from);
	html_raw(page->html, " → ");
	html_text(page->html, exception->to);
	html_raw(page->html, "<br>");
	html_text(page->html, exception->service);
	put_line(page, _("clauses"), exception->clauses);
	html_raw(page->html, "</td><td>");
	html_text(page->html, exception->reason);
	put_line(page, _("why alone"), exception->override);
	put_line(page, _("report"), exception->report);
	html_raw(page->html, "</td><td>");
	html_text(page->html, exception->applicant);
	put_line(page, _("approved by"), exception->approver);
	html_raw(page->html, "</td><td>");
	page_time(page, exception->start);
	html_raw(page->html, "– ");
	page_time(page, exception->ended ? exception->ended : exception->end);
	html_raw(page->html, "</td>");
	page_row_end(page);
}

void page_exceptions(const struct page *page)
{
	const struct report_exceptions *exceptions = &page->report->exceptions;

	if (!page_source(page, &exceptions->source))
		return;
	if (exceptions->count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	page_facts_begin(page);
	page_fact_number(page, _("Reports due"), exceptions->due);
	page_fact_number(page, _("In force"), exceptions->in_force);
	page_facts_end(page);
	page_table_begin(page,
		&(struct page_table){ _("Exceptions"), NULL,
			{ _("Number"), _("State"), _("What"), _("Reason"), _("Who"), _("When") } });
	for (size_t i = 0; i < exceptions->count; i++)
		put_exception(page, &exceptions->items[i]);
	page_table_end(page);
}

/* What became of it: of what was changed, and of a repair that failed; the others tell it
 * themselves. */
static void put_repaired(const struct page *page, const struct report_drift_item *item)
{
	static const char *const harms[] = { "drift", "drift-repair-failed", "drift-storm",
		"table-missing" };
	bool harm = false;

	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++)
		harm = harm || strcmp(item->action, harms[i]) == 0;
	html_raw(page->html, "<td>");
	if (!harm)
		html_raw(page->html, "–");
	else if (!item->repaired)
		page_badge(page, REPORT_FAILS, _("no"));
	else if (strcmp(item->action, "drift-repair-failed") == 0)
		page_badge(page, REPORT_CONFIRM, _("later"));
	else
		page_badge(page, REPORT_CONFORMS, _("yes"));
	html_raw(page->html, "</td>");
}

void page_drift(const struct page *page)
{
	const struct report_drift *drift = &page->report->drift;

	page_note(page,
		_("What somebody else changed in the kernel's rules, and how it was put right."));
	if (!page_source(page, &drift->source))
		return;
	page_facts_begin(page);
	page_fact_number(page, _("Found"), drift->found);
	page_fact_number(page, _("Repaired"), drift->repaired);
	page_fact_number(page, _("Not repaired now"), drift->open);
	page_facts_end(page);
	if (drift->count == 0)
		return;
	page_table_begin(page, &(struct page_table){ _("Changes by others, and repairs"), NULL,
				       { _("Time"), _("#Record"), _("What happened"), _("What"),
					       _("Who"), _("Repaired") } });
	for (size_t i = 0; i < drift->count; i++) {
		const struct report_drift_item *item = &drift->items[i];

		page_row_time(page, item->time);
		page_cell_number(page, item->sequence);
		page_cell(page, report_word(WORDS_ACTION, item->action));
		page_cell(page, item->what);
		page_cell(page, item->who);
		put_repaired(page, item);
		page_row_end(page);
	}
	page_table_end(page);
}
