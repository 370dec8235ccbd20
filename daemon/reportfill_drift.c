/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of the kernel's rules by others, and what became of them; the clock. */
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "../lib/report_words.h"
#include "reportevents.h"

#define ITEMS_MAX 200 /* the last ones */

/* ---- drift ---- */

static bool is(const struct reportevent *event, const char *action)
{
	return strcmp(event->action, action) == 0;
}

/* "4711 nft, taro, /usr/sbin/nft": as far as the kernel told. */
static const char *who(struct report *report, const struct reportevent *event)
{
	static const char *const keys[] = { "by.pid", "by.name", "by.login_uid", "by.program" };
	const char *text = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *part = reportevent_text(report, event, keys[i]);

		if (part[0] != '\0' && keys[i][3] == 'l')
			text = report_print(report, "%s, login uid %s", text, part);
		else if (part[0] != '\0')
			text = report_print(
				report, "%s%s%s", text, text[0] != '\0' ? ", " : "", part);
	}
	return text;
}

static const char *what(struct report *report, const struct reportevent *event)
{
	const char *what = reportevent_text(report, event, "what");

	if (what[0] != '\0')
		return what;
	if (is(event, "drift-repaired"))
		return report_print(
			report, "%s ms", logfields_get(event->fields, "hedate.repair_ms"));
	return reportevent_text(report, event, "error");
}

/* What somebody changed, as against what was done about it. */
static bool is_change(const struct report_drift_item *item)
{
	return strcmp(item->action, "drift") == 0 || strcmp(item->action, "drift-storm") == 0 ||
	       strcmp(item->action, "table-missing") == 0;
}

/* All that was changed and not mended yet is mended by the last item. That a repair failed stays
 * so. */
static void mend(struct report_drift *drift)
{
	struct report_drift_item *items = drift->items;
	size_t last = drift->count - 1;

	for (size_t i = last; i-- > 0 && (!items[i].repaired || is_change(&items[i]));)
		items[i].repaired |= is_change(&items[i]);
	items[last].repaired = true;
	drift->open = 0;
}

/* The oldest one gives way. */
static struct report_drift_item *new_item(struct report *report)
{
	struct report_drift *drift = &report->drift;

	if (drift->count < ITEMS_MAX)
		return report_add(
			report, &drift->items, &drift->count, sizeof(struct report_drift_item));
	memmove(drift->items, drift->items + 1, (drift->count - 1) * sizeof(*drift->items));
	drift->items[drift->count - 1] = (struct report_drift_item){ 0 };
	return &drift->items[drift->count - 1];
}

void reportdrift_take(struct report *report, const struct reportevent *event)
{
	struct report_drift *drift = &report->drift;
	bool mended = is(event, "drift-repaired") || is(event, "drift-end") ||
		      is(event, "table-renewed") || is(event, "isolation-restored");
	struct report_drift_item *item;

	if (is(event, "drift") || is(event, "table-missing")) {
		drift->found++;
		drift->open = 1;
	}
	if (is(event, "drift-repaired") || is(event, "table-renewed"))
		drift->repaired++;
	if (is(event, "drift-end"))
		drift->repaired += logfields_number(event->fields, "hedate.repairs");
	item = new_item(report);
	if (!item)
		return;
	item->time = event->time;
	item->sequence = event->sequence;
	item->action = report_keep(report, event->action);
	item->what = what(report, event);
	item->who = who(report, event);
	if (mended)
		mend(drift);
}

void reportdrift_finish(struct report *report, const struct reportfacts *facts)
{
	(void)report, (void)facts;
}

/* ---- the clock ---- */

void reportclock_take(struct report *report, const struct reportevent *event)
{
	struct report_clock *clock = &report->clock;

	clock->lost += is(event, "clock-lost");
	clock->jumps += is(event, "clock-stepped");
	if (is(event, "clock-stepped"))
		return;
	clock->synchronised = is(event, "clock-synchronised");
	clock->detail = report_word(WORDS_ACTION, event->action);
}

/* Of this host, what the kernel says now; of another one, what its log said last. */
void reportclock_finish(struct report *report, const struct reportfacts *facts)
{
	struct timex timex = { .modes = 0 };
	int state;

	if (!facts->live) {
		if (!report->clock.detail)
			report_partly(report, &report->clock.source,
				_("the log of this time does not say whether the clock was "
				  "synchronised"));
		return;
	}
	state = adjtimex(&timex);
	report->clock.synchronised = state >= 0 && state != TIME_ERROR;
	report->clock.detail =
		report_print(report, _("status 0x%x, estimated error %ld us, at most %ld us"),
			(unsigned int)timex.status, timex.esterror, timex.maxerror);
	if (state < 0)
		report_partly(report, &report->clock.source,
			_("the kernel does not say whether its clock is synchronised"));
}
