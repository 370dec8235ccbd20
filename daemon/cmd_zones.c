/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate zones: the zones, their segments and interfaces, and what passes between each pair. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ruleset.h"
#include "pager.h"
#include "table.h"
#include "zoneview.h"

static const struct cmd_usage usage = {
	"zones",
	"",
	N_("Shows the zones, their segments with the state of the interfaces, and for each "
	   "ordered\n"
	   "pair of zones how many paths are permitted, how many packets were blocked, and "
	   "whether\n"
	   "it is only observed: then what no path permits passes, and is recorded."),
	NULL,
	0,
};

#define ZONES_SECONDS 30

static int print(struct table *table)
{
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

/* As nft writes it. */
static const char *period_name(uint64_t seconds)
{
	const char *name = limit_period(seconds);

	return name ? name : "?";
}

static void show_limit(struct table *table, const struct zoneview_zone *zone)
{
	if (zone->limit == 0)
		table_cell(table, TABLE_FAINT, "-");
	else
		table_format(table, TABLE_PLAIN, "%" PRIu64 "/%s burst %" PRIu64, zone->limit,
			period_name(zone->limit_seconds), zone->limit_burst);
}

static int print_zones(const struct cli *cli, const struct zoneview *view)
{
	const struct table_column columns[] = {
		{ _("ZONE"), false, 0 },
		{ _("KIND"), false, 0 },
		{ _("INSIDE"), false, 0 },
		{ _("LIMIT"), false, 0 },
		{ _("LABEL"), false, 0 },
	};
	struct table *table;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < view->zone_count; i++) {
		const struct zoneview_zone *zone = &view->zones[i];

		table_cell(table, TABLE_STRONG, zone->name);
		table_cell(table, TABLE_PLAIN, zone->kind);
		if (zone->open)
			table_cell(table, TABLE_WARN, _("open"));
		else
			table_cell(table, TABLE_PLAIN, _("closed"));
		show_limit(table, zone);
		table_cell(table, TABLE_PLAIN, zone->label);
	}
	return print(table);
}

static void show_interface(struct table *table, const struct zoneview_segment *segment)
{
	if (!segment->present)
		table_cell(table, TABLE_BAD, _("missing"));
	else if (!segment->up)
		table_cell(table, TABLE_WARN, _("down"));
	else
		table_cell(table, TABLE_GOOD, _("up"));
}

static int print_segments(const struct cli *cli, const struct zoneview *view)
{
	const struct table_column columns[] = {
		{ _("SEGMENT"), false, 0 },
		{ _("INTERFACE"), false, 0 },
		{ _("STATE"), false, 0 },
		{ _("NETWORKS"), false, 0 },
	};
	struct table *table;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < view->segment_count; i++) {
		const struct zoneview_segment *segment = &view->segments[i];

		table_format(table, TABLE_STRONG, "%s.%s", segment->zone, segment->name);
		table_cell(table, TABLE_PLAIN, segment->interface);
		show_interface(table, segment);
		table_cell(table, TABLE_PLAIN, segment->networks);
	}
	return print(table);
}

/* The places that stand in pairs, in the order they come, without repetition. */
static size_t collect_places(const struct zoneview *view, const char **places)
{
	size_t count = 0;

	for (size_t i = 0; i < 2 * view->pair_count; i++) {
		const struct zoneview_pair *pair = &view->pairs[i / 2];
		const char *place = i % 2 == 0 ? pair->from : pair->to;
		size_t known = 0;

		while (known < count && strcmp(places[known], place) != 0)
			known++;
		if (known == count)
			places[count++] = place;
	}
	return count;
}

static const struct zoneview_pair *find_pair(
	const struct zoneview *view, const char *from, const char *to)
{
	for (size_t i = 0; i < view->pair_count; i++) {
		if (strcmp(view->pairs[i].from, from) == 0 && strcmp(view->pairs[i].to, to) == 0)
			return &view->pairs[i];
	}
	return NULL;
}

static void show_pair(struct table *table, const struct zoneview_pair *pair)
{
	char paths[TABLE_NUMBER_MAX], blocked[TABLE_NUMBER_MAX], observed[TABLE_NUMBER_MAX];

	if (!pair) {
		table_cell(table, TABLE_FAINT, "-");
		return;
	}
	table_number_text(pair->paths, paths);
	table_number_text(pair->blocked, blocked);
	table_number_text(pair->observed, observed);
	if (pair->only_observed || pair->observed > 0) {
		table_format(table, pair->only_observed ? TABLE_BAD : TABLE_WARN,
			pair->only_observed ? "%s / %s / %s !" : "%s / %s / %s", paths, blocked,
			observed);
		return;
	}
	table_format(table,
		pair->blocked > 0 ? TABLE_WARN
		: pair->paths > 0 ? TABLE_GOOD
				  : TABLE_FAINT,
		"%s / %s", paths, blocked);
}

/* A row for each place that packets come from, a column for each that they go to. */
static int print_matrix(const struct cli *cli, const struct zoneview *view)
{
	const char **places = calloc(2 * view->pair_count + 1, sizeof(*places));
	struct table_column *columns = calloc(2 * view->pair_count + 1, sizeof(*columns));
	struct table *table = NULL;
	size_t count;
	int exit_code;

	if (!places || !columns) {
		free(places);
		free(columns);
		return cmd_failed(_("out of memory"));
	}
	count = collect_places(view, places);
	columns[0].title = _("FROM \\ TO");
	for (size_t i = 0; i < count; i++) {
		columns[i + 1].title = places[i];
		columns[i + 1].right = true;
	}
	if (table_new(columns, count + 1, cli->color, &table) < 0) {
		exit_code = cmd_failed(_("out of memory"));
	} else {
		for (size_t row = 0; row < count; row++) {
			table_cell(table, TABLE_STRONG, places[row]);
			for (size_t i = 0; i < count; i++)
				show_pair(table, find_pair(view, places[row], places[i]));
		}
		exit_code = print(table);
	}
	free(columns);
	free(places);
	return exit_code;
}

/* What the third number of a pair is, and which pairs let through what no path permits. */
static void print_observed(const struct zoneview *view)
{
	bool any = false;

	for (size_t i = 0; i < view->pair_count; i++)
		any = any || view->pairs[i].only_observed || view->pairs[i].observed > 0;
	if (any)
		printf("\n%s\n", _("Third: connections that no path permits, and that passed."));
	for (size_t i = 0; i < view->pair_count; i++)
		if (view->pairs[i].only_observed)
			printf(_("ONLY OBSERVED (!): %s > %s: what no path permits passes, and is "
				 "recorded\n"),
				view->pairs[i].from, view->pairs[i].to);
}

/* Paths with windows, or of exceptions, that do not permit anything now. */
static void print_closed(const struct zoneview *view)
{
	bool any = false;

	for (size_t i = 0; i < view->pair_count; i++)
		any = any || view->pairs[i].closed > 0;
	if (any)
		putchar('\n');
	for (size_t i = 0; i < view->pair_count; i++)
		if (view->pairs[i].closed > 0)
			printf(_("%s > %s: %" PRIu64 " of %" PRIu64 " paths closed at this time\n"),
				view->pairs[i].from, view->pairs[i].to, view->pairs[i].closed,
				view->pairs[i].paths);
}

static int print_tables(const struct cli *cli, const struct zoneview *view)
{
	int exit_code = print_zones(cli, view);

	putchar('\n');
	if (exit_code == EXIT_OK)
		exit_code = print_segments(cli, view);
	if (exit_code == EXIT_OK && view->pair_count > 0) {
		printf("\n%s\n", _("Permitted paths / blocked packets:"));
		exit_code = print_matrix(cli, view);
	}
	if (exit_code == EXIT_OK)
		print_closed(view);
	if (exit_code == EXIT_OK)
		print_observed(view);
	return exit_code;
}

static void put_networks(struct json *json, const char *networks)
{
	json_array_begin(json);
	while (*networks != '\0') {
		size_t length = strcspn(networks, " ");

		if (length > 0)
			json_string_n(json, networks, length);
		networks += length + (networks[length] == ' ');
	}
	json_array_end(json);
}

static void put_segment(struct json *json, const struct zoneview_segment *segment)
{
	json_object_begin(json);
	json_key(json, "name");
	json_string(json, segment->name);
	json_key(json, "interface");
	json_string(json, segment->interface);
	json_key(json, "present");
	json_bool(json, segment->present);
	json_key(json, "up");
	json_bool(json, segment->up);
	json_key(json, "networks");
	put_networks(json, segment->networks);
	json_object_end(json);
}

static void put_limit(struct json *json, const struct zoneview_zone *zone)
{
	json_key(json, "limit");
	json_object_begin(json);
	json_key(json, "rate");
	json_unsigned(json, zone->limit);
	json_key(json, "per");
	json_string(json, period_name(zone->limit_seconds));
	json_key(json, "burst");
	json_unsigned(json, zone->limit_burst);
	json_object_end(json);
}

static void put_zone(
	struct json *json, const struct zoneview *view, const struct zoneview_zone *zone)
{
	json_object_begin(json);
	json_key(json, "name");
	json_string(json, zone->name);
	json_key(json, "label");
	json_string(json, zone->label);
	json_key(json, "kind");
	json_string(json, zone->kind);
	json_key(json, "inside");
	json_string(json, zone->open ? "open" : "closed");
	if (zone->limit > 0)
		put_limit(json, zone);
	json_key(json, "segments");
	json_array_begin(json);
	for (size_t i = 0; i < view->segment_count; i++) {
		if (strcmp(view->segments[i].zone, zone->name) == 0)
			put_segment(json, &view->segments[i]);
	}
	json_array_end(json);
	json_object_end(json);
}

static int print_json(const struct zoneview *view)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "zones");
	json_array_begin(&json);
	for (size_t i = 0; i < view->zone_count; i++)
		put_zone(&json, view, &view->zones[i]);
	json_array_end(&json);
	json_key(&json, "pairs");
	json_array_begin(&json);
	for (size_t i = 0; i < view->pair_count; i++) {
		json_object_begin(&json);
		json_key(&json, "from");
		json_string(&json, view->pairs[i].from);
		json_key(&json, "to");
		json_string(&json, view->pairs[i].to);
		json_key(&json, "paths");
		json_unsigned(&json, view->pairs[i].paths);
		json_key(&json, "blocked_packets");
		json_unsigned(&json, view->pairs[i].blocked);
		json_key(&json, "only_observed");
		json_bool(&json, view->pairs[i].only_observed);
		json_key(&json, "observed_connections");
		json_unsigned(&json, view->pairs[i].observed);
		json_key(&json, "closed_paths");
		json_unsigned(&json, view->pairs[i].closed);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

int cmd_zones(struct cli *cli, int argc, char **argv)
{
	struct ctl_request request = { .type = CTL_ZONES, .fd = -1, .seconds = ZONES_SECONDS };
	struct zoneview view = { 0 };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	exit_code = ctl_call(cli, &request, zoneview_take, &view, NULL);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = cli->json ? print_json(&view) : print_tables(cli, &view);
	zoneview_clear(&view);
	return exit_code;
}
