/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changeview.h"

#include "../lib/i18n.h"
#include "../lib/width.h"
#include "table.h"

#define KEY_CELLS 22 /* keys that are longer only push their values */

static const char *const marks[CHANGE_ACTIONS] = {
	[CHANGE_ADDED] = "+",
	[CHANGE_REMOVED] = "-",
	[CHANGE_CHANGED] = "~",
};

static const char *const whats[CHANGE_WHATS] = {
	[CHANGE_SETTING] = N_("setting"),
	[CHANGE_ZONE] = N_("zone"),
	[CHANGE_SEGMENT] = N_("segment"),
	[CHANGE_HOST] = N_("host"),
	[CHANGE_NETWORK] = N_("network"),
	[CHANGE_SERVICE] = N_("service"),
	[CHANGE_BREAKOUT] = N_("cloud"),
	[CHANGE_PATH] = N_("path"),
	[CHANGE_OBSERVE] = N_("observed pair"),
	[CHANGE_ASSERTION] = N_("assertion"),
	[CHANGE_ALERT] = N_("alert"),
	[CHANGE_PACKETS] = N_("new connections"),
};

const char *changeview_what(enum change_what what)
{
	return _(whats[what]);
}

static const struct {
	enum change_effect effect;
	enum table_style style;
	const char *text;
} effects[CHANGE_EFFECTS] = {
	{ CHANGE_OPENS, TABLE_BAD, N_("opens") },
	{ CHANGE_CLOSES, TABLE_WARN, N_("closes") },
	{ CHANGE_WEAKENS, TABLE_BAD, N_("weakens") },
};

static void print_effects(unsigned int bits, bool color, FILE *out)
{
	for (size_t i = 0; i < CHANGE_EFFECTS; i++) {
		if (!(bits & effects[i].effect))
			continue;
		fputs("  ", out);
		table_put(out, color, effects[i].style, _(effects[i].text));
	}
}

static void print_value(const char *value, bool color, FILE *out)
{
	if (value[0] != '\0')
		table_put(out, color, TABLE_PLAIN, value);
	else
		table_put(out, color, TABLE_FAINT, _("(nothing)"));
}

/* What there was, and what comes; of what is new or goes, only that. */
static void print_values(
	enum change_action action, const struct change_field *field, bool color, FILE *out)
{
	if (action != CHANGE_ADDED)
		print_value(field->before, color, out);
	if (action == CHANGE_CHANGED)
		fputs(" → ", out);
	if (action != CHANGE_REMOVED)
		print_value(field->after, color, out);
}

static void print_field(
	enum change_action action, const struct change_field *field, bool color, FILE *out)
{
	fputs("    ", out);
	table_put(out, color, TABLE_FAINT, field->key);
	for (size_t cells = width_of_text(field->key); cells < KEY_CELLS; cells++)
		putc(' ', out);
	putc(' ', out);
	print_values(action, field, color, out);
	if (action == CHANGE_CHANGED)
		print_effects(field->effects, color, out);
	putc('\n', out);
}

/* A setting is one key, and called by it. */
static void print_item(const struct change_item *item, bool color, FILE *out)
{
	fprintf(out, "%s %s ", marks[item->action], changeview_what(item->what));
	table_put(out, color, TABLE_STRONG, item->name);
	if (item->what == CHANGE_SETTING && item->field_count == 1) {
		fputs(": ", out);
		print_values(item->action, &item->fields[0], color, out);
	}
	print_effects(item->effects, color, out);
	putc('\n', out);
	if (item->what == CHANGE_SETTING)
		return;
	for (size_t i = 0; i < item->field_count; i++)
		print_field(item->action, &item->fields[i], color, out);
}

void changeview_print(const struct change *change, bool color, FILE *out)
{
	struct change_counts counts = change_count(change);

	for (size_t i = 0; i < change->count; i++)
		print_item(&change->items[i], color, out);
	if (change->count == 0) {
		fprintf(out, "%s\n", _("nothing changes in what it means"));
		return;
	}
	fprintf(out, _("%zu added, %zu removed, %zu changed"), counts.added, counts.removed,
		counts.changed);
	fprintf(out, _("; opens: %zu, closes: %zu, weakens: %zu\n"), counts.opens, counts.closes,
		counts.weakens);
}
