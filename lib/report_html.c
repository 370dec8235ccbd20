/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_html.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "report_css.h"
#include "report_html_impl.h"

#define TEXT_MAX 256

/* In the order of the report; named also in report_point.section. */
static const struct section {
	const char *id; /* and its heading: WORDS_SECTION */
	void (*write)(const struct page *page);
} sections[] = {
	{ "matrix", page_matrix },
	{ "paths", page_paths },
	{ "conformity", page_conformity },
	{ "flows", page_flows },
	{ "equation", page_equation },
	{ "changes", page_changes },
	{ "exceptions", page_exceptions },
	{ "drift", page_drift },
	{ "bypass", page_bypass },
	{ "unused", page_unused },
	{ "listeners", page_listeners },
	{ "clock", page_clock },
	{ "log", page_log },
	{ "checkpoint", page_checkpoint },
	{ "events", page_events },
	{ "outside", page_outside },
	{ "difference", page_difference },
	{ "site", page_site },
	{ "evidence", page_evidence_list },
	{ "signatures", page_signatures },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static const char *site_label(const struct report *report)
{
	return report->site.label && report->site.label[0] ? report->site.label : report->site.name;
}

/* The style sheet and what permits it alone. */
static void put_style(const struct page *page)
{
	struct html style;
	unsigned char digest[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(
		crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	html_init(&style);
	report_css_write(&style, page->report);
	crypto_hash_sha256(digest, (const unsigned char *)style.text, style.length);
	sodium_bin2base64(
		text, sizeof(text), digest, sizeof(digest), sodium_base64_VARIANT_ORIGINAL);
	html_print(page->html,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		text);
	html_raw(page->html, "<style>");
	if (style.failed)
		page->html->failed = true;
	else
		html_raw(page->html, style.text);
	html_raw(page->html, "</style>\n");
	html_clear(&style);
}

static void put_head(const struct page *page)
{
	const char *language = page->japanese ? "ja" : "en";

	html_print(page->html,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		language);
	html_raw(page->html, "<meta name=\"viewport\" content=\"width=device-width, "
			     "initial-scale=1\">\n<title>");
	html_text(page->html, _("Audit report of the boundary gateway"));
	html_raw(page->html, " ");
	html_text(page->html, site_label(page->report));
	html_raw(page->html, "</title>\n");
	put_style(page);
	html_raw(page->html, "</head>\n<body>\n");
}

static void put_about(const struct page *page, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	html_raw(page->html, "<dt>");
	html_text(page->html, name);
	html_raw(page->html, "</dt><dd>");
	html_text(page->html, value);
	html_raw(page->html, "</dd>\n");
}

static void put_times(const struct page *page)
{
	const struct report_head *head = &page->report->head;

	html_raw(page->html, "<dt>");
	html_text(page->html, _("Period"));
	html_raw(page->html, "</dt><dd>");
	page_time(page, head->since);
	html_raw(page->html, " – ");
	page_time(page, head->until);
	html_raw(page->html, "</dd>\n<dt>");
	html_text(page->html, _("Made"));
	html_raw(page->html, "</dt><dd>");
	page_time(page, head->made);
	html_raw(page->html, " ");
	html_text(page->html, head->machine);
	html_raw(page->html, " hedate ");
	html_text(page->html, head->program);
	html_raw(page->html, "</dd>\n");
}

static const char *verdict(enum report_result result)
{
	switch (result) {
	case REPORT_CONFORMS:
		return _("The zones are separate as the policy says, and nothing is amiss");
	case REPORT_FAILS:
		return _("Something is not as it has to be");
	case REPORT_NOT_APPLICABLE:
	case REPORT_CONFIRM:
		break;
	}
	return _("Nothing was found amiss, but a person has to confirm some of it");
}

/* How many points there are of each result. */
static void put_counts(const struct page *page)
{
	size_t fails = 0, confirm = 0;
	char text[TEXT_MAX];

	for (size_t i = 0; i < page->report->point_count; i++) {
		fails += page->report->points[i].result == REPORT_FAILS;
		confirm += page->report->points[i].result == REPORT_CONFIRM;
	}
	if (fails + confirm == 0)
		return;
	snprintf(text, sizeof(text), _("Not conforming: %zu. To be confirmed: %zu."), fails,
		confirm);
	html_text(page->html, text);
	html_raw(page->html, "<br>");
}

/* What has to be known first: the verdict, then what weighs most. */
static void put_verdict(const struct page *page)
{
	static const char *const classes[REPORT_RESULTS] = { [REPORT_CONFIRM] = "ask",
		[REPORT_CONFORMS] = "ok",
		[REPORT_FAILS] = "bad",
		[REPORT_NOT_APPLICABLE] = "ask" };
	static const char *const signs[REPORT_RESULTS] = { [REPORT_CONFIRM] = "▲",
		[REPORT_CONFORMS] = "✔",
		[REPORT_FAILS] = "✖",
		[REPORT_NOT_APPLICABLE] = "▲" };
	const struct report *report = page->report;

	html_print(page->html, "<p class=\"verdict %s\">%s ", classes[report->result],
		signs[report->result]);
	html_text(page->html, verdict(report->result));
	html_raw(page->html, "<small>");
	put_counts(page);
	html_text(page->html, _("Separation of the zones"));
	html_raw(page->html, ": ");
	html_text(page->html, report->matrix.source.state == REPORT_UNREAD
				      ? _("What can pass between the zones was not decided.")
				      : report_word(WORDS_PROOF, report->matrix.result));
	html_raw(page->html, "</small></p>\n");
}

static bool is_section(const char *id)
{
	for (size_t i = 0; id && i < SECTIONS; i++)
		if (strcmp(sections[i].id, id) == 0)
			return true;
	return false;
}

static void put_points(const struct page *page)
{
	if (page->report->point_count == 0)
		return;
	html_raw(page->html, "<ul class=\"points\">\n");
	for (size_t i = 0; i < page->report->point_count; i++) {
		const struct report_point *point = &page->report->points[i];

		html_raw(page->html, "<li>");
		page_result(page, point->result);
		html_raw(page->html, " <span>");
		html_text(page->html, point->text);
		if (is_section(point->section)) {
			html_print(page->html, " <a href=\"#%s\">→ ", point->section);
			html_text(page->html, report_word(WORDS_SECTION, point->section));
			html_raw(page->html, "</a>");
		}
		html_raw(page->html, "</span></li>\n");
	}
	html_raw(page->html, "</ul>\n");
}

static void put_figure(const struct page *page, const struct report_source *source,
	const char *name, uint64_t value)
{
	if (source->state == REPORT_UNREAD)
		page_fact(page, name, _("not read"));
	else
		page_fact_number(page, name, value);
}

static void put_figures(const struct page *page)
{
	const struct report *report = page->report;

	page_facts_begin(page);
	put_figure(page, &report->flows.source, _("Blocked flows"), report->flows.records);
	put_figure(page, &report->flows.source, _("Blocked packets"), report->flows.packets);
	put_figure(page, &report->equation.source, _("Packets without a record"),
		report->equation.lost);
	put_figure(page, &report->matrix.source, _("Permitted paths"), report->matrix.path_count);
	put_figure(page, &report->changes.source, _("Changes"), report->changes.count);
	put_figure(page, &report->exceptions.source, _("Exceptions in force"),
		report->exceptions.in_force);
	put_figure(page, &report->drift.source, _("Changes by others"), report->drift.found);
	put_figure(page, &report->flows.source, _("Scans"), report->flows.scan_total);
	page_facts_end(page);
}

static void put_cover(const struct page *page)
{
	const struct report_site *site = &page->report->site;

	html_raw(page->html, "<header class=\"cover\">\n<p class=\"site\">");
	html_text(page->html, site_label(page->report));
	html_raw(page->html, "</p>\n<h1>");
	html_text(page->html, _("Audit report of the boundary gateway"));
	html_raw(page->html, "</h1>\n<dl class=\"about\">\n");
	put_times(page);
	put_about(page, _("Security policy"),
		site->profile.title && site->profile.title[0] ? site->profile.title
							      : site->profile.name);
	put_about(page, _("Model of separation"),
		site->model.title && site->model.title[0] ? site->model.title : site->model.name);
	html_raw(page->html, "</dl>\n");
	put_verdict(page);
	put_points(page);
	put_figures(page);
	html_raw(page->html, "</header>\n");
}

static void put_contents(const struct page *page)
{
	html_raw(page->html, "<nav class=\"toc\" aria-labelledby=\"toc\"><h2 id=\"toc\">");
	html_text(page->html, _("Contents"));
	html_raw(page->html, "</h2>\n<ol>\n");
	for (size_t i = 0; i < SECTIONS; i++) {
		html_print(page->html, "<li><a href=\"#%s\">", sections[i].id);
		html_text(page->html, report_word(WORDS_SECTION, sections[i].id));
		html_raw(page->html, "</a></li>\n");
	}
	html_raw(page->html, "</ol></nav>\n");
}

static void put_section(const struct page *page, size_t index)
{
	html_print(page->html, "<section id=\"%s\">\n<h2>%zu. ", sections[index].id, index + 1);
	html_text(page->html, report_word(WORDS_SECTION, sections[index].id));
	html_raw(page->html, "</h2>\n");
	sections[index].write(page);
	html_raw(page->html, "</section>\n");
}

void report_html(const struct report *report, struct html *html)
{
	const struct page page = { .html = html,
		.report = report,
		.japanese = report->head.language && strcmp(report->head.language, "ja") == 0 };

	put_head(&page);
	put_cover(&page);
	html_raw(html, "<main>\n");
	put_contents(&page);
	for (size_t i = 0; i < SECTIONS; i++)
		put_section(&page, i);
	html_raw(html, "</main>\n<footer><p>");
	html_text(html,
		_("This file needs nothing else to be read: no script, no network. The same report "
		  "as JSON has the same content."));
	html_raw(html, "</p></footer>\n</body>\n</html>\n");
}
