/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changeview.h"

#include <string.h>

#include "../lib/changepackets.h"
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
	[CHANGE_PACKETS] = N_("packets"),
	[CHANGE_RECORDS] = N_("records of packets"),
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

static void print_key(const char *key, bool color, FILE *out)
{
	fputs("    ", out);
	table_put(out, color, TABLE_FAINT, key);
	for (size_t cells = width_of_text(key); cells < KEY_CELLS; cells++)
		putc(' ', out);
	putc(' ', out);
}

static void print_field(
	enum change_action action, const struct change_field *field, bool color, FILE *out)
{
	print_key(field->key, color, out);
	print_values(action, field, color, out);
	if (action == CHANGE_CHANGED)
		print_effects(field->effects, color, out);
	putc('\n', out);
}

/* What follows for packets is no text of the configuration, and said in the reader's words. */
static bool is_of_packets(const struct change_item *item)
{
	return item->what == CHANGE_PACKETS || item->what == CHANGE_RECORDS;
}

static const char *packets_key(const char *key)
{
	static const struct {
		const char *end, *text;
	} keys[] = {
		{ "-example", N_("for example") },
		{ "ipv4", N_("IPv4, new connections") },
		{ "ipv6", N_("IPv6, new connections") },
		{ "ipv4-known", N_("IPv4, known ones") },
		{ "ipv6-known", N_("IPv6, known ones") },
		{ "ipv4-stray", N_("IPv4, of none") },
		{ "ipv6-stray", N_("IPv6, of none") },
		{ "why", N_("why") },
		{ "count", N_("pairs of zones") },
	};
	size_t length = strlen(key);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t end = strlen(keys[i].end);
		bool whole = keys[i].end[0] != '-';

		if (length >= end && (!whole || length == end) &&
			strcmp(key + length - end, keys[i].end) == 0)
			return _(keys[i].text);
	}
	return key;
}

/* The name of an item that is of no two places. */
static const char *packets_word(const char *name)
{
	return strcmp(name, CHANGEPACKETS_UNDECIDED) == 0 ? _("not decided") : _("and more");
}

static void print_packets(const struct change_field *field, bool color, FILE *out)
{
	const char *value = field->after[0] != '\0' ? field->after : field->before;
	bool is_why = strcmp(field->key, "why") == 0;

	print_key(packets_key(field->key), color, out);
	print_value(is_why ? _(value) : value, color, out);
	putc('\n', out);
}

/* A setting is one key, and called by it. */
static void print_item(const struct change_item *item, bool color, FILE *out)
{
	bool is_word = is_of_packets(item) && item->action == CHANGE_CHANGED;

	fprintf(out, "%s %s ", marks[item->action], changeview_what(item->what));
	table_put(out, color, TABLE_STRONG, is_word ? packets_word(item->name) : item->name);
	if (item->what == CHANGE_SETTING && item->field_count == 1) {
		fputs(": ", out);
		print_values(item->action, &item->fields[0], color, out);
	}
	print_effects(item->effects, color, out);
	putc('\n', out);
	if (item->what == CHANGE_SETTING)
		return;
	for (size_t i = 0; i < item->field_count; i++) {
		if (is_of_packets(item))
			print_packets(&item->fields[i], color, out);
		else
			print_field(item->action, &item->fields[i], color, out);
	}
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
