/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clause by clause: what was looked at, what was found. */
#include "i18n.h"
#include "report_html_impl.h"

#define DIGEST_SHOWN 12 /* hex digits; the whole one stands in the list of the evidence */

/* All that it rests on; of each digest so much that it can be told from the others. */
static void put_grounds(const struct page *page, const struct report_check *check)
{
	for (size_t i = 0; i < check->evidence_count; i++) {
		html_raw(page->html, i > 0 ? "<br>" : "");
		page_evidence(page, check->evidence[i].number);
		html_print(page->html, " <small><code>%.*s…</code></small>", DIGEST_SHOWN,
			check->evidence[i].digest);
	}
}

static void put_finding(const struct page *page, const struct report_check *check)
{
	const char *kind = report_word(WORDS_CHECK, check->kind);

	html_raw(page->html, "<td>");
	if (kind[0]) {
		html_raw(page->html, "<strong>");
		html_text(page->html, kind);
		html_raw(page->html, "</strong>");
	}
	if (check->asks && check->asks[0]) {
		html_raw(page->html, " <small>");
		html_text(page->html, check->asks);
		html_raw(page->html, "</small>");
	}
	if (kind[0] || (check->asks && check->asks[0]))
		html_raw(page->html, "<br>");
	html_text(page->html, check->finding);
	if (check->where && check->where[0]) {
		html_raw(page->html, " <code>");
		html_text(page->html, check->where);
		html_raw(page->html, "</code>");
	}
	if (check->severity && check->severity[0]) {
		html_raw(page->html, " <small>(");
		html_text(page->html, report_word(WORDS_SEVERITY, check->severity));
		html_raw(page->html, ")</small>");
	}
	html_raw(page->html, "</td><td>");
	put_grounds(page, check);
	html_raw(page->html, "</td>");
}

/* The clause stands before its first check, once for all of them. */
static void put_clause(const struct page *page, const struct report_clause *clause)
{
	size_t rows = clause->check_count ? clause->check_count : 1;

	html_print(page->html, "<tr><th scope=\"rowgroup\" rowspan=\"%zu\">", rows);
	page_name(page, clause->number);
	html_print(page->html, "</th><td rowspan=\"%zu\">", rows);
	if (clause->title && clause->title[0]) {
		html_raw(page->html, "<strong>");
		html_text(page->html, clause->title);
		html_raw(page->html, "</strong><br>");
	}
	html_text(page->html, clause->text);
	html_raw(page->html, "</td>");
	if (clause->check_count == 0) {
		page_cell_result(page, clause->result);
		html_raw(page->html, "<td></td><td></td></tr>\n");
	}
	for (size_t i = 0; i < clause->check_count; i++) {
		if (i > 0)
			html_raw(page->html, "<tr>");
		page_cell_result(page, clause->checks[i].result);
		put_finding(page, &clause->checks[i]);
		page_row_end(page);
	}
}

static void put_totals(const struct page *page, const struct report_clauses *document)
{
	uint64_t counts[REPORT_RESULTS] = { 0 };
	static const enum report_result order[] = { REPORT_FAILS, REPORT_CONFIRM, REPORT_CONFORMS,
		REPORT_NOT_APPLICABLE };

	for (size_t i = 0; i < document->clause_count; i++)
		counts[document->clauses[i].result]++;
	html_raw(page->html, "<p>");
	for (size_t i = 0; i < REPORT_RESULTS; i++) {
		page_result(page, order[i]);
		html_raw(page->html, " ");
		html_number(page->html, counts[order[i]]);
		html_raw(page->html, " &nbsp; ");
	}
	html_raw(page->html, "</p>\n");
}

static void put_document(const struct page *page, const struct report_clauses *document)
{
	const struct report_document *about = &document->document;
	const char *title = about->title && about->title[0] ? about->title : about->name;

	page_heading(page, report_word(WORDS_ROLE, document->role));
	put_totals(page, document);
	page_table_begin(page, &(struct page_table){ title ? title : "–", "clauses",
				       { _("Clause"), _("What it says"), _("Result"),
					       _("What was found"), _("Evidence") } });
	for (size_t i = 0; i < document->clause_count; i++) {
		html_raw(page->html, i ? "</tbody><tbody>\n" : "");
		put_clause(page, &document->clauses[i]);
	}
	page_table_end(page);
}

void page_conformity(const struct page *page)
{
	const struct report_conformity *conformity = &page->report->conformity;

	page_note(page, _("“Not applicable” is what nothing on a gateway can tell; “to be "
			  "confirmed” is what "
			  "a person has to look at."));
	if (!page_source(page, &conformity->source))
		return;
	for (size_t i = 0; i < conformity->document_count; i++)
		put_document(page, &conformity->documents[i]);
}
