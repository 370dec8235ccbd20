/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of what is in force: who, who approved it, what it meant. That they happened is told by
 * the log; what became of them, and the bytes of which the meaning is found out, by the store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/change.h"
#include "../lib/changepackets.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "changeview.h"
#include "readopts.h"
#include "reportevents.h"
#include "storeread.h"

#define LINES_MAX 200 /* of one change */

static bool is(const struct report_change *change, const char *action)
{
	return strcmp(change->action, action) == 0;
}

/* ---- by the log ---- */

/* A start puts in force what was in force before: that is no change. */
static bool is_start(const struct reportevent *event)
{
	return strcmp(logfields_get(event->fields, "hedate.how"), "start") == 0 &&
	       (logfields_number(event->fields, "hedate.change") == 0 ||
		       strcmp(logfields_get(event->fields, "hedate.revision_before"),
			       logfields_get(event->fields, "hedate.revision_after")) == 0);
}

static void confirm(struct report *report, uint64_t number, const char *outcome)
{
	struct report_changes *changes = &report->changes;

	for (size_t i = changes->count; number > 0 && i-- > 0;)
		if (changes->items[i].number == number && is(&changes->items[i], "apply")) {
			changes->items[i].outcome = outcome;
			return;
		}
}

static const char *outcome_of(const struct reportevent *event)
{
	if (strcmp(event->action, "propose-expired") == 0)
		return "";
	if (strcmp(event->action, "apply") != 0)
		return strcmp(event->action, "apply-refused") == 0 ||
				       strcmp(event->action, "refuse") == 0 ||
				       strcmp(event->outcome, "failure") == 0
			       ? "refused"
			       : "success";
	return logfields_number(event->fields, "hedate.seconds") > 0 ? "waiting" : "confirmed";
}

/* The first of these members that it has. */
static const char *first_of(struct report *report, const struct reportevent *event,
	const char *const *keys, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count && text[0] == '\0'; i++)
		text = reportevent_text(report, event, keys[i]);
	return text;
}

static void add_change(struct report *report, const struct reportevent *event)
{
	static const char *const who[] = { "proposer", "user", "uid" };
	static const char *const by[] = { "user", "uid" };
	bool apply =
		strcmp(event->action, "apply") == 0 || strcmp(event->action, "apply-refused") == 0;
	struct report_change *item =
		report_add(report, &report->changes.items, &report->changes.count, sizeof(*item));

	if (!item)
		return;
	item->number = logfields_number(event->fields, "hedate.change");
	item->time = event->time;
	item->action = report_keep(report, event->action);
	item->who = apply ? first_of(report, event, by, 2) : first_of(report, event, who, 3);
	item->approver = reportevent_text(report, event, "approver");
	if (strcmp(event->action, "refuse") == 0)
		item->approver = first_of(report, event, by, 2);
	item->ticket = reportevent_text(report, event, "ticket");
	item->reason = reportevent_text(report, event, "reason");
	item->outcome = outcome_of(event);
	item->revision_before = reportevent_text(report, event, "revision_before");
	item->revision_after = reportevent_text(report, event, "revision_after");
}

void reportchange_take(struct report *report, const struct reportevent *event)
{
	uint64_t number = logfields_number(event->fields, "hedate.change");

	if (strcmp(event->action, "apply") == 0 && is_start(event))
		return;
	if (strcmp(event->action, "confirm") == 0) {
		confirm(report, number, "confirmed");
		return;
	}
	if (strncmp(event->action, "rollback", 8) == 0)
		confirm(report, number, "rolled_back");
	add_change(report, event);
}

/* ---- what it meant ---- */

static enum report_effect effect_of(unsigned int effects)
{
	if (effects & (CHANGE_OPENS | CHANGE_WEAKENS))
		return REPORT_OPENS;
	return effects & CHANGE_CLOSES ? REPORT_CLOSES : REPORT_NEUTRAL;
}

static bool add_line(
	struct report *report, struct report_change *item, unsigned int effects, const char *text)
{
	struct report_effect_line *line =
		report_add(report, &item->lines, &item->line_count, sizeof(*line));

	if (!line)
		return false;
	line->effect = effect_of(effects);
	line->text = text;
	return true;
}

static const char *const actions[CHANGE_ACTIONS] = {
	[CHANGE_ADDED] = N_("added"),
	[CHANGE_REMOVED] = N_("removed"),
	[CHANGE_CHANGED] = N_("changed"),
};

/* Of what comes or goes: what tells of it what passes. */
static bool is_told(const struct change_item *part, const struct change_field *field)
{
	static const char *const keys[] = { "from", "to", "service" };

	if (part->what == CHANGE_PACKETS || part->what == CHANGE_RECORDS)
		return !strstr(field->key, "-example");
	for (size_t i = 0; part->what == CHANGE_PATH && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(field->key, keys[i]) == 0)
			return true;
	return false;
}

/* "path F17 added: from lgwan.terminals, to vdi, service https (tcp 443)". */
static const char *whole_text(struct report *report, const struct change_item *part)
{
	const char *text = report_print(report, "%s %s: %s", changeview_what(part->what),
		part->name, _(actions[part->action]));
	size_t told = 0;

	for (size_t i = 0; i < part->field_count; i++) {
		const struct change_field *field = &part->fields[i];

		if (is_told(part, field))
			text = report_print(report, "%s%s%s %s", text, told++ > 0 ? "; " : ": ",
				field->key,
				part->action == CHANGE_REMOVED ? field->before : field->after);
	}
	return text;
}

/* A setting is one key, and called by it. */
static const char *field_text(
	struct report *report, const struct change_item *part, const struct change_field *field)
{
	bool named = part->what == CHANGE_SETTING;

	return report_print(report, "%s %s: %s%s%s → %s", changeview_what(part->what), part->name,
		named ? "" : field->key, named ? "" : ": ",
		field->before[0] != '\0' ? field->before : "–",
		field->after[0] != '\0' ? field->after : "–");
}

static void add_item_lines(
	struct report *report, struct report_change *item, const struct change_item *part)
{
	if (part->what == CHANGE_PACKETS && strcmp(part->name, CHANGEPACKETS_UNDECIDED) == 0) {
		(void)add_line(report, item, part->effects,
			_("what it means for packets could not be decided in the time there is"));
		return;
	}
	if (part->action != CHANGE_CHANGED) {
		(void)add_line(report, item, part->effects, whole_text(report, part));
		return;
	}
	for (size_t i = 0; i < part->field_count; i++)
		if (!add_line(report, item, part->fields[i].effects,
			    field_text(report, part, &part->fields[i])))
			return;
}

static void add_lines(
	struct report *report, struct report_change *item, const struct change *change)
{
	struct change_counts counts = change_count(change);

	item->added = counts.added;
	item->removed = counts.removed;
	item->changed = counts.changed;
	for (size_t i = 0; i < change->count && item->line_count < LINES_MAX; i++)
		add_item_lines(report, item, &change->items[i]);
}

/* ---- by the store ---- */

struct reading {
	struct report *report;
	const struct reportfacts *facts;
	struct store *store;
	uint64_t *numbers; /* owned; of all in the store */
	size_t count;
};

/* What it was is read as it would be today; NULL when it cannot be. */
static struct policy *policy_of(const struct reading *reading, uint64_t number)
{
	struct readopts readopts;
	const struct conf_options *options = readopts_now(&readopts, reading->facts->cli->profiles);
	struct store_entry entry;
	struct diag_list *diags = NULL;
	struct policy *policy = NULL;
	char *bytes = NULL;
	size_t length;

	if (number == 0 || store_get(reading->store, number, &entry, &bytes, &length) < 0)
		return NULL;
	if (diag_list_new(&diags) == 0 &&
		conf_read_bytes(bytes, length, entry.revision, options, diags, &policy) < 0)
		policy = NULL;
	diag_list_free(diags);
	free(bytes);
	return policy;
}

/* The newest before a number that had this revision. */
static uint64_t number_before(const struct reading *reading, uint64_t number, const char *revision)
{
	struct store_entry entry;

	for (size_t i = reading->count; i-- > 0;)
		if (reading->numbers[i] < number &&
			store_entry(reading->store, reading->numbers[i], &entry) == 0 &&
			strcmp(entry.revision, revision) == 0)
			return reading->numbers[i];
	return 0;
}

static void find_meaning(const struct reading *reading, struct report_change *item)
{
	struct policy *after = policy_of(reading, item->number);
	struct policy *before =
		policy_of(reading, number_before(reading, item->number, item->revision_before));
	struct change *change = NULL;

	/* Of the first one, all is new: that says nothing. */
	if (before && after &&
		(change_find(before, after, &change) < 0 ||
			changepackets_add(before, after, CHANGEPACKETS_BRIEFLY, change) < 0))
		reading->report->failed = true;
	if (change)
		add_lines(reading->report, item, change);
	change_free(change);
	policy_free(before);
	policy_free(after);
}

static void settle(const struct reading *reading, struct report_change *item)
{
	static const char *const outcomes[STORE_STATES] = {
		[STORE_PENDING] = "waiting",
		[STORE_CONFIRMED] = "confirmed",
		[STORE_ROLLED_BACK] = "rolled_back",
		[STORE_REFUSED] = "refused",
	};
	struct store_entry entry;

	if (item->number == 0 || (!is(item, "apply") && !is(item, "apply-refused")) ||
		store_entry(reading->store, item->number, &entry) < 0)
		return;
	item->outcome = outcomes[entry.state];
	item->added = entry.added;
	item->removed = entry.removed;
	item->changed = entry.changed;
	if (item->approver[0] == '\0')
		item->approver = report_keep(reading->report, entry.approver);
	find_meaning(reading, item);
}

static void ask_store(struct report *report, const struct reportfacts *facts)
{
	struct reading reading = { .report = report, .facts = facts };
	int r = storeread_open(facts->own, &reading.store);

	if (r == 0)
		r = store_list(reading.store, &reading.numbers, &reading.count);
	for (size_t i = 0; r == 0 && i < report->changes.count; i++)
		settle(&reading, &report->changes.items[i]);
	if (r < 0)
		report_partly(report, &report->changes.source,
			report_print(report,
				_("the configurations kept beside %s cannot be read: %s"),
				facts->own, errtext(r)));
	free(reading.numbers);
	store_close(reading.store);
}

void reportchange_finish(struct report *report, const struct reportfacts *facts)
{
	struct report_changes *changes = &report->changes;

	if (facts->own && changes->count > 0)
		ask_store(report, facts);
	for (size_t i = 0; i < changes->count; i++) {
		const struct report_change *item = &changes->items[i];

		changes->alone += is(item, "apply") && strcmp(item->outcome, "refused") != 0 &&
				  item->approver[0] == '\0';
	}
}
