/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_compare.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "report_shape.h"
#include "strmap.h"

/* A report's things of one kind: by name, each with a value to be compared. */
struct thing {
	const char *name, *value;
	int badness; /* a larger one is worse */
};

struct things {
	struct report *memory; /* texts are kept in it */
	struct thing *items;
	size_t count;
};

static void add(struct things *things, const char *name, const char *value, int badness)
{
	struct thing *thing =
		report_add(things->memory, &things->items, &things->count, sizeof(*thing));

	if (thing)
		*thing = (struct thing){ name ? name : "", value ? value : "", badness };
}

/* ---- what is compared ---- */

static void list_site(const struct report *report, struct things *things)
{
	const struct report_site *site = &report->site;

	add(things, "revision", site->revision, 0);
	add(things, "profile", site->profile.digest, 0);
	add(things, "model", site->model.name, 0);
	add(things, "program", report->head.program, 0);
	for (size_t i = 0; i < site->segment_count; i++) {
		const struct report_segment *segment = &site->segments[i];
		const char *zone = site->zones[segment->zone].name;

		add(things, report_print(things->memory, "%s.%s", zone, segment->name),
			report_print(things->memory, "%s %s%s%s", segment->interface,
				segment->networks, segment->remote[0] ? ", " : "", segment->remote),
			0);
	}
}

static int verdict_badness(const char *verdict)
{
	static const char *const order[] = { "separate", "exact", "observed", "less", "undecided",
		"budget", "more" };

	for (int i = 0; i < (int)(sizeof(order) / sizeof(order[0])); i++)
		if (strcmp(order[i], verdict) == 0)
			return i < 2 ? 0 : i;
	return 0;
}

static void list_matrix(const struct report *report, struct things *things)
{
	const struct report_matrix *matrix = &report->matrix;

	for (size_t i = 0; i < matrix->cell_count; i++) {
		const struct report_cell *cell = &matrix->cells[i];

		if (cell->asked)
			add(things,
				report_print(things->memory, "%s > %s",
					matrix->places[cell->from].name,
					matrix->places[cell->to].name),
				cell->verdict, verdict_badness(cell->verdict));
	}
	for (size_t i = 0; i < matrix->path_count; i++) {
		const struct report_path *path = &matrix->paths[i];

		add(things, report_print(things->memory, "path %s", path->name),
			report_print(
				things->memory, "%s > %s %s", path->from, path->to, path->service),
			0);
	}
}

static int result_badness(enum report_result result)
{
	return result == REPORT_FAILS ? 2 : result == REPORT_CONFIRM ? 1 : 0;
}

static void list_conformity(const struct report *report, struct things *things)
{
	for (size_t i = 0; i < report->conformity.document_count; i++) {
		const struct report_clauses *document = &report->conformity.documents[i];

		for (size_t k = 0; k < document->clause_count; k++)
			add(things,
				report_print(things->memory, "%s %s", document->role,
					document->clauses[k].number),
				report_result_name(document->clauses[k].result),
				result_badness(document->clauses[k].result));
	}
}

static void list_bypass(const struct report *report, struct things *things)
{
	for (size_t i = 0; i < report->bypass.count; i++) {
		const struct report_bypass_item *item = &report->bypass.items[i];

		add(things, report_print(things->memory, "%s %s", item->name, item->what),
			item->state, strcmp(item->state, "ok") != 0 && !item->harmless);
	}
}

static void list_exceptions(const struct report *report, struct things *things)
{
	for (size_t i = 0; i < report->exceptions.count; i++) {
		const struct report_exception *item = &report->exceptions.items[i];

		add(things, item->id, item->state, item->report_due ? 2 : item->in_force);
	}
}

static void list_listeners(const struct report *report, struct things *things)
{
	for (size_t i = 0; i < report->listeners.count; i++) {
		const struct report_listener *item = &report->listeners.items[i];

		add(things,
			report_print(things->memory, "%s %s %u", item->protocol, item->address,
				item->port),
			item->declared ? "declared" : "undeclared", !item->declared);
	}
}

static void list_unused(const struct report *report, struct things *things)
{
	for (size_t i = 0; i < report->unused.count; i++)
		add(things, report->unused.paths[i], "unused", 1);
}

static void list_log(const struct report *report, struct things *things)
{
	add(things, "findings", report_print(things->memory, "%" PRIu64, report->log.finding_total),
		report->log.finding_total > 0);
	add(things, "retention", report_print(things->memory, "%u", report->log.retention_days), 0);
}

/* ---- comparing ---- */

#define SECTION(member, list)                                                                      \
	{                                                                                          \
#member, offsetof(struct report, member), list                                     \
	}

static const struct {
	const char *name;
	size_t source;
	void (*list)(const struct report *report, struct things *things);
} sections[] = {
	SECTION(site, list_site),
	SECTION(matrix, list_matrix),
	SECTION(conformity, list_conformity),
	SECTION(bypass, list_bypass),
	SECTION(exceptions, list_exceptions),
	SECTION(unused, list_unused),
	SECTION(listeners, list_listeners),
	SECTION(log, list_log),
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool is_read(const struct report *report, size_t section)
{
	const struct report_source *source =
		(const void *)((const unsigned char *)report + sections[section].source);

	return source->state == REPORT_READ;
}

static void put(struct report *report, size_t section, const struct thing *before,
	const struct thing *after)
{
	struct report_difference *difference = &report->difference;
	struct report_difference_item *item =
		report_add(report, &difference->items, &difference->count, sizeof(*item));
	int was = before ? before->badness : 0, is = after ? after->badness : 0;

	if (!item)
		return;
	item->section = sections[section].name;
	item->what = report_keep(report, after ? after->name : before->name);
	item->before = before ? report_keep(report, before->value) : "";
	item->after = after ? report_keep(report, after->value) : "";
	item->worse = is > was;
	item->better = is < was;
}

/* By their names; of several of one name the first counts. */
static int index_things(const struct things *things, struct strmap *map)
{
	for (size_t i = 0; i < things->count; i++)
		if (strmap_add(map, things->items[i].name, i) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

static void compare_things(struct report *report, size_t section, const struct things *before,
	const struct things *after)
{
	struct strmap olds = { 0 }, news = { 0 };
	size_t other;

	if (index_things(before, &olds) < 0 || index_things(after, &news) < 0)
		report->failed = true;
	for (size_t i = 0; i < after->count && !report->failed; i++) {
		const struct thing *thing = &after->items[i];

		if (strmap_find(&news, thing->name, &other) && other != i)
			continue;
		if (!strmap_find(&olds, thing->name, &other))
			put(report, section, NULL, thing);
		else if (strcmp(before->items[other].value, thing->value) != 0)
			put(report, section, &before->items[other], thing);
	}
	for (size_t i = 0; i < before->count && !report->failed; i++)
		if (!strmap_find(&news, before->items[i].name, &other))
			put(report, section, &before->items[i], NULL);
	strmap_clear(&olds);
	strmap_clear(&news);
}

static void compare_section(struct report *report, const struct report *before, size_t section)
{
	struct things olds = { .memory = report }, news = { .memory = report };

	if (!is_read(report, section) || !is_read(before, section)) {
		if (is_read(report, section) != is_read(before, section))
			put(report, section,
				&(struct thing){ sections[section].name,
					is_read(before, section) ? "read" : "unread",
					!is_read(before, section) },
				&(struct thing){ sections[section].name,
					is_read(report, section) ? "read" : "unread",
					!is_read(report, section) });
		return;
	}
	sections[section].list(before, &olds);
	sections[section].list(report, &news);
	compare_things(report, section, &olds, &news);
}

void report_compare(struct report *report, const struct report *before, const uint8_t digest[32])
{
	report_complete(report);
	report->difference.made = before->head.made;
	sodium_bin2hex(report->difference.digest, sizeof(report->difference.digest), digest, 32);
	for (size_t i = 0; i < SECTIONS; i++)
		compare_section(report, before, i);
	report_read(&report->difference.source,
		report_evidence_add(report, "previous", before->site.name ? before->site.name : "",
			"SHA-256", digest, 32));
}
