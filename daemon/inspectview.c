/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspectview.h"

#include <inttypes.h>
#include <string.h>

#include "../lib/logtime.h"
#include "../lib/record.h"
#include "../lib/report_words.h"
#include "clock.h"
#include "table.h"

const char *inspectview_result(enum report_result result)
{
	static const char *const words[REPORT_RESULTS] = {
		[REPORT_CONFIRM] = N_("to be confirmed"),
		[REPORT_CONFORMS] = N_("conforming"),
		[REPORT_FAILS] = N_("not conforming"),
		[REPORT_NOT_APPLICABLE] = N_("not applicable"),
	};

	return _(words[result]);
}

static void local(int64_t time, char text[LOGTIME_TEXT_MAX])
{
	logtime_format_local(time * CLOCK_SECOND, text);
	text[strcspn(text, ".")] = '\0';
}

static uint64_t count_worse(const struct report *report)
{
	uint64_t worse = 0;

	for (size_t i = 0; i < report->difference.count; i++)
		worse += report->difference.items[i].worse;
	return worse;
}

/* ---- for people ---- */

static void put_text(const struct cli *cli, enum table_style style, const char *text)
{
	table_put(stdout, cli->color, style, text && text[0] != '\0' ? text : "-");
}

static void print_points(const struct cli *cli, const struct report *report)
{
	for (size_t i = 0; i < report->point_count; i++) {
		const struct report_point *point = &report->points[i];
		bool fails = point->result == REPORT_FAILS;

		fputs("  ", stdout);
		put_text(cli, fails ? TABLE_BAD : TABLE_WARN, inspectview_result(point->result));
		fputs("  ", stdout);
		put_text(cli, TABLE_PLAIN, point->text);
		putchar('\n');
	}
}

static void print_difference(const struct cli *cli, const struct report *report)
{
	const struct report_difference *difference = &report->difference;
	char text[LOGTIME_TEXT_MAX];

	if (difference->source.state == REPORT_UNREAD) {
		puts(_("There is none before it to compare it with."));
		return;
	}
	local(difference->made, text);
	printf(_("Against the one of %s: %zu differences, %" PRIu64 " for the worse\n"), text,
		difference->count, count_worse(report));
	for (size_t i = 0; i < difference->count; i++) {
		const struct report_difference_item *item = &difference->items[i];

		fputs("  ", stdout);
		put_text(cli, TABLE_FAINT, report_word(WORDS_SECTION, item->section));
		putchar(' ');
		put_text(cli, TABLE_STRONG, item->what);
		fputs(": ", stdout);
		put_text(cli, TABLE_PLAIN, report_word_of(item->section, item->before));
		fputs(" → ", stdout);
		put_text(cli,
			item->worse    ? TABLE_BAD
			: item->better ? TABLE_GOOD
				       : TABLE_PLAIN,
			report_word_of(item->section, item->after));
		if (item->worse || item->better)
			printf(" (%s)", item->worse ? _("worse") : _("better"));
		putchar('\n');
	}
}

void inspectview_print(const struct cli *cli, uint64_t number, const struct inspection *inspection)
{
	const struct report *report = inspection->report;
	char made[LOGTIME_TEXT_MAX], since[LOGTIME_TEXT_MAX], until[LOGTIME_TEXT_MAX];

	local(report->head.made, made);
	local(report->head.since, since);
	local(report->head.until, until);
	printf(_("Inspection %" PRIu64 " of %s, about %s to %s: "), number, made, since, until);
	put_text(cli, report->result == REPORT_CONFORMS ? TABLE_GOOD : TABLE_BAD,
		inspectview_result(report->result));
	printf("\nSHA-256 %s\n", inspection->digest);
	print_points(cli, report);
	print_difference(cli, report);
}

static const char *step_word(const struct inspect_step *step)
{
	if (strcmp(step->action, INSPECT_SIGNED) == 0)
		return _("SIGNED");
	return strcmp(step->action, INSPECT_NOTE) == 0 ? _("to be improved") : _("made");
}

/* What was signed were these bytes, or others. */
static void print_step(const struct inspection *inspection, const struct inspect_step *step)
{
	char time[LOGTIME_TEXT_MAX];

	local(step->time, time);
	printf(_("%s by %s, %s, record %" PRIu64), step_word(step), step->user, time,
		step->sequence);
	if (step->text[0] != '\0') {
		fputs(": ", stdout);
		table_put(stdout, false, TABLE_PLAIN, step->text);
	}
	if (strcmp(step->digest, inspection->digest) != 0)
		fputs(_("  NOT OF THESE BYTES"), stdout);
	putchar('\n');
}

void inspectview_print_steps(const struct inspection *inspection, const struct inspect_steps *steps)
{
	bool is_signed = false;

	if (!steps) {
		puts(_("The log cannot be read: who has signed it is not known here."));
		return;
	}
	for (size_t i = 0; i < steps->count; i++) {
		print_step(inspection, &steps->steps[i]);
		is_signed |= strcmp(steps->steps[i].action, INSPECT_SIGNED) == 0;
	}
	if (!is_signed)
		puts(_("Nobody has signed it yet."));
}

/* ---- for programs ---- */

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_key(json, key);
	json_unsigned(json, number);
}

static void put_string(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

void inspectview_json(struct json *json, uint64_t number, const struct inspection *inspection)
{
	const struct report *report = inspection->report;

	put_number(json, "number", number);
	put_string(json, "digest", inspection->digest);
	record_time_put(json, "made", report->head.made * CLOCK_SECOND);
	record_time_put(json, "since", report->head.since * CLOCK_SECOND);
	record_time_put(json, "until", report->head.until * CLOCK_SECOND);
	put_string(json, "result", report_result_name(report->result));
	json_key(json, "whole");
	json_bool(json, report_whole(report));
	put_number(json, "differences", report->difference.count);
	put_number(json, "worse", count_worse(report));
}

void inspectview_steps_json(struct json *json, const struct inspect_steps *steps)
{
	json_key(json, "steps");
	if (!steps) {
		json_null(json);
		return;
	}
	json_array_begin(json);
	for (size_t i = 0; i < steps->count; i++) {
		const struct inspect_step *step = &steps->steps[i];

		json_object_begin(json);
		put_string(json, "action", step->action);
		put_number(json, "number", step->number);
		put_number(json, "sequence", step->sequence);
		record_time_put(json, "time", step->time * CLOCK_SECOND);
		put_string(json, "user", step->user);
		put_string(json, "digest", step->digest);
		put_string(json, "text", step->text);
		json_object_end(json);
	}
	json_array_end(json);
}
