/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else is on the gateway: ways around the rules, programs that listen, paths nobody uses, the
 * clock. */
#include <string.h>

#include "i18n.h"
#include "report_html_impl.h"

static enum report_result bypass_result(const struct report_bypass_item *item)
{
	if (strcmp(item->state, "ok") == 0 || item->harmless)
		return REPORT_CONFORMS;
	return strcmp(item->state, "present") == 0 ? REPORT_FAILS : REPORT_CONFIRM;
}

static bool same_kind(const struct report_bypass_item *a, const struct report_bypass_item *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->state, b->state) == 0 &&
	       a->harmless == b->harmless;
}

/* All that was found of a kind, in one row. How many items that were. */
static size_t put_kind(const struct page *page, const struct report_bypass *bypass, size_t first)
{
	const struct report_bypass_item *item = &bypass->items[first];
	bool harmless = item->harmless && strcmp(item->state, "present") == 0;
	size_t count = 0;

	page_row(page, item->name);
	html_raw(page->html, "<td>");
	page_badge(page, bypass_result(item),
		report_word(WORDS_BYPASS, harmless ? "harmless" : item->state));
	html_raw(page->html, "</td>");
	page_cell(page, item->sentence);
	html_raw(page->html, "<td class=\"m\">");
	for (; first + count < bypass->count && same_kind(item, &bypass->items[first + count]);
		count++) {
		html_raw(page->html, count ? "<br>" : "");
		html_text(page->html, bypass->items[first + count].what);
	}
	html_raw(page->html, "</td>");
	page_row_end(page);
	return count;
}

void page_bypass(const struct page *page)
{
	const struct report_bypass *bypass = &page->report->bypass;

	page_note(page, _("What could let packets by the rules, or change them before: each kind "
			  "was looked "
			  "for."));
	if (!page_source(page, &bypass->source))
		return;
	if (bypass->count > 0) {
		page_table_begin(
			page, &(struct page_table){ _("Ways around the rules"), NULL,
				      { _("Kind"), _("Result"), _("What it does"), _("Found") } });
		for (size_t i = 0; i < bypass->count;)
			i += put_kind(page, bypass, i);
		page_table_end(page);
	}
	if (bypass->left_out > 0)
		page_note(page, _("Not all of them are shown."));
}

void page_unused(const struct page *page)
{
	const struct report_unused *unused = &page->report->unused;

	if (!page_source(page, &unused->source))
		return;
	page_facts_begin(page);
	page_fact_number(page, _("Days without a packet"), unused->days);
	page_fact_time(page, _("Hits are known since"), unused->known_since);
	page_fact_number(page, _("Paths"), unused->count);
	page_facts_end(page);
	if (unused->count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	html_raw(page->html, "<ul class=\"names\">\n");
	for (size_t i = 0; i < unused->count; i++) {
		html_raw(page->html, "<li>");
		html_text(page->html, unused->paths[i]);
		html_raw(page->html, "</li>\n");
	}
	html_raw(page->html, "</ul>\n");
}

void page_listeners(const struct page *page)
{
	const struct report_listeners *listeners = &page->report->listeners;

	if (!page_source(page, &listeners->source))
		return;
	if (listeners->count == 0) {
		page_paragraph(page, _("There is none."));
		return;
	}
	if (!listeners->programs_read)
		page_note(page, _("Not all of the programs could be read: those of others can be "
				  "seen by root only, with CAP_SYS_PTRACE."));
	page_table_begin(page,
		&(struct page_table){ _("Programs of the gateway that listen"), NULL,
			{ _("Address"), _("#Port"), _("Protocol"), _("Program"), _("Declared") } });
	for (size_t i = 0; i < listeners->count; i++) {
		const struct report_listener *listener = &listeners->items[i];

		page_row(page, listener->address);
		html_print(page->html, "<td class=\"n\">%u</td>", listener->port);
		page_cell(page, listener->protocol);
		page_cell(
			page, listener->program && listener->program[0] ? listener->program : "–");
		html_raw(page->html, "<td>");
		page_badge(page, listener->declared ? REPORT_CONFORMS : REPORT_NOT_APPLICABLE,
			listener->declared ? _("yes") : _("no: what comes to it is blocked"));
		html_raw(page->html, "</td>");
		page_row_end(page);
	}
	page_table_end(page);
}

void page_clock(const struct page *page)
{
	const struct report_clock *clock = &page->report->clock;

	if (!page_source(page, &clock->source))
		return;
	html_raw(page->html, "<p>");
	page_badge(page, clock->synchronised ? REPORT_CONFORMS : REPORT_CONFIRM,
		clock->synchronised ? _("synchronised") : _("not synchronised"));
	html_raw(page->html, " ");
	html_text(page->html, clock->detail);
	html_raw(page->html, "</p>\n");
	page_facts_begin(page);
	page_fact_number(page, _("Times that it was lost"), clock->lost);
	page_fact_number(page, _("Times that it was set"), clock->jumps);
	page_facts_end(page);
}
