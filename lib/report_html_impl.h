/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sections of the HTML are made of. Texts are escaped; markup is the functions' own. */
#ifndef HEDATE_REPORT_HTML_IMPL_H
#define HEDATE_REPORT_HTML_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "html.h"
#include "report.h"
#include "report_words.h"

struct page {
	struct html *html;
	const struct report *report;
	bool japanese; /* dates also by the Japanese era */
};

/* ---- report_html_parts.c ---- */

/* Where a section comes from; a notice when it was not read, or not all of it. Is there anything to
 * be shown? */
bool page_source(const struct page *page, const struct report_source *source);

void page_paragraph(const struct page *page, const char *text);
void page_note(const struct page *page, const char *text);
void page_heading(const struct page *page, const char *text); /* of a part of a section */

/* A sign and a word. */
void page_result(const struct page *page, enum report_result result);
void page_badge(const struct page *page, enum report_result result, const char *word);
/* A moment, in local time; a day only; "–" for 0. */
void page_time(const struct page *page, int64_t time);
void page_day(const struct page *page, int64_t time);
/* The label of a zone, or of another place of the matrix, by its name; the name when it has none.
 */
const char *page_place(const struct page *page, const char *name);
/* "E3": where the evidence stands. Nothing for 0. */
void page_evidence(const struct page *page, unsigned int number);

/* Figures with their names. */
void page_facts_begin(const struct page *page);
void page_fact(const struct page *page, const char *name, const char *value);
void page_fact_number(const struct page *page, const char *name, uint64_t value);
void page_fact_time(const struct page *page, const char *name, int64_t time);
void page_facts_end(const struct page *page);

/* A column of numbers has a heading that begins with "#". */
struct page_table {
	const char *caption;
	const char *class; /* or NULL */
	const char *heads[10];
};
void page_table_begin(const struct page *page, const struct page_table *table);
void page_table_end(const struct page *page);
/* The first cell of a row names it. */
void page_row(const struct page *page, const char *name);
void page_name(const struct page *page, const char *name); /* "–" where nothing can be seen */
void page_row_time(const struct page *page, int64_t time);
void page_row_end(const struct page *page);
void page_cell(const struct page *page, const char *text);
void page_cell_code(const struct page *page, const char *text);
void page_cell_number(const struct page *page, uint64_t number);
void page_cell_time(const struct page *page, int64_t time);
void page_cell_result(const struct page *page, enum report_result result);

/* ---- the sections ---- */

void page_site(const struct page *page);
void page_matrix(const struct page *page);
void page_paths(const struct page *page);
void page_conformity(const struct page *page);
void page_flows(const struct page *page);
void page_equation(const struct page *page);
void page_changes(const struct page *page);
void page_exceptions(const struct page *page);
void page_drift(const struct page *page);
void page_bypass(const struct page *page);
void page_unused(const struct page *page);
void page_listeners(const struct page *page);
void page_clock(const struct page *page);
void page_log(const struct page *page);
void page_checkpoint(const struct page *page);
void page_events(const struct page *page);
void page_outside(const struct page *page);
void page_difference(const struct page *page);
void page_evidence_list(const struct page *page);
void page_signatures(const struct page *page);

#endif
