/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones, what can pass between them, and by which paths. */
#include <string.h>

#include "i18n.h"
#include "report_html_impl.h"
#include "report_svg.h"

/* Its title, and what it is called. */
static void put_title(const struct page *page, const struct report_document *document)
{
	html_raw(page->html, "<td>");
	html_text(page->html, document->title);
	if (document->label && document->label[0]) {
		html_raw(page->html, "<br><small>");
		html_text(page->html, document->label);
		html_raw(page->html, "</small>");
	}
	html_raw(page->html, "</td>");
}

static void put_document(
	const struct page *page, const char *name, const struct report_document *document)
{
	if (!document->name || !document->name[0])
		return;
	page_row(page, name);
	put_title(page, document);
	page_cell(page, document->name);
	page_cell(page, document->dated);
	page_cell_code(page, document->digest);
	page_row_end(page);
}

static void put_documents(const struct page *page)
{
	const struct report_site *site = &page->report->site;

	page_table_begin(
		page, &(struct page_table){ _("What is asked of the site"), NULL,
			      { _("Kind"), _("Title"), _("Name"), _("Of"), "BLAKE2b-256" } });
	put_document(page, _("Security policy"), &site->profile);
	put_document(page, _("Model of separation"), &site->model);
	page_table_end(page);
}

static const char *link_word(enum report_link link)
{
	switch (link) {
	case REPORT_LINK_UP:
		return _("up");
	case REPORT_LINK_DOWN:
		return _("down");
	case REPORT_LINK_MISSING:
		return _("not there");
	case REPORT_LINK_UNKNOWN:
		break;
	}
	return _("not known");
}

static void put_external(const struct page *page, const struct report_segment *segment)
{
	html_raw(page->html, "<td>");
	html_text(page->html, segment->owner);
	if (segment->permission && segment->permission[0]) {
		html_raw(page->html, "<br>");
		html_text(page->html, segment->permission);
	}
	if (segment->survey && segment->survey[0]) {
		html_raw(page->html, "<br>");
		html_text(page->html, segment->survey);
	}
	html_raw(page->html, "</td><td>");
	html_text(page->html, report_word(WORDS_LINE, segment->line));
	if (segment->encryption && segment->encryption[0]) {
		html_raw(page->html, "<br>");
		html_text(page->html, segment->encryption);
	}
	html_raw(page->html, "</td>");
}

static void put_segments(const struct page *page)
{
	const struct report_site *site = &page->report->site;

	page_table_begin(
		page, &(struct page_table){ _("Zones, segments and interfaces"), NULL,
			      { _("Segment"), _("Zone"), _("Interface"), _("Link"), _("Networks"),
				      _("External connection"), _("Line") } });
	for (size_t i = 0; i < site->segment_count; i++) {
		const struct report_segment *segment = &site->segments[i];
		const struct report_zone *zone = &site->zones[segment->zone];

		page_row(
			page, segment->label && segment->label[0] ? segment->label : segment->name);
		page_cell(page, zone->label && zone->label[0] ? zone->label : zone->name);
		page_cell_code(page, segment->interface);
		page_cell(page, link_word(segment->link));
		html_raw(page->html, "<td class=\"m\">");
		html_text(page->html, segment->networks);
		if (segment->remote && segment->remote[0]) {
			html_raw(page->html, "<br>→ ");
			html_text(page->html, segment->remote);
		}
		html_raw(page->html, "</td>");
		put_external(page, segment);
		page_row_end(page);
	}
	page_table_end(page);
}

void page_site(const struct page *page)
{
	const struct report_site *site = &page->report->site;

	if (!page_source(page, &site->source))
		return;
	page_facts_begin(page);
	page_fact(page, _("Name"), site->name);
	page_fact(page, _("Revision of the policy"), site->revision);
	page_fact(page, _("Time zone"), site->time_zone);
	page_fact(page, _("Changes need two persons"), site->two_person ? _("yes") : _("no"));
	page_facts_end(page);
	put_documents(page);
	put_segments(page);
}

/* ---- the matrix ---- */

static enum report_result verdict_result(const char *verdict)
{
	if (strcmp(verdict, "separate") == 0 || strcmp(verdict, "exact") == 0)
		return REPORT_CONFORMS;
	return strcmp(verdict, "more") == 0 ? REPORT_FAILS : REPORT_CONFIRM;
}

static const char *place_label(const struct report_matrix *matrix, size_t place)
{
	const struct report_place *at = &matrix->places[place];

	const char *label =
		at->label && at->label[0] ? at->label : report_word(WORDS_PLACE, at->name);

	return label[strspn(label, " ")] ? label : "–";
}

static void put_amount(const struct page *page, const char *name, uint64_t amount)
{
	html_raw(page->html, "<br><small>");
	html_text(page->html, name);
	html_raw(page->html, " ");
	html_number(page->html, amount);
	html_raw(page->html, "</small>");
}

static void put_cell(const struct page *page, const struct report_cell *cell)
{
	html_raw(page->html, "<td>");
	if (!cell->asked || !cell->verdict) {
		html_raw(page->html, "–</td>");
		return;
	}
	page_badge(page, verdict_result(cell->verdict), report_word(WORDS_VERDICT, cell->verdict));
	if (cell->path_count > 0) {
		put_amount(page, _("paths"), cell->path_count);
		put_amount(page, _("connections"), cell->hits);
	}
	if (cell->blocked > 0)
		put_amount(page, _("blocked"), cell->blocked);
	html_raw(page->html, "</td>");
}

static void put_matrix(const struct page *page)
{
	const struct report_matrix *matrix = &page->report->matrix;

	html_raw(page->html, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
	html_text(page->html, _("What can pass from one zone to another"));
	html_raw(page->html, "\"><table class=\"matrix\"><caption>");
	html_text(page->html, _("What can pass from one zone to another"));
	html_raw(page->html, "</caption>\n<thead><tr><th scope=\"col\">");
	html_text(page->html, _("from ＼ to"));
	html_raw(page->html, "</th>");
	for (size_t to = 0; to < matrix->place_count; to++) {
		html_raw(page->html, "<th scope=\"col\">");
		html_text(page->html, place_label(matrix, to));
		html_raw(page->html, "</th>");
	}
	html_raw(page->html, "</tr></thead>\n<tbody>\n");
	for (size_t from = 0; from < matrix->place_count; from++) {
		page_row(page, place_label(matrix, from));
		for (size_t to = 0; to < matrix->place_count; to++)
			put_cell(page, &matrix->cells[from * matrix->place_count + to]);
		page_row_end(page);
	}
	html_raw(page->html, "</tbody></table></div>\n");
}

static void put_pair(const struct page *page, size_t from, size_t to)
{
	const struct report_matrix *matrix = &page->report->matrix;

	html_text(page->html, place_label(matrix, from));
	html_raw(page->html, " → ");
	html_text(page->html, place_label(matrix, to));
}

static void put_deviations(const struct page *page)
{
	const struct report_matrix *matrix = &page->report->matrix;

	if (matrix->deviation_total == 0)
		return;
	page_table_begin(
		page, &(struct page_table){ _("What deviates from the policy"), NULL,
			      { _("Pair"), _("Found"), _("Connections"), _("Path"),
				      _("Example of a packet"), _("Rules that it passes") } });
	for (size_t i = 0; i < matrix->deviation_count; i++) {
		const struct report_deviation *deviation = &matrix->deviations[i];

		html_raw(page->html, "<tr><th scope=\"row\">");
		put_pair(page, deviation->from, deviation->to);
		html_raw(page->html, "</th><td>");
		page_badge(page, verdict_result(deviation->verdict),
			report_word(WORDS_VERDICT, deviation->verdict));
		html_raw(page->html, "</td><td>");
		html_text(page->html, deviation->family);
		html_raw(page->html, "<br>");
		html_text(page->html, report_word(WORDS_PHASE, deviation->phase));
		html_raw(page->html, "</td>");
		page_cell(page, deviation->path);
		page_cell_code(page, deviation->witness);
		page_cell_code(page, deviation->rules);
		page_row_end(page);
	}
	page_table_end(page);
	if (matrix->deviation_total > matrix->deviation_count)
		page_note(page, _("Only the first ones are shown."));
}

void page_matrix(const struct page *page)
{
	const struct report_matrix *matrix = &page->report->matrix;

	html_raw(page->html, "<figure>\n");
	report_svg_zones(page->html, page->report);
	html_raw(page->html, "<figcaption>");
	html_text(page->html,
		_("Zones, segments, interfaces, and what may cross: each arrow is a pair of "
		  "zones with its paths."));
	html_raw(page->html, "</figcaption>\n</figure>\n");
	if (!page_source(page, &matrix->source))
		return;
	page_paragraph(page, report_word(WORDS_PROOF, matrix->result));
	if (matrix->island)
		page_note(page, _("Nothing is forwarded: island mode."));
	if (matrix->isolation)
		page_note(page, _("Something is isolated or in quarantine."));
	if (matrix->guard)
		page_note(page, _("The guard's closed tables are in place."));
	put_matrix(page);
	put_deviations(page);
	page_facts_begin(page);
	page_fact_time(page, _("The kernel was read"), matrix->time);
	if (matrix->connections_read) {
		page_fact_number(page, _("Open connections"), matrix->connections);
		page_fact_number(
			page, _("of them not as the policy says"), matrix->connection_findings);
	}
	page_facts_end(page);
}

/* ---- paths ---- */

static void put_path(const struct page *page, const struct report_path *path)
{
	page_row(page, path->name);
	page_cell(page, path->from);
	page_cell(page, path->to);
	page_cell(page, path->service);
	html_raw(page->html, "<td>");
	html_text(page->html, report_word(WORDS_CLASS, path->class));
	if (path->clause && path->clause[0]) {
		html_raw(page->html, "<br><small>");
		html_text(page->html, path->clause);
		html_raw(page->html, "</small>");
	}
	html_raw(page->html, "</td><td>");
	html_text(page->html, path->reason);
	if (path->exception && path->exception[0]) {
		html_raw(page->html, "<br>");
		page_badge(page, REPORT_CONFIRM, path->exception);
	}
	if (path->timed)
		html_print(page->html, "<br><small>%s</small>",
			path->open ? _("only at times; open now") : _("only at times; closed now"));
	html_raw(page->html, "</td><td>");
	html_text(page->html, report_word(WORDS_METHOD, path->method));
	html_raw(page->html, "<br><small>");
	html_text(page->html, report_word(WORDS_DATA, path->data));
	html_raw(page->html, "</small></td>");
	if (path->hits_known)
		page_cell_number(page, path->hits);
	else
		page_cell(page, _("not known"));
	page_row_end(page);
}

void page_paths(const struct page *page)
{
	const struct report_matrix *matrix = &page->report->matrix;

	if (!page_source(page, &matrix->source))
		return;
	if (matrix->path_count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	page_table_begin(
		page, &(struct page_table){ _("Everything that is permitted"), NULL,
			      { _("Path"), _("From"), _("To"), _("Service"), _("Class"),
				      _("Reason"), _("Sanitizing, data"), _("#Connections") } });
	for (size_t i = 0; i < matrix->path_count; i++)
		put_path(page, &matrix->paths[i]);
	page_table_end(page);
}
